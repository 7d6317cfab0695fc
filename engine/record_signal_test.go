package engine_test

import (
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAPageGivesTheNewestSignals reads a page of records with the newest signal
// of each: the one that was learned of last, though it was not written last; the
// one before where that was taken back; a sample too; none unless it is asked for.
func TestAPageGivesTheNewestSignals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 5, "x")
		ids := w.ids(fettle.AllPeople)
		const hour = time.Hour
		for i, id := range ids[:3] {
			w.signal(signalled{record: id, typ: "job_change", to: "CTO", ago: 2 * hour})
			last := w.signal(signalled{record: id, typ: "job_change", to: "CEO", ago: hour})
			w.signal(signalled{record: id, typ: "job_change", to: "VP", ago: 3 * hour})
			if i == 1 {
				w.retract(id, last)
			}
		}
		w.retract(ids[3], w.signal(signalled{record: ids[3], typ: "job_change", to: "CTO"}))
		if _, err := db.Writer().ExecContext(ctx, "UPDATE signals SET sample = TRUE WHERE record_id = $1", ids[2]); err != nil {
			t.Fatal(err)
		}
		for asked, want := range map[bool][5]string{true: {"CEO", "CTO", "CEO sample", "", ""}, false: {}} {
			p, err := w.e.Records(ctx, admin, engine.Query{Entity: fettle.People, Fields: []string{"title"}, Signals: asked})
			if err != nil || len(p.Items) != len(want) {
				t.Fatalf("%d records, %v", len(p.Items), err)
			}
			for i, r := range p.Items {
				got := ""
				if s := r.Signal; s != nil {
					got = s.To["title"]
					if s.Sample {
						got += " sample"
					}
					if s.RecordID != r.ID || s.Record == "" {
						t.Errorf("the signal of record %d is of %d %q", r.ID, s.RecordID, s.Record)
					}
				}
				if got != want[i] {
					t.Errorf("asked %t, record %d: %q, want %q", asked, i, got, want[i])
				}
			}
		}
	})
}
