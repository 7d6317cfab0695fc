package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// changeOf compares two values as JSON: what is there with what is declared.
func changeOf(existed bool, old, now any) (Change, error) {
	before, err := flatten(old)
	if err != nil {
		return Change{}, err
	}
	after, err := flatten(now)
	if err != nil {
		return Change{}, err
	}
	if !existed {
		before = nil
	}
	keys := slices.Sorted(maps.Keys(merged(before, after)))
	c := Change{Action: actionUpdate}
	for _, k := range keys {
		was, had := before[k]
		is, has := after[k]
		switch {
		case had && has && was != is:
			c.Diff = append(c.Diff, fmt.Sprintf("%s: %s → %s", k, shorten(was), shorten(is)))
		case had && !has:
			c.Diff = append(c.Diff, fmt.Sprintf("- %s: %s", k, shorten(was)))
		case !had && has:
			c.Diff = append(c.Diff, fmt.Sprintf("+ %s: %s", k, shorten(is)))
		}
	}
	switch {
	case !existed:
		c.Action = actionCreate
	case len(c.Diff) == 0:
		c.Action = actionUnchanged
	}
	return c, nil
}

// relabel notes that a document calls something otherwise than it is called.
func (c *Change) relabel(was, now string) bool {
	if now == "" || was == now {
		return false
	}
	c.Action, c.Diff = actionUpdate, append(c.Diff, "label: "+was+" → "+now)
	return true
}

func merged(a, b map[string]string) map[string]string {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, b)
	return out
}

// maxShown is how much of a value a line of a diff shows.
const maxShown = 120

// flatten gives the leaves of a value's JSON by their path, such as
// steps[0].inputs.full_name. Null, "" and false count as absent.
func flatten(v any) (map[string]string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var doc any
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, err
	}
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(strings.TrimPrefix(path+"."+k, "."), x)
			}
		case []any:
			for i, x := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), x)
			}
		case nil:
		case string:
			if v != "" {
				out[path] = v
			}
		case bool:
			if v {
				out[path] = "true"
			}
		default:
			out[path] = fmt.Sprint(v)
		}
	}
	walk("", doc)
	return out, nil
}

// shorten keeps a line of a diff readable.
func shorten(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "\n", "⏎")
	if len(s) <= maxShown {
		return s
	}
	cut := strings.ToValidUTF8(s[:maxShown], "")
	return fmt.Sprintf("%s… (%d bytes)", cut, len(s))
}
