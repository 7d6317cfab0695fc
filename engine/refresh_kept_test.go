package engine_test

import (
	"testing"
	"time"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// TestWhatAPersonSetIsLookedAtOnceADay lets a value that a person set come due
// again: its row is not opened each minute from then on, where all such rows would
// be opened before those that are to be bought.
func TestWhatAPersonSetIsLookedAtOnceADay(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inTime(t, kind, func(w *clocked) {
				w.people(0, 2, "x")
				w.read(daily, func(d *fettle.Definition) { d.Schedule, d.Refresh = nil, fettle.Interval(48*time.Hour) })
				w.up()
				w.start("reading")
				w.settle("reading")
				set := w.ids(fettle.AllPeople)[0]
				if err := w.e.EditRecord(w.t.Context(), admin, set, "reading", "mine", true); err != nil {
					w.t.Fatal(err)
				}
				looked := func() (at int64) {
					if err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
						cur, err := tx.Enrichment(w.t.Context(), "reading")
						if err != nil {
							return err
						}
						rows, err := tx.RowPage(w.t.Context(), cur.ID, store.RowQuery{State: fettle.RowDone, Limit: 10})
						for _, r := range rows {
							if r.RecordID == set {
								at = r.UpdatedUS
							}
						}
						return err
					}); err != nil {
						w.t.Fatal(err)
					}
					return at
				}
				before := looked()
				w.at("2000-01-03 00:05:00")
				w.bought("the other one is refreshed", 3)
				first := looked()
				if first == before {
					w.t.Error("the row was not looked at when it was due")
				}
				w.at("2000-01-03 00:10:00")
				if at := looked(); at != first {
					w.t.Errorf("it was looked at again %s later", time.Duration(at-first)*time.Microsecond)
				}
				w.at("2000-01-04 00:10:00")
				if looked() == first {
					w.t.Error("it was not looked at a day later")
				}
			})
		})
	}
}
