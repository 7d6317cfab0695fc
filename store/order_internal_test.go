package store

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Records that are read packed are sorted as those that are put in place one
// by one.
func TestPackedOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var value *rapid.Generator[any]
		if rapid.Bool().Draw(rt, "numbers") {
			value = rapid.Map(rapid.Float64(), func(f float64) any { return f + 0 })
		} else {
			value = rapid.Map(rapid.StringMatching(`(same start|é)?[a-c]{1,10}`), func(s string) any { return s })
		}
		values := rapid.SliceOf(rapid.OneOf(value, rapid.Just[any](nil))).Draw(rt, "values")
		desc := rapid.Bool().Draw(rt, "desc")
		order := packedOrder{desc: desc, size: rapid.IntRange(1, 5).Draw(rt, "records of a block")}
		var want []placed
		for i, v := range values {
			p := place(int64(i), v)
			want = append(want, p)
			order.add(p)
		}
		sortPlaced(want, desc)
		for i, id := range order.ids() {
			if id != want[i].id {
				rt.Fatalf("%v (descending: %v): at %d %v, want %v", values, desc, i, values[id], values[want[i].id])
			}
		}
		if !slices.IsSortedFunc(want, func(a, b placed) int { return a.compare(b, desc) }) {
			rt.Fatal("the model is not sorted")
		}
	})
}
