package engine_test

import (
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestWhatAResumeBuysIsBought holds that what entered during a pause is charged
// for having entered, and shown as bought: not as reused, nor as saved.
func TestWhatAResumeBuysIsBought(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 20, "in")
		def := findEmail(fettle.AllPeople, 500)
		def.RerunOn = "inputs"
		w.save("emails", def)
		defer w.work(w.e)()
		w.start("emails")
		w.settle("emails")
		w.pause("emails")
		w.people(20, 30, "in")
		w.resume("emails")
		v := w.until("emails", func(v fettle.EnrichmentView) bool {
			return !v.Planning && v.RemainingRows == 0 && v.InFlight == 0 && v.Rows.Found+v.Rows.Reused == 50
		})
		if v.Rows.Found != 50 || v.Rows.Reused != 0 || v.SavedCredits != 0 || v.SpentCredits != *credits(50) {
			t.Errorf("after the resume: %+v, saved %s, spent %s", v.Rows, v.SavedCredits, v.SpentCredits)
		}
		causes := map[fettle.Cause]int{}
		for _, j := range w.journal("settle") {
			causes[j.Cause]++
		}
		if causes[fettle.CauseStart] != 20 || causes[fettle.CauseEntered] != 30 {
			t.Errorf("charged for %v", causes)
		}
		w.pause("emails")
		w.reset("emails")
		w.resume("emails")
		w.until("emails", func(v fettle.EnrichmentView) bool { return !v.Planning && v.RemainingRows == 0 && v.Rows.Reused == 50 })
		for _, r := range w.rows("emails") {
			if r.ChargedCredits != 0 {
				t.Errorf("a reused row shows %s credits", r.ChargedCredits)
				break
			}
		}
		w.sound()
	})
}
