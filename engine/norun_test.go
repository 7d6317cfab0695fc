package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestWhatIsWrittenWithoutRunningWaitsForAStart writes people without running,
// then has the audience of a live enrichment looked at again: nobody asked for
// them yet. A resume by somebody who may spend buys for them.
func TestWhatIsWrittenWithoutRunningWaitsForAStart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		editor := w.let("ed", fettle.Editor, false, 0)
		where := func(text string, a fettle.Actor) {
			t.Helper()
			if _, err := w.e.SaveAudience(ctx, a, fettle.Audience{Name: "some", Entity: fettle.People, Where: text}, true); err != nil {
				t.Fatal(err)
			}
		}
		w.people(0, 2, "y")
		where(`title == "y" || title == "z"`, admin)
		w.save("emails", findEmail("some", 1000))
		w.start("emails")
		w.work(w.e)
		w.settle("emails")
		before := w.sb.Books().Calls
		rows := []map[string]any{{"name": "Nan Ode", "company_domain": "n.com", "title": "y"}, {"name": "Ulf Ide", "company_domain": "u.com", "title": "y"}}
		if _, err := w.e.UpsertRecords(ctx, editor, engine.UpsertInput{Entity: fettle.People, Rows: rows, NoRun: true}); err != nil {
			t.Fatal(err)
		}
		where(`title == "y"`, editor)
		w.settle("emails")
		where(`title == "y" || title == "q"`, admin)
		w.settle("emails")
		if n := w.sb.Books().Calls - before; n != 0 {
			t.Errorf("%d calls for what was written without running", n)
		}
		if _, err := w.e.Pause(ctx, admin, "emails"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.e.Resume(ctx, admin, "emails", engine.StartOptions{Confirm: true}); err != nil {
			t.Fatal(err)
		}
		w.settle("emails")
		if n := w.sb.Books().Calls - before; n != 2 {
			t.Errorf("%d calls after a resume", n)
		}
		w.sound()
	})
}
