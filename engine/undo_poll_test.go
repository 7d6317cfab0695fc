package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestUndoOfWhatAPollWrote takes back the run of a poll that writes what it found:
// the values are what they were and the signal is retracted, and neither comes again,
// not even when the next check is long due, until a person reruns it. Who was checked
// in other runs goes on to be checked.
func TestUndoOfWhatAPollWrote(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.employed("ada", "bob")
		ids := w.ids(fettle.AllPeople)
		rule := employmentCheck("all-people", "")
		rule.Outputs = fettle.Outputs{{Name: "title", Field: "title"}}
		w.rule("check", rule)
		w.start("check")
		stop := w.work(w.e)
		w.settle("check")
		w.told("a baseline")
		w.know("ada", role("Analyst", "Acme", "acme.com", "2020-01", "2026-08"), role("VP", "Contoso", "contoso.com", "2026-09", ""))
		rerun := func(records ...int64) {
			t.Helper()
			if _, err := w.e.Rerun(t.Context(), admin, "check", engine.RerunOptions{Records: records}, true); err != nil {
				t.Fatal(err)
			}
			w.settle("check")
		}
		rerun(ids[0])
		const moved = "Person ada moved acme.com→contoso.com ×1"
		is := func(when, title string, calls int64, told ...string) {
			t.Helper()
			w.looked()
			w.told(when, told...)
			if got := w.value(ids[0], "title"); got != title {
				t.Errorf("%s the title is %v, want %s", when, got, title)
			}
			if n := w.sb.Books().Calls; n != calls {
				t.Errorf("%s: %d calls, want %d", when, n, calls)
			}
		}
		is("found", "VP", 3, moved)
		run := w.lastRun()
		did := w.take(run)
		if would := did; would.Restored != 2 || would.LeftCount != 0 || would.CreditsStaySpent != fettle.Credit {
			t.Errorf("taken back: %+v", would)
		}
		is("taken back", "Analyst", 3)
		w.take(did.ID)
		is("done again", "VP", 3, moved)
		w.take(w.sets("undo")[0].ID)
		is("taken back for good", "Analyst", 3)
		stop()
		w.age(90 * day)
		w.e = w.engine()
		w.work(w.e)
		w.billed(4)
		w.until("check", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 })
		is("long due", "Analyst", 4)
		rerun(ids[0])
		is("asked for", "VP", 5, moved)
		w.sound()
	})
}
