package expr

import (
	"cel.dev/cel-go/common/ast"

	"fettle"
)

// status is status(email): what the provider of a value said of it, such as
// "valid"; blank where the value is blank or nothing was said of it.
type status struct{ f *field }

func (n *status) kind() kind       { return kindText }
func (n *status) children() []node { return []node{n.f} }

func (n *status) eval(s *scope) any {
	if n.f.eval(s) == nil {
		return nil
	}
	return s.rec.Status(n.f.key)
}

// write picks the word out of the record's list. The vocabulary is closed, so
// that both databases can do it with LIKE alone; in a key "_" stands for
// itself.
func (n *status) write(w *writer) {
	w.text("CASE WHEN ")
	n.f.write(w)
	w.text(" IS NULL OR r.statuses IS NULL THEN NULL")
	for _, st := range fettle.Statuses() {
		w.text(" WHEN r.statuses LIKE '%,", likeLiteral(n.f.key+":"+string(st)), `,%' ESCAPE '\' THEN '`, string(st), "'")
	}
	w.text(" END")
}

func (b *builder) status(arg ast.Expr) (node, error) {
	n, err := b.value(arg)
	if err != nil {
		return nil, err
	}
	f, ok := n.(*field)
	if !ok || f.company || f.stamp != "" || f.signal != nil {
		return nil, b.src.errorf(arg, "%s is no field of the record itself", b.src.snippet(arg)).WithHint(`Write status(email) == "valid".`)
	}
	return &status{f}, nil
}
