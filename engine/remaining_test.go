package engine_test

import (
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestRemainingRowsBeforeTheStart shows what a start would open rows for, also
// where nothing was opened yet.
func TestRemainingRowsBeforeTheStart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		remain := func(n int64) {
			t.Helper()
			w.until("emails", func(v fettle.EnrichmentView) bool { return v.RemainingRows == n })
		}
		w.people(0, 30, "x")
		w.people(30, 20, "y")
		w.audience("xs", `title == "x"`)
		w.audience("ys", `title == "y"`)
		w.save("emails", findEmail("xs", 1000))
		remain(30)
		w.people(50, 5, "x")
		remain(35)
		w.audience("xs", `title == "x" || title == "z"`)
		w.edit(w.ids("xs")[0], "title", "z")
		remain(35)
		w.work(w.e)
		if _, err := w.e.Pilot(t.Context(), admin, "emails", 10); err != nil {
			t.Fatal(err)
		}
		remain(25) // the pilot's rows are done
		w.start("emails")
		w.settle("emails")
		remain(0)
		w.pause("emails")
		w.people(55, 5, "x")
		remain(0) // what joins while it is paused is opened when it follows
		w.reset("emails")
		remain(40)
		if _, err := w.e.Point(t.Context(), admin, "emails", []string{"xs", "ys"}); err != nil {
			t.Fatal(err)
		}
		remain(60)
		if est := w.estimate("emails"); est.AudienceRows != 60 {
			t.Errorf("estimate: %+v", est)
		}
		w.start("emails")
		w.settle("emails")
		remain(0)
	})
}
