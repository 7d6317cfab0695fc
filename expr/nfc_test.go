package expr_test

import "testing"

// TestComposition types é as one character and as two: both find a name as it
// is stored, in one.
func TestComposition(t *testing.T) {
	e := env(t)
	for _, src := range []string{"name.contains(\"Ren\u00e9\")", "name.contains(\"Rene\u0301\")", "name == \"Rene\u0301 Roy\"", `name.contains("Rene\u0301")`, `name in ["Rene\U00000301 Roy"]`} {
		f, err := e.Filter(src)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Match(record{"name": "Ren\u00e9 Roy"}, now); err != nil || !got {
			t.Errorf("%+q: %v, %v", src, got, err)
		}
	}
}
