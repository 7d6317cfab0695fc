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

// TestAWiderAudienceTakesInWhatTheStartCovered widens the audience of a live
// enrichment to people who were written without running before its start: that
// says nothing of what somebody does later. A company's change without running
// lets nobody in.
func TestAWiderAudienceTakesInWhatTheStartCovered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		put := func(e fettle.Entity, noRun bool, rows ...map[string]any) {
			t.Helper()
			if _, err := w.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: e, Rows: rows, NoRun: noRun, Confirm: true}); err != nil {
				t.Fatal(err)
			}
		}
		where := func(text string) {
			t.Helper()
			if _, err := w.e.SaveAudience(ctx, admin, fettle.Audience{Name: "some", Entity: fettle.People, Where: text}, true); err != nil {
				t.Fatal(err)
			}
			w.settle("emails")
		}
		put(fettle.Companies, false, map[string]any{"name": "N", "domain": "n.com"})
		put(fettle.People, true,
			map[string]any{"name": "Nan Ode", "company_domain": "n.com", "title": "y"},
			map[string]any{"name": "Ulf Ide", "company_domain": "u.com", "title": "z"},
			map[string]any{"name": "Ola Ude", "company_domain": "n.com", "title": "w"})
		w.audience("some", `title == "y"`)
		w.save("emails", findEmail("some", 1000))
		w.start("emails")
		w.work(w.e)
		w.settle("emails")
		w.guardAt(0)
		_, err := w.e.SaveAudience(ctx, admin, fettle.Audience{Name: "some", Entity: fettle.People, Where: `title == "y" || title == "z"`}, false)
		w.code(fettle.Confirm, err, "a wider audience")
		calls := func(want int64, when string) {
			t.Helper()
			if n := w.sb.Books().Calls; n != want {
				t.Errorf("%d calls, want %d: %s", n, want, when)
			}
		}
		where(`title == "y" || title == "z"`)
		calls(2, "a wider audience")
		where(`title in ["y", "z"] || company.industry == "I"`)
		put(fettle.Companies, true, map[string]any{"domain": "n.com", "industry": "I"})
		where(`title in ["y", "z"] || company.industry in ["I"]`)
		calls(2, "a company was written without running")
		w.pause("emails")
		w.resume("emails")
		w.settle("emails")
		calls(3, "a resume")
		w.sound()
	})
}
