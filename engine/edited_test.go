package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestEditsDoNotRebuy changes what an enrichment asks after it has bought: the
// old values are stale, resuming buys none of them again, and running them
// again is a choice with a price.
func TestEditsDoNotRebuy(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 10, "Engineer")
		defer w.work(w.e)()
		def := findEmail(fettle.AllPeople, 100)
		w.save("emails", def)
		w.start("emails")
		w.settle("emails")
		if calls := w.sb.Books().BilledCalls; calls != 10 {
			t.Fatalf("%d calls were billed, want 10", calls)
		}

		w.pause("emails")
		def.Steps[0].Inputs = map[string]string{"full_name": `name + " Jr"`, "company_domain": "company_domain"}
		w.save("emails", def)
		w.people(10, 2, "Engineer")
		est := w.estimate("emails")
		if est.ToRun != 2 || est.HighCredits != 2*fettle.Credit {
			t.Errorf("the estimate is %d rows, at most %s; want the 2 that are new", est.ToRun, est.HighCredits)
		}
		w.resume("emails")
		v := w.settle("emails")
		if calls := w.sb.Books().BilledCalls; calls != 12 {
			t.Errorf("after the edit %d calls were billed in all, want 12: the two who are new", calls)
		}
		if v.StaleRows != 10 {
			t.Errorf("%d rows are stale, want the 10 that the old version bought", v.StaleRows)
		}
		if _, err := w.e.Rerun(ctx, admin, "emails", engine.RerunOptions{Stale: true}, false); fettle.CodeOf(err) != fettle.Confirm {
			t.Errorf("a rerun without its price agreed to: %v", err)
		}
	})
}
