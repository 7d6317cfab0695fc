package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestADeletedEnrichmentKeepsItsName deletes what spent, and makes another under
// its name: the journal and the sums still name it, and the new one says what
// was spent before, and begins at 0 of its limit.
func TestADeletedEnrichmentKeepsItsName(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "in")
		w.save("we", findEmail(fettle.AllPeople, 10))
		stop := w.work(w.e)
		w.start("we")
		w.settle("we")
		w.pause("we")
		stop()
		if err := w.e.DeleteEnrichment(t.Context(), admin, "we"); err != nil {
			t.Fatal(err)
		}
		w.spentUnder("we", true)
		w.save("we", findEmail(fettle.AllPeople, 20))
		v := w.show("we")
		if !strings.Contains(v.Message, "the journal keeps 3 credits that enrichments of the name we") || v.SpentCredits != 0 || *v.Limit.LeftCredits != *credits(20) {
			t.Errorf("made again: %q, spent %s, left %s", v.Message, v.SpentCredits, v.Limit.LeftCredits)
		}
		w.spentUnder("we", true) // and is another
		if j, _, err := w.e.Journal(t.Context(), admin, engine.JournalQuery{Enrichment: "we"}); err != nil || len(j) != 0 {
			t.Errorf("the new one's journal: %d entries, %v", len(j), err)
		}
		w.sound()
	})
}

// spentUnder holds that 3 credits stand under a name.
func (w *world) spentUnder(name string, deleted bool) {
	w.t.Helper()
	for _, j := range w.journal("") {
		if j.Attempt > 0 && (j.Enrichment != name || j.Deleted != deleted) {
			w.t.Errorf("the journal names %q, deleted %v", j.Enrichment, j.Deleted)
		}
	}
	by, err := w.e.SpendBy(w.t.Context(), admin, "enrichment")
	if err != nil || len(by) != 1 || by[0].Key != name || by[0].Deleted != deleted || by[0].SettledCredits != *credits(3) {
		w.t.Errorf("by enrichment: %+v, %v", by, err)
	}
	for _, g := range []string{"provider", "day", "person"} {
		if by, err := w.e.SpendBy(w.t.Context(), admin, g); err != nil || len(by) != 1 || by[0].Deleted {
			w.t.Errorf("by %s: %+v, %v", g, by, err)
		}
	}
}
