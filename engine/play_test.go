package engine_test

import (
	"testing"

	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestPlaysApply applies each play to an empty workspace, and again: nothing is
// left to do then. None is live by that.
func TestPlaysApply(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		plays, err := w.e.Plays(ctx, admin)
		if err != nil || len(plays) == 0 {
			t.Fatalf("%d plays, %v", len(plays), err)
		}
		for _, p := range plays {
			if p.Title == "" || p.About == "" {
				t.Errorf("%s does not say what it is", p.Name)
			}
			for _, want := range []string{"create", "unchanged"} {
				changes, err := w.e.Apply(ctx, admin, []byte(p.Documents), false)
				if err != nil {
					t.Fatalf("%s: %v", p.Name, err)
				}
				for _, c := range changes {
					if c.Action != want {
						t.Errorf("%s: %s %s is to %s, want %s", p.Name, c.Kind, c.Name, c.Action, want)
					}
				}
			}
		}
		all, err := w.e.Enrichments(ctx, admin)
		for _, e := range all {
			if e.State != "draft" {
				t.Errorf("%s is %s", e.Name, e.State)
			}
		}
		if err != nil || w.sb.Books().Calls != 0 {
			t.Errorf("%d calls, %v", w.sb.Books().Calls, err)
		}
	})
}
