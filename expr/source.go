package expr

import (
	"strings"

	"cel.dev/cel-go/common/ast"

	"fettle"
)

// The times of a record itself. Their names are reserved: no field has them.
const (
	CreatedAt = "created_at"
	UpdatedAt = "updated_at"
)

// stamps are the names of the times of a record and their columns, which hold
// microseconds since 1970.
var stamps = map[string]string{CreatedAt: "created_at_us", UpdatedAt: "updated_at_us"}

// stamp builds created_at and updated_at. What an enrichment is asked must not
// change with whatever is written, its own results included.
func (b *builder) stamp(e ast.Expr, name string) (node, error) {
	if b.formula && name == UpdatedAt {
		return nil, b.src.errorf(e, "updated_at changes whenever anything is written, and can be no input").
			WithHint("Filter by it (where, when), or use a date field of the record.")
	}
	return &field{key: name, typ: fettle.Timestamp, k: kindTime, stamp: stamps[name]}, nil
}

// origin is source(email): where the value comes from, as the Data Hub names it:
// a list or sender, an enrichment, or "by hand"; blank where the value is.
type origin struct{ f *field }

func (n *origin) kind() kind       { return kindText }
func (n *origin) children() []node { return []node{n.f} }

func (n *origin) eval(s *scope) any {
	if n.f.eval(s) == nil {
		return nil
	}
	return s.rec.Value(SourceOf(n.f.key))
}

func (n *origin) write(w *writer) { w.text(SourceSQL(n.f.key)) }

// SourceOf is the key under which a record gives the source of its value in a
// field; Filter.Fields and the like list it.
func SourceOf(field string) string { return "source(" + field + ")" }

// SourceField is the field of a key that SourceOf made.
func SourceField(key string) (field string, ok bool) {
	if field, ok = strings.CutPrefix(key, "source("); ok {
		field, ok = strings.CutSuffix(field, ")")
	}
	return field, ok
}

// SourceSQL is the source of the value in a field of the record, alias r.
func SourceSQL(field string) string {
	return `(CASE WHEN r."` + field + `" IS NULL THEN NULL ELSE (SELECT CASE WHEN o.kind = 'person' THEN 'by hand' WHEN o.name <> '' THEN o.name ELSE o.kind END` +
		` FROM origins o WHERE o.id = fettle_origin(r.origins, '` + field + `')) END)`
}

func (b *builder) source(arg ast.Expr) (node, error) {
	n, err := b.value(arg)
	if err != nil {
		return nil, err
	}
	f, ok := n.(*field)
	if !ok || f.company || f.stamp != "" || f.signal != nil {
		return nil, b.src.errorf(arg, "%s is no field of the record itself", b.src.snippet(arg)).WithHint(`Write source(email) == "csv".`)
	}
	return &origin{f}, nil
}
