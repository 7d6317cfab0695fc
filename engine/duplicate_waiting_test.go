package engine_test

import (
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestApartTakesAWaitingMergeBack decides about two records after all, while a
// merge of them waits for a call: the last word counts, and the enrichments go on.
func TestApartTakesAWaitingMergeBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "x")
		ids := w.ids(fettle.AllPeople)
		fly := func(hold string, by int64) {
			t.Helper()
			if err := db.Update(ctx, func(tx *store.Tx) error {
				return tx.PutCells(ctx, []store.Cell{{CellKey: store.CellKey{Record: ids[1], Field: "location"}, Hold: hold, HoldID: by}})
			}); err != nil {
				t.Fatal(err)
			}
		}
		fly("running", 13)
		for _, other := range []int64{ids[0], ids[2]} {
			if v, err := w.e.MergeRecords(ctx, editor, ids[1], other, nil); err != nil || !v.Waiting {
				t.Fatalf("%+v, %v", v, err)
			}
		}
		if _, err := w.e.DecideDuplicate(ctx, editor, ids[0], ids[1], fettle.DuplicateApart); err != nil {
			t.Fatal(err)
		}
		fly("", 0)
		due := 0
		if err := db.View(ctx, func(tx *store.Tx) error {
			all, err := tx.DueMerges(ctx, 10)
			due = len(all)
			return err
		}); err != nil || due != 1 {
			t.Errorf("%d merges are due, want the other one: %v", due, err)
		}
	})
}
