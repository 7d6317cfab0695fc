package expr

import (
	"encoding/json"
	"slices"
	"time"

	"cel.dev/cel-go/common/ast"

	"fettle"
)

// Value is a checked expression that computes a value of a record: an input of
// a provider, a formula. It is safe for concurrent use.
type Value struct {
	root  node
	typ   fettle.FieldType
	reads reads
}

// Value checks an expression. A field alone is read directly; what is more
// than filters know runs as a CEL program under a cost limit.
func (e *Env) Value(text string) (*Value, error) { return e.value(text, 0, 0) }

func (e *Env) value(text string, line, column int) (*Value, error) {
	src, err := e.parse(text, line, column)
	if err != nil {
		return nil, err
	}
	b := &builder{env: e, src: src, formula: true, asts: map[node]ast.Expr{}}
	root, err := b.value(src.tree.Expr())
	if err != nil {
		return nil, err
	}
	v := &Value{root: root, typ: root.kind().fieldType(), reads: readsOf(root)}
	if f, ok := root.(*field); ok && f.signal == nil {
		v.typ = f.typ
	}
	if k := root.kind(); k == kindDuration || k == kindNull {
		return nil, src.errorf(src.tree.Expr(), "%s is no value of a field", k).WithHint("Compute text, a number, a date, a timestamp, or true and false.")
	}
	return v, nil
}

// Eval computes the value in its Go form; nil is blank. It fails where CEL
// fails, such as on a substring out of range.
func (v *Value) Eval(rec Record, now time.Time) (any, error) {
	if f, ok := v.root.(*field); ok && f.signal == nil {
		if f.company {
			return rec.CompanyValue(f.key), nil
		}
		return rec.Value(f.key), nil
	}
	s := newScope(rec, now)
	out := v.root.eval(&s)
	if s.err != nil {
		return nil, s.err
	}
	if empty(out) {
		out = nil
	}
	return out, nil
}

// empty reports whether a computed value is blank: no field holds empty text.
func empty(v any) bool {
	switch v := v.(type) {
	case string:
		return v == ""
	case json.RawMessage:
		return string(v) == "null"
	}
	return false
}

// Fields lists the record's own fields that the expression reads, sorted.
func (v *Value) Fields() []string { return slices.Clone(v.reads.own) }

// CompanyFields lists the company's fields that the expression reads, sorted.
func (v *Value) CompanyFields() []string { return slices.Clone(v.reads.company) }

// Type is the type of the values: a field's own for a field alone, else text,
// number, boolean, date, timestamp or json.
func (v *Value) Type() fettle.FieldType { return v.typ }
