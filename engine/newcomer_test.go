package engine_test

import (
	"slices"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestANewcomerWaitsUntilDecided leaves a record out of a live enrichment that may
// be another one with a second domain, until a person keeps the two apart.
func TestANewcomerWaitsUntilDecided(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.upsert(fettle.Companies, map[string]any{"name": "Acme", "domain": "acme.com", "linkedin_url": "linkedin.com/company/acme"})
		w.save("industry", industry(100))
		w.work(w.e)
		w.start("industry")
		wantRows(t, w.settle("industry"), fettle.RowCounts{Found: 1})
		w.upsert(fettle.Companies, map[string]any{"name": "Acme", "domain": "acme.de", "linkedin_url": "linkedin.com/company/acme"})
		v := w.until("industry", func(v fettle.EnrichmentView) bool { return v.Rows.Waiting == 1 })
		if len(v.WaitingFor) == 0 || v.WaitingFor[len(v.WaitingFor)-1].Reason != fettle.WaitsConflict {
			t.Errorf("it waits for %+v", v.WaitingFor)
		}
		if est := w.estimate("industry"); est.Waiting != 1 || est.ToRun != 0 {
			t.Errorf("estimate %+v", est)
		}
		wantCost(w, fettle.DuplicateOpen, "0.5", "industry")
		ids := w.ids("all-companies")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.DecideDuplicate(t.Context(), store.Duplicate{Pair: store.Ordered(ids[0], ids[1]), Entity: fettle.Companies, State: fettle.DuplicateApart, Actor: "ann", DecidedUS: time.Now().UnixMicro()}); err != nil {
				return err
			}
			cur, err := tx.Enrichment(t.Context(), "industry")
			if err != nil {
				return err
			}
			_, err = tx.WakeRows(t.Context(), cur.ID, time.Now().Add(time.Hour).UnixMicro(), false, 10) // as its time comes
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		wantRows(t, w.until("industry", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 2 }), fettle.RowCounts{Found: 2})
		wantCost(w, fettle.DuplicateApart, "")
		w.sound()
	})
}

// wantCost wants the one conflict to be shown with what enriching the newcomer costs
// at most, in credits ("": without a cost), and where it waits.
func wantCost(w *world, state, credits string, enrichments ...string) {
	w.t.Helper()
	conflicts, err := w.e.Conflicts(w.t.Context(), admin, fettle.Companies, 0)
	if err != nil || len(conflicts) != 1 {
		w.t.Fatalf("%+v, %v", conflicts, err)
	}
	pairs, _, err := w.e.Duplicates(w.t.Context(), admin, engine.DuplicatesQuery{Entity: fettle.Companies, State: state})
	if err != nil || len(pairs) != 1 {
		w.t.Fatalf("%+v, %v", pairs, err)
	}
	for _, got := range []struct {
		high  *fettle.Credits
		names []string
	}{{conflicts[0].EnrichingCredits, conflicts[0].Enriching}, {pairs[0].EnrichingCredits, pairs[0].Enriching}} {
		text := ""
		if got.high != nil {
			text = got.high.Text()
		}
		if text != credits || !slices.Equal(got.names, enrichments) {
			w.t.Errorf("it costs %q in %v, not %q in %v", text, got.names, credits, enrichments)
		}
	}
}
