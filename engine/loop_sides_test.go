package engine_test

import (
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// TestALoopIsRefusedFromEachSide saves the members of cycles in each order: the last
// one is refused, whichever it is, and the others stand.
func TestALoopIsRefusedFromEachSide(t *testing.T) {
	t.Parallel()
	moves := scored("", "company_domain")
	moves.Steps = []fettle.Step{{Provider: "formula", Formula: map[string]string{"score": `"d" + string(y) + ".com"`}}}
	for what, ring := range map[string]map[string]fettle.Definition{
		"two":                     {"a": scored(`"a" + string(y)`, "x"), "b": scored(`"b" + string(x)`, "y")},
		"three":                   {"a": scored(`"a" + string(z)`, "x"), "b": scored(`"b" + string(x)`, "y"), "c": scored(`"c" + string(y)`, "z")},
		"three, with a formula":   {"a": scored(`"a" + string(y)`, "x"), "b": scored(`"b" + string(z)`, "y"), "c": computed("x + 1.0", "z")},
		"through a company field": {"b": scored("company.name", "y"), "d": moves},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for last := range ring {
				w := newWorld(t, storetest.Open(t), sandbox.Defaults())
				for _, f := range []string{"x", "y", "z"} {
					w.field(f, fettle.Number)
				}
				var before []string
				for name, def := range ring {
					if name != last {
						w.save(name, def)
						before = append(before, name)
					}
				}
				_, err := w.e.SaveEnrichment(t.Context(), admin, last, ring[last])
				if e := fettle.AsError(err); err == nil || e.Code != fettle.Refused || !strings.Contains(e.Message, "feed each other") {
					t.Errorf("%s last: %v", last, err)
					continue
				}
				for _, name := range append(slices.Clone(before), last) {
					if !strings.Contains(err.Error(), name) || w.exists(name) != (name != last) {
						t.Errorf("%s last: %v does not name %s, or it is there: %t", last, err, name, w.exists(name))
					}
				}
			}
		})
	}
}
