package expr_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle/expr"
)

func TestJoin(t *testing.T) {
	a, b, every := expr.Fragment{Text: "x = $1", Args: []any{1}}, expr.Fragment{Text: "y IN ($1, $2)", Args: []any{2, 3}}, expr.Fragment{}
	for _, c := range []struct {
		name      string
		got, want expr.Fragment
	}{
		{"all", expr.All(a, every, b), expr.Fragment{Text: "(x = $1) AND (y IN ($2, $3))", Args: []any{1, 2, 3}}},
		{"all of none", expr.All(), every},
		{"all of every record", expr.All(every), every},
		{"any", expr.Any(a, b), expr.Fragment{Text: "((x = $1) OR (y IN ($2, $3)))", Args: []any{1, 2, 3}}},
		{"any of none is nobody", expr.Any(), expr.Fragment{Text: "1 = 0"}},
		{"any with every record is every record", expr.Any(a, every, b), every},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
