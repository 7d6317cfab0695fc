package expr

import (
	"cel.dev/cel-go/common/ast"

	"fettle"
)

// choices gives the field if n is one of type multi_select: it holds several
// values, and contains and in ask for one of them.
func choices(n node) (*field, bool) {
	f, ok := n.(*field)
	return f, ok && f.typ == fettle.MultiSelect
}

// among is true where the field has the value among its own, in whatever
// capitals.
func among(f *field, value node) condition {
	between := func(n node) node {
		sep := &literal{kindText, fettle.ChoiceSeparator}
		return &concat{&concat{sep, n}, sep}
	}
	return newSearch(searchOps["contains"], between(f), between(value))
}

// inChoices builds "a" in tags.
func (b *builder) inChoices(e ast.Expr, f *field) (node, error) {
	arg := e.AsCall().Args()[0]
	n, err := b.value(arg)
	if err != nil {
		return nil, err
	}
	if n.kind() != kindText {
		return nil, b.src.errorf(arg, "%s is %s, and %s holds text", b.src.snippet(arg), n.kind(), f.name()).WithHint(`Write "value" in %s.`, f.name())
	}
	return b.track(&group{among(f, n)}, e), nil
}
