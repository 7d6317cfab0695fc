package expr

import (
	"strings"

	"cel.dev/cel-go/common/ast"

	"fettle"
)

// Changes gives an environment over a record that changes: before.title is what
// the title was, and changed(title) says whether it is another one. Both are for
// values, which are never SQL; a record gives them under the keys BeforeOf and
// ChangedOf.
func (e *Env) Changes() *Env {
	out := *e
	out.changes = true
	return &out
}

const (
	beforePrefix  = "before."
	changedPrefix = "changed."
)

// BeforeOf is the key under which a record gives what a field held before.
func BeforeOf(field string) string { return beforePrefix + field }

// ChangedOf is the key under which a record says whether a field has changed.
func ChangedOf(field string) string { return changedPrefix + field }

// BeforeField is the field of a key that BeforeOf made.
func BeforeField(key string) (field string, ok bool) { return strings.CutPrefix(key, beforePrefix) }

// ChangedField is the field of a key that ChangedOf made.
func ChangedField(key string) (field string, ok bool) { return strings.CutPrefix(key, changedPrefix) }

// isBefore reports whether an expression is the word before, which a field of
// that name hides.
func (b *builder) isBefore(e ast.Expr) bool {
	if !b.env.changes || e.Kind() != ast.IdentKind || e.AsIdent() != "before" {
		return false
	}
	_, hidden := b.env.fields["before"]
	return !hidden
}

// before builds before.title.
func (b *builder) before(e ast.Expr) (node, error) {
	sel := e.AsSelect()
	if b.isCompany(sel.Operand()) || sel.FieldName() == "company" {
		return nil, b.src.errorf(e, "what the company was is not known of a person").WithHint("Write before.company_domain, or make a rule over companies.")
	}
	f, ok := b.env.fields[sel.FieldName()]
	if !ok {
		return nil, b.src.wrap(e, b.env.unknownField(sel.FieldName(), false))
	}
	n := &field{key: BeforeOf(f.Key), typ: f.Type, k: kindOf(f.Type)}
	if sel.IsTestOnly() {
		return &presence{n: n}, nil
	}
	return n, nil
}

// changed is changed(title).
type changed struct{ f *field }

func (n *changed) kind() kind        { return kindBool }
func (n *changed) children() []node  { return nil }
func (n *changed) eval(s *scope) any { return n.test(s) }

func (n *changed) test(s *scope) bool {
	is, _ := s.rec.Value(ChangedOf(n.f.key)).(bool)
	return is
}

func (n *changed) write(w *writer) {
	w.fail("changed has no form in SQL", "Use it in signal rules only.")
}

func (b *builder) changed(arg ast.Expr) (node, error) {
	if !b.env.changes {
		return nil, b.src.errorf(arg, "changed is for signal rules").WithHint("A rule makes a signal of a change; filter by that: signals.exists(s, s.type == \"job_change\").")
	}
	n, err := b.value(arg)
	if err != nil {
		return nil, err
	}
	f, ok := n.(*field)
	if _, was := BeforeField(fieldKey(n)); !ok || f.company || f.stamp != "" || was {
		return nil, b.src.errorf(arg, "%s is no field of the record itself", b.src.snippet(arg)).WithHint("Write changed(title).")
	}
	return &changed{f}, nil
}

func fieldKey(n node) string {
	if f, ok := n.(*field); ok {
		return f.key
	}
	return ""
}

// Entity is what the records of the environment are.
func (e *Env) Entity() fettle.Entity { return e.entity }
