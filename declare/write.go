package declare

import (
	"bytes"
	"encoding/json"
	"slices"

	"fettle"
)

// Write writes a document of our own version as Parse reads it: what says
// nothing beyond the usual is left out. The same document is the same bytes.
func Write(d Document) ([]byte, error) {
	t := tree{{"apiVersion", version}, {"kind", string(d.Kind)}}
	var err error
	switch d.Kind {
	case KindField:
		t = append(t, fieldTree(*d.Field, d.Made)...)
	case KindAudience:
		t = append(t, tree{{"name", d.Audience.Name}, {"label", d.Label}, {"entity", string(d.Audience.Entity)}, {"where", d.Audience.Where}, {"description", d.Audience.Description}}...)
	case KindEnrichment:
		err = t.define(d, *d.Enrichment, enrichmentUsual())
	case KindSignal:
		err = t.define(d, *d.Signal, signalUsual())
		rename(t, "kind", "signal_kind", 2)
	case KindSource:
		err = t.define(d, *d.Source, nil)
	case KindDestination:
		err = t.define(d, *d.Destination, map[string]any{"write": fettle.BlanksOnly})
		if slices.Equal(d.Destination.On, fettle.Destination{}.Filled().On) {
			t = t.without(map[string]any{"on": nil})
		}
	case KindChannel:
		err = t.define(d, *d.Channel, map[string]any{"every": fettle.GatherFor.String()})
	case KindView:
		var view tree
		view, err = viewTree(*d.View)
		t = append(t, view...)
	case KindProvider:
		t = append(t, leaf{"name", d.Provider.Name})
		if d.Provider.BaseURL != nil {
			t = append(t, leaf{"base_url", *d.Provider.BaseURL})
		}
		if d.Provider.UnitCredits != nil {
			t = append(t, leaf{"unit_credits", json.Number(d.Provider.UnitCredits.String())})
		}
	case KindLimit:
		t = append(t, tree{{"scope", d.Limit.Scope}, {"name", d.Limit.Key}, {"limit", limitValue(d.Limit.Limit)}}...)
		if d.Limit.Enrichments != nil {
			t = append(t, leaf{"enrichments", anys(d.Limit.Enrichments)})
		}
		if d.Limit.People != nil {
			t = append(t, leaf{"people", anys(d.Limit.People)})
		}
	case KindDataProvider:
		return d.Definition, nil
	}
	if err != nil {
		return nil, err
	}
	usual := map[string]any{"label": "", "description": "", "name": "", "where": "", "entity": "", "audience": ""}
	if d.Made {
		delete(usual, "description")
	}
	var b bytes.Buffer
	t.without(usual).write(&b, 0)
	return b.Bytes(), nil
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// define appends what a definition says, under its name and label.
func (t *tree) define(d Document, def any, usual map[string]any) error {
	all, err := treeOf(def)
	if err != nil {
		return err
	}
	if limit, ok := all.get("limit").(tree); ok {
		all = all.with("limit", shortLimit(limit))
	}
	if names, ok := all.get("audience").([]any); ok && len(names) == 1 {
		all = all.with("audience", names[0])
	}
	*t = append(append(*t, leaf{"name", d.Name}, leaf{"label", d.Label}), all.without(usual)...)
	return nil
}

// rename renames a key from a place on.
func rename(t tree, from, to string, after int) {
	for i := after; i < len(t); i++ {
		if t[i].key == from {
			t[i].key = to
		}
	}
}

// The values that stand where a document says nothing; nil leaves a key out
// whatever it says, because documents have none of it.
func enrichmentUsual() map[string]any {
	return map[string]any{
		"write": string(fettle.FillBlanks), "follow": true, "rerun_on": "never", "refresh": "never", "not_found_retry": "never", "unknown": "hold",
		"unsure_retry": nil, "poll": nil,
	}
}

func signalUsual() map[string]any {
	return map[string]any{"detect": fettle.DetectChanges, "settle": "never", "every": "never", "retry": "never", "look_back": "never"}
}

func fieldTree(f fettle.Field, made bool) tree {
	t := tree{{"entity", string(f.Entity)}, {"field", f.Key}, {"label", f.Label}, {"type", string(f.Type)}}
	if f.KeyField || made || f.Builtin {
		t = append(t, leaf{"key", f.KeyField})
	}
	t = append(t, leaf{"description", f.Description})
	if len(f.Options) > 0 {
		options := make([]any, len(f.Options))
		for i, o := range f.Options {
			options[i] = o
		}
		t = append(t, leaf{"options", options})
	}
	if f.Currency != "" {
		t = append(t, leaf{"currency", f.Currency})
	}
	return t
}

func limitValue(l fettle.Limit) any {
	t, err := treeOf(l)
	if err != nil {
		return nil
	}
	return shortLimit(t)
}

// shortLimit writes a limit as people do: none, or its amounts.
func shortLimit(t tree) any {
	if t.get("none") == true {
		return "none"
	}
	out := tree{}
	for _, l := range t {
		if s, ok := l.value.(string); ok && l.key == "credits" {
			l.value = json.Number(s)
		}
		out = append(out, l)
	}
	return out.without(map[string]any{"per": string(fettle.Lifetime)})
}
