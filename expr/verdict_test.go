package expr_test

import (
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/expr"
	"fettle/identity/employment"
)

// TestVerdict: verdict("employment-check") is what the poll said last, and
// unverified before it said anything. It reads the poll's field, so that what it
// says opens what waits for it.
func TestVerdict(t *testing.T) {
	e, err := expr.NewEnv(fettle.People, []fettle.Field{{Key: "employment_check", Type: fettle.Text}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	judged := func(value any) string {
		for _, v := range []string{"moved", "left", "added_role", "retitled", "renamed_company", "still_there", "unverified"} {
			f, err := e.Filter(`verdict("employment-check") == "` + v + `"`)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Fields(); !slices.Equal(got, []string{"employment_check"}) {
				t.Errorf("it reads %v", got)
			}
			if ok, err := f.Match(record{"employment_check": value}, now); err != nil {
				t.Fatal(err)
			} else if ok {
				return v
			}
		}
		return "none"
	}
	acme := employment.Role{Company: "Acme", Title: "CTO"}
	for v := range employment.Beginnings() {
		said := employment.Finding{Verdict: v, Old: acme, New: acme, Since: "2026-03"}.Sentence()
		if got := judged(said); got != string(v) {
			t.Errorf("%q is %s, want %s", said, got, v)
		}
	}
	if got := judged(nil); got != string(employment.Unverified) {
		t.Errorf("before the first check it is %s", got)
	}
	for src, want := range map[string]string{
		`verdict(employment_check) == "moved"`: "name of a poll",
		`verdict("champions") == "moved"`:      `people have no field "champions"`,
	} {
		if _, err := e.Filter(src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", src, err, want)
		}
	}
}
