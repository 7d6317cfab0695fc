package ingest_test

import (
	"context"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAMergeWaitsForAClaim merges two records while a claim of a row of one of
// them is made and not yet committed: the merge sees the claim, and is put off.
func TestAMergeWaitsForAClaim(t *testing.T) {
	for claimed := int64(1); claimed <= 2; claimed++ {
		storetest.Each(t, func(t *testing.T, db *store.DB) { mergeBesideClaim(t, db, claimed) })
	}
}

func mergeBesideClaim(t *testing.T, db *store.DB, record int64) {
	seedPair(t, db)
	by := origin(t, db, store.OriginPerson, "ann")
	merged, ended, id := make(chan error, 1), make(chan struct{}), int64(-1)
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		rows, err := tx.RowsOf(ctx, 1, []int64{record})
		if err != nil {
			return err
		}
		claimed := rows[record]
		claimed.State = fettle.RowRunning
		if err := tx.PutRows(ctx, []store.Row{rows[record]}, []store.Row{claimed}); err != nil {
			return err
		}
		go func() {
			defer close(ended)
			merged <- db.Update(t.Context(), func(tx *store.Tx) (err error) {
				id, err = ingest.Merge(t.Context(), tx, ingest.MergeInput{Entity: fettle.People, Survivor: 1, Loser: 2, Origin: by, Actor: "ann", Now: now})
				return err
			})
		}()
		storetest.Blocked(t, db, ended) // or it was made beside the claim: its number says so
		return nil
	})
	if err := <-merged; err != nil {
		t.Fatal(err)
	}
	if id != 0 {
		t.Errorf("merge %d was made while a call for one of the two runs", id)
	}
}
