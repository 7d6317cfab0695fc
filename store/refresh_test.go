package store_test

import (
	"slices"
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// TestARecordIsDueOnce has two cells of one record be older than their time:
// the record is named once.
func TestARecordIsDueOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := openRows(t, db, 2)
		done := slices.Clone(rows)
		var cells []store.Cell
		for i := range done {
			done[i].State, done[i].Outcome = fettle.RowDone, fettle.Found
			for _, f := range []string{"email", "phone"} {
				cells = append(cells, store.Cell{CellKey: store.CellKey{Record: done[i].RecordID, Field: f}, BoughtUS: 5})
			}
		}
		var due []int64
		err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
			ctx := t.Context()
			if err := tx.PutRows(ctx, rows, done); err != nil {
				return err
			}
			if err := tx.PutCells(ctx, cells); err != nil {
				return err
			}
			due, err = tx.RowsToRefresh(ctx, 1, []string{"email", "phone"}, 10, 5, 0, 10)
			return err
		})
		if err != nil || !slices.Equal(due, []int64{1, 2}) {
			t.Errorf("due: %v, %v", due, err)
		}
	})
}
