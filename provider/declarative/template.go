package declarative

import (
	"strings"

	"cel.dev/cel-go/common/types/ref"

	"fettle"
)

// segment is a piece of a template: text as it stands, or an expression.
type segment struct {
	text string
	expr bool
}

// splitTemplate cuts "text {{ expression }} text" into its pieces. Braces and
// quotes inside an expression are respected, so that it may hold a map or the
// string '}}'.
func splitTemplate(s string) ([]segment, error) {
	var out []segment
	for {
		text, rest, found := strings.Cut(s, "{{")
		if text != "" {
			out = append(out, segment{text: text})
		}
		if !found {
			return out, nil
		}
		n := exprEnd(rest)
		if n < 0 {
			return nil, fettle.Errorf(fettle.Invalid, "{{ without }} in %q", s).WithHint("Close the expression with }}.")
		}
		expr := strings.TrimSpace(rest[:n])
		if expr == "" {
			return nil, fettle.Errorf(fettle.Invalid, "an empty {{ }} in %q", s).WithHint("Write an expression between the braces, such as {{input.?email}}.")
		}
		out = append(out, segment{text: expr, expr: true})
		s = rest[n+2:]
	}
}

// exprEnd is where the }} stands that ends the expression; -1 if none does.
func exprEnd(s string) int {
	depth := 0
	var quote byte
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quote != 0:
			switch c {
			case '\\':
				i++
			case quote:
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '{':
			depth++
		case c == '}' && depth > 0:
			depth--
		case c == '}' && strings.HasPrefix(s[i:], "}}"):
			return i
		}
	}
	return -1
}

// template is text with expressions, compiled.
type template struct {
	parts []templatePart
}

type templatePart struct {
	text string
	prog *program // nil: text
}

// whole is the expression of a template that is nothing else, whose value
// keeps its type; nil otherwise.
func (t *template) whole() *program {
	if len(t.parts) == 1 {
		return t.parts[0].prog
	}
	return nil
}

// constant gives the text of a template without expressions.
func (t *template) constant() (string, bool) {
	switch len(t.parts) {
	case 0:
		return "", true
	case 1:
		return t.parts[0].text, t.parts[0].prog == nil
	}
	return "", false
}

// render fills the template in. present is false if it is one expression
// without a value. escape is put around the values, not around the text.
func (t *template) render(s *scope, escape func(string) string) (text string, present bool, err error) {
	if c, ok := t.constant(); ok {
		return c, true, nil
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.prog == nil {
			b.WriteString(p.text)
			continue
		}
		v, err := p.prog.value(s)
		if err != nil {
			return "", false, err
		}
		if v == nil {
			if len(t.parts) == 1 {
				return "", false, nil
			}
			continue
		}
		v = notNull(v)
		if v == nil {
			continue
		}
		str, err := toText(v)
		if err != nil {
			return "", false, err
		}
		if escape != nil {
			str = escape(str)
		}
		b.WriteString(str)
	}
	return b.String(), true, nil
}

// notNull turns null into no value.
func notNull(v ref.Val) ref.Val {
	if isNull(v) {
		return nil
	}
	return v
}
