package expr

import (
	"strings"

	"cel.dev/cel-go/common/ast"
)

// Lists gives an environment for filters of lists of records, which may ask
// disputed(title). Whether a value is disputed changes without an entry of the
// change log, which audiences and enrichments follow: they cannot ask it.
func (e *Env) Lists() *Env {
	out := *e
	out.lists = true
	return &out
}

// disputed is disputed(title): whether sources disagree about the value, and no
// person has chosen one since. Of a blank it is false.
type disputed struct{ f *field }

func (n *disputed) kind() kind       { return kindBool }
func (n *disputed) children() []node { return []node{n.f} }

func (n *disputed) test(s *scope) bool {
	yes, ok := s.rec.Value(DisputedOf(n.f.key)).(bool)
	return ok && yes && n.f.eval(s) != nil
}

func (n *disputed) eval(s *scope) any { return n.test(s) }

func (n *disputed) write(w *writer) { w.text(DisputedSQL(n.f.key)) }

// DisputedOf is the key under which a record says whether its value in a field is
// disputed; Filter.Fields and the like list it.
func DisputedOf(field string) string { return "disputed(" + field + ")" }

// DisputedField is the field of a key that DisputedOf made.
func DisputedField(key string) (field string, ok bool) {
	if field, ok = strings.CutPrefix(key, "disputed("); ok {
		field, ok = strings.CutSuffix(field, ")")
	}
	return field, ok
}

// DisputedSQL says whether the value in a field of the record, alias r, is
// disputed. In a key "_" stands for itself.
func DisputedSQL(field string) string {
	return `(r."` + field + `" IS NOT NULL AND COALESCE(r._disputed LIKE '%,` + strings.ReplaceAll(field, "_", `\_`) + `,%' ESCAPE '\', FALSE))`
}

func (b *builder) disputed(e, arg ast.Expr) (node, error) {
	if !b.env.lists {
		return nil, b.src.errorf(e, "disputed(…) finds records in a list, and is no part of what is kept or followed").
			WithHint("Look at the disputed values in the list of records (its filter, or the Data Hub), and choose one of each. An audience can ask where a value comes from: source(%s).", b.src.snippet(arg))
	}
	n, err := b.value(arg)
	if err != nil {
		return nil, err
	}
	f, ok := n.(*field)
	if !ok || f.company || f.stamp != "" || f.signal != nil {
		return nil, b.src.errorf(arg, "%s is no field of the record itself", b.src.snippet(arg)).WithHint("Write disputed(title).")
	}
	return &disputed{f}, nil
}
