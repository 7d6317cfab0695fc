package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestWhatIsDeletedKeepsItsName buys with a token, from an audience, and deletes
// both and the enrichment: journal, sums and calls still name who and what. The
// Data Hub adds up meanwhile, with rows that wait for an own limit and for
// approval.
func TestWhatIsDeletedKeepsItsName(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 3, "in")
		w.people(100, 6, "out")
		w.people(200, 4, "none")
		w.audience("some", `title == "in"`)
		w.save("emails", findEmail("some", 1000))
		ci := w.let("ci", fettle.Editor, true, 5)
		if _, err := w.e.Start(ctx, ci, "emails", engine.StartOptions{}); err != nil {
			t.Fatal(err)
		}
		w.work(w.e)
		w.settle("emails")
		di := w.let("di", fettle.Editor, true, 1)
		if _, err := w.e.SaveAudience(ctx, di, fettle.Audience{Name: "some", Entity: fettle.People, Where: `title != "none"`}, true); err != nil {
			t.Fatal(err)
		}
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.OwnLimitRows > 0 && v.InFlight == 0 && !v.Planning })
		if _, err := w.e.SaveAudience(ctx, editor, fettle.Audience{Name: "some", Entity: fettle.People, Where: `title != ""`}, false); err != nil {
			t.Fatal(err)
		}
		v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.ApprovalRows == 4 && v.InFlight == 0 && !v.Planning })
		for _, audience := range []string{"some", fettle.AllPeople} {
			w.addsUp(audience)
		}
		f := hubField(t, w.hub(fettle.People, ""), "email")
		if f.Blank.Waiting != v.OwnLimitRows+v.ApprovalRows || f.Filled+f.Blank.Waiting+f.Blank.NotFound != 13 {
			t.Errorf("%d wait; the hub says %+v, %d filled", v.OwnLimitRows+v.ApprovalRows, f.Blank, f.Filled)
		}
		if est := w.estimate("emails"); len(f.FillRest) != 1 || f.FillRest[0].Rows != est.ToRun || f.FillRest[0].UnlimitedExpectedCredits != est.UnlimitedExpectedCredits {
			t.Errorf("what fills the rest: %+v; the estimate: %+v", f.FillRest, est)
		}

		w.pause("emails")
		id := w.ids("some")[0]
		must(t, w.e.DeleteEnrichment(ctx, admin, "emails"))
		must(t, w.e.DeleteAudience(ctx, admin, "some"))
		must(t, w.e.Accounts.DeleteToken(ctx, admin, "ci"))
		must(t, w.e.Accounts.DeleteToken(ctx, admin, "di"))
		for _, j := range w.journal("") {
			if j.Attempt > 0 && (j.Actor != "ci" || j.Enrichment != "emails" || !j.Deleted || j.Provider != "sandbox") {
				t.Errorf("the journal: %+v", j)
			}
		}
		by, err := w.e.SpendBy(ctx, admin, "person")
		if err != nil || len(by) == 0 || by[0].Key != "ci" {
			t.Errorf("by person: %+v, %v", by, err)
		}
		calls := w.calls(id, "email")
		if len(calls) != 1 || calls[0].Enrichment != "emails" || calls[0].Provider != "sandbox" {
			t.Errorf("calls: %+v", calls)
		}
		w.sound()
	})
}
