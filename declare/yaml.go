package declare

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// tree is a mapping whose keys keep their order.
type tree []leaf

type leaf struct {
	key   string
	value any // tree, []any, string, bool, json.Number; nil
}

// treeOf gives the tree of a value's JSON.
func treeOf(v any) (tree, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	any, err := decodeTree(dec)
	t, _ := any.(tree)
	return t, err
}

func decodeTree(dec *json.Decoder) (any, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch tok {
	case json.Delim('{'):
		t := tree{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := decodeTree(dec)
			if err != nil {
				return nil, err
			}
			name, _ := key.(string)
			t = append(t, leaf{name, v})
		}
		_, err := dec.Token()
		return t, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			v, err := decodeTree(dec)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := dec.Token()
		return list, err
	}
	return tok, nil
}

// get gives a key's value; nil where it is not there.
func (t tree) get(key string) any {
	for _, l := range t {
		if l.key == key {
			return l.value
		}
	}
	return nil
}

// without leaves keys out that have a value which says nothing new.
func (t tree) without(plain map[string]any) tree {
	out := tree{}
	for _, l := range t {
		if usual, ok := plain[l.key]; ok && (usual == nil || usual == l.value) {
			continue
		}
		out = append(out, l)
	}
	return out
}

// with puts another value in a key's place.
func (t tree) with(key string, value any) tree {
	for i, l := range t {
		if l.key == key {
			t[i].value = value
		}
	}
	return t
}

// write writes the tree as YAML, each key on its line.
func (t tree) write(b *bytes.Buffer, indent int) {
	for i, l := range t {
		if i > 0 {
			b.WriteString(strings.Repeat(" ", indent))
		}
		b.WriteString(plainText(l.key))
		b.WriteByte(':')
		writeValue(b, l.value, indent+2)
	}
}

// writeValue writes what stands behind a colon, and ends the line.
func writeValue(b *bytes.Buffer, v any, indent int) {
	pad := "\n" + strings.Repeat(" ", indent)
	switch v := v.(type) {
	case tree:
		if len(v) == 0 {
			b.WriteString(" {}\n")
			return
		}
		b.WriteString(pad)
		v.write(b, indent)
	case []any:
		writeList(b, v, indent)
	case string:
		if block, ok := blockText(v, indent); ok {
			b.WriteString(" " + block)
			return
		}
		b.WriteString(" " + plainText(v) + "\n")
	default:
		b.WriteString(" " + scalarText(v) + "\n")
	}
}

// writeList writes a list of words in one line, and others with an item a line.
func writeList(b *bytes.Buffer, list []any, indent int) {
	words, short := make([]string, 0, len(list)), true
	for _, v := range list {
		s, ok := v.(string)
		word := plainText(s)
		short = short && ok && !strings.ContainsAny(word, ",\"'\\")
		words = append(words, word)
	}
	if line := strings.Join(words, ", "); short && len(line) <= 100 {
		b.WriteString(" [" + line + "]\n")
		return
	}
	for _, v := range list {
		b.WriteString("\n" + strings.Repeat(" ", indent) + "-")
		if t, ok := v.(tree); ok && len(t) > 0 {
			b.WriteByte(' ')
			t.write(b, indent+2)
		} else {
			writeValue(b, v, indent+2)
		}
		b.Truncate(b.Len() - 1)
	}
	b.WriteByte('\n')
}

func scalarText(v any) string {
	if v == nil {
		return "~"
	}
	b, err := json.Marshal(v)
	if err != nil {
		return "~"
	}
	return string(b)
}

var (
	plain = regexp.MustCompile(`^([\pL_]([\pL0-9_ ./()"'&|=<>!+*@%?;,-]*[\pL0-9_./()"'+*@%?;-])?|[0-9]{1,5}[smhdw]|https?://[A-Za-z0-9._/:-]*[A-Za-z0-9_/-])$`)
	taken = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|nan|inf)$`)
)

// plainText writes a text as it is where YAML reads it as that text, else
// between quotes.
func plainText(s string) string {
	if plain.MatchString(s) && !taken.MatchString(s) {
		return s
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

var odd = regexp.MustCompile(`[^\n\PC]|[ ]\n|[ ]$`)

// blockText writes a text of several lines as a block, where a block holds it.
func blockText(s string, indent int) (string, bool) {
	lines := strings.TrimSuffix(s, "\n")
	if !strings.Contains(lines, "\n") || strings.HasPrefix(lines, " ") || strings.HasPrefix(lines, "\n") || strings.HasSuffix(lines, "\n") || odd.MatchString(s) {
		return "", false
	}
	mark := "|-"
	if lines != s {
		mark = "|"
	}
	pad := strings.Repeat(" ", indent)
	var b strings.Builder
	b.WriteString(mark + "\n")
	for line := range strings.SplitSeq(lines, "\n") {
		if line != "" {
			b.WriteString(pad + line)
		}
		b.WriteByte('\n')
	}
	return b.String(), true
}
