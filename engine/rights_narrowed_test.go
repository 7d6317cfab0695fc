package engine_test

import (
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestWhoMaySpendTakesConsentBack has somebody who may spend take a filter back
// from what was agreed to at the start. Somebody who may not puts it in again:
// its records wait for approval.
func TestWhoMaySpendTakesConsentBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		ci := w.let("ci", fettle.Editor, true, 50)
		w.people(0, 3, "x")
		w.people(10, 2, "y")
		w.audience("some", `title == "x"`)
		w.save("emails", findEmail("some", 1000))
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		filter := func(a fettle.Actor, where string) {
			t.Helper()
			if _, err := w.e.SaveAudience(t.Context(), a, fettle.Audience{Name: "some", Entity: fettle.People, Where: where}, true); err != nil {
				t.Fatal(err)
			}
		}
		filter(ci, `title == "y"`)
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 2 && v.InFlight == 0 })
		w.people(20, 2, "x") // while nobody agrees to them
		filter(editor, `title == "x" || title == "y"`)
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.ApprovalRows == 2 })
		if _, err := w.e.Approve(t.Context(), admin, "emails", true); err != nil {
			t.Fatal(err)
		}
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.ApprovalRows == 0 && v.Rows.Found == 7 })
		if b := w.sb.Books(); b.BilledCalls != 7 {
			t.Errorf("books: %+v", b)
		}
		w.sound()
	})
}
