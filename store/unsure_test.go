package store_test

import (
	"slices"
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// TestRowsUnsure has four records that nothing was found for: one whose answer
// verified nothing, one that was asked again as often as it may, one whose newest
// answer is sure, and one of which nothing is known.
func TestRowsUnsure(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := openRows(t, db, 4)
		done := slices.Clone(rows)
		for i := range done {
			done[i].State, done[i].Outcome, done[i].UpdatedUS = fettle.RowDone, fettle.NotFoundRow, 20
		}
		answers := map[int64][]bool{1: {true}, 2: {true, true, true, true}, 3: {true, false}, 4: {false}}
		var calls []store.Attempt
		var ends []store.Ending
		for record := int64(1); record <= 4; record++ {
			for i, unsure := range answers[record] {
				id := record*10 + int64(i)
				calls = append(calls, store.Attempt{ID: id, EnrichmentID: 1, RecordID: record, WorkerID: 1, ReservedUS: 10})
				ends = append(ends, store.Ending{ID: id, Worker: 1, State: store.AttemptSettled, Outcome: "not_found", DoneUS: 11 + int64(i), Unsure: unsure})
			}
		}
		var due, later []int64
		var misses, unsure int64
		err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
			ctx := t.Context()
			if err := tx.PutRows(ctx, rows, done); err != nil {
				return err
			}
			if err := tx.InsertAttempts(ctx, calls); err != nil {
				return err
			}
			if _, err := tx.EndAttempts(ctx, ends); err != nil {
				return err
			}
			if due, err = tx.RowsUnsure(ctx, 1, 20, 10, fettle.UnsureAgain, 0, 10); err != nil {
				return err
			}
			if later, err = tx.RowsUnsure(ctx, 1, 20, 11, fettle.UnsureAgain, 0, 10); err != nil {
				return err
			}
			misses, unsure, err = tx.UnsureCalls(ctx, 1)
			return err
		})
		if err != nil || !slices.Equal(due, []int64{1}) || !slices.Equal(later, []int64{1, 2}) || misses != 8 || unsure != 6 {
			t.Errorf("due: %v, and with the first call out of the time %v; %d of %d; %v", due, later, unsure, misses, err)
		}
	})
}
