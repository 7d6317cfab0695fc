package expr

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fettle"
)

// Template is text with expressions in {{ }}, such as a prompt. It is safe for
// concurrent use.
type Template struct {
	parts []part
	reads reads
}

// part is text as it is, or an expression.
type part struct {
	text  string // the expression's source, where value is set
	value *Value
}

// Template checks a text with expressions in {{ }}. A pair of braces as text
// is written {{ "{{" }}.
func (e *Env) Template(text string) (*Template, error) {
	if len(text) > MaxTemplateBytes {
		return nil, fettle.Errorf(fettle.Invalid, "the text has %d bytes, more than %d", len(text), MaxTemplateBytes).WithHint("Shorten it.")
	}
	t := &Template{}
	var roots []node
	for pos := 0; pos < len(text); {
		open := strings.Index(text[pos:], "{{")
		if open < 0 {
			t.parts = append(t.parts, part{text: text[pos:]})
			break
		}
		if open > 0 {
			t.parts = append(t.parts, part{text: text[pos : pos+open]})
		}
		start := pos + open + 2
		line, column := position(text[:start])
		length := closing(text[start:])
		if length < 0 {
			return nil, (&source{line: line, column: column}).at(1, -2, "{{ is not closed").WithHint("Write }} after the expression.")
		}
		src := text[start : start+length]
		v, err := e.value(src, line, column)
		if err != nil {
			return nil, err
		}
		t.parts = append(t.parts, part{text: strings.TrimSpace(src), value: v})
		roots = append(roots, v.root)
		pos = start + length + 2
	}
	t.reads = readsOf(roots...)
	return t, nil
}

// position gives the line and column, from 0, at which text ends.
func position(text string) (line, column int) {
	line = strings.Count(text, "\n")
	return line, utf8.RuneCountInString(text[strings.LastIndexByte(text, '\n')+1:])
}

// closing finds the }} that ends an expression: not in quotes, not in a map.
func closing(text string) int {
	var quote byte
	depth := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '{':
			depth++
		case c == '}' && depth > 0:
			depth--
		case c == '}' && strings.HasPrefix(text[i:], "}}"):
			return i
		}
	}
	return -1
}

// Render fills in the expressions. Missing lists those that were blank, each
// once; they are left out of the text.
func (t *Template) Render(rec Record, now time.Time) (text string, missing []string, err error) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.value == nil {
			b.WriteString(p.text)
			continue
		}
		v, err := p.value.Eval(rec, now)
		if err != nil {
			return "", nil, err
		}
		if v == nil && !slices.Contains(missing, p.text) {
			missing = append(missing, p.text)
		}
		b.WriteString(fettle.FormatValue(v))
	}
	return b.String(), missing, nil
}

// Fields lists the record's own fields that the text reads, sorted.
func (t *Template) Fields() []string { return slices.Clone(t.reads.own) }

// CompanyFields lists the company's fields that the text reads, sorted.
func (t *Template) CompanyFields() []string { return slices.Clone(t.reads.company) }
