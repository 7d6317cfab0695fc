package ingest_test

import (
	"context"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// besideClaim makes a claim of a record's row, does something in another
// transaction that has to wait for it, commits the claim, and gives what that
// other one ended with. hold says that the claim holds the record too.
func besideClaim(t *testing.T, db *store.DB, record int64, hold bool, other func(context.Context, *store.Tx) error) error {
	t.Helper()
	result, ended := make(chan error, 1), make(chan struct{})
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		if hold {
			if _, err := tx.LockRecords(ctx, fettle.People, []int64{record}, nil); err != nil {
				return err
			}
		}
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
			result <- db.Update(t.Context(), func(tx *store.Tx) error { return other(t.Context(), tx) })
		}()
		storetest.Blocked(t, db, ended) // or it went by the claim: what it did says so
		return nil
	})
	return <-result
}

// TestAMergeWaitsForAClaim merges two records, by hand and by a row, while a claim
// of one of them is made and not yet committed: the merge sees the claim, and is
// put off.
func TestAMergeWaitsForAClaim(t *testing.T) {
	by := ingest.MergeInput{Entity: fettle.People, Survivor: 1, Loser: 2, Origin: 1, Actor: "ann", Now: now}
	row := ingest.UpsertInput{
		Entity: fettle.People, Source: "list", Origin: 1, Actor: "ann", Now: now, Fields: []string{"email", "linkedin_url"},
		Rows: []ingest.Row{{Line: 2, Values: []any{"ann@acme.com", "https://www.linkedin.com/in/annlee"}}},
	}
	for claimed := int64(1); claimed <= 2; claimed++ {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			seedPair(t, db)
			id := int64(-1)
			if err := besideClaim(t, db, claimed, false, func(ctx context.Context, tx *store.Tx) (err error) {
				id, err = ingest.Merge(ctx, tx, by)
				return err
			}); err != nil || id != 0 {
				t.Errorf("merge %d was made while a call for record %d runs: %v", id, claimed, err)
			}
		})
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			seedPair(t, db)
			var res ingest.UpsertResult
			if err := besideClaim(t, db, claimed, false, func(ctx context.Context, tx *store.Tx) (err error) {
				res, err = ingest.Upsert(ctx, tx, row)
				return err
			}); err != nil || res.Deferred != 1 {
				t.Errorf("a row made two records one while a call for record %d runs: %+v, %v", claimed, res, err)
			}
		})
	}
}

// TestAMergeThatIsDueWaitsOnForAClaim makes a merge that was put off and is due
// while a claim of its records commits: it is put off again, not forgotten.
func TestAMergeThatIsDueWaitsOnForAClaim(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seedPair(t, db)
		fly(t, db, 2, true)
		merge(t, db, 1, 2)
		fly(t, db, 2, false)
		if err := besideClaim(t, db, 1, true, func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.DueMerges(ctx, tx, now)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := stateOf(t, db, fettle.People, 1, 2); len(got.People) != 2 {
			t.Fatalf("merged under a call: %v", got.People)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			rows, err := tx.RowsOf(ctx, 1, []int64{1})
			if err != nil {
				return err
			}
			landed := rows[1]
			landed.State = fettle.RowDone
			return tx.PutRows(ctx, []store.Row{rows[1]}, []store.Row{landed})
		})
		if n := makeDue(t, db); n != 1 {
			t.Errorf("%d merges were made when the call had landed, want 1", n)
		}
		if got := stateOf(t, db, fettle.People, 1, 2); len(got.People) != 1 {
			t.Errorf("not merged: %v", got.People)
		}
	})
}

// TestTakingApartAndErasingWaitForAClaim takes a merge back and erases a record
// while a claim of it commits: both are refused, as they are once it is there.
func TestTakingApartAndErasingWaitForAClaim(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seedPair(t, db)
		id := merge(t, db, 1, 2)
		before := stateOf(t, db, fettle.People, 1, 2)
		apart := func(ctx context.Context, tx *store.Tx) error { return ingest.UndoMerge(ctx, tx, id, 1, "ann", now) }
		if err := besideClaim(t, db, 1, false, apart); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("taken apart under a call: %v", err)
		}
		if got := stateOf(t, db, fettle.People, 1, 2); len(got.People) != len(before.People) {
			t.Errorf("taken apart: %v", got.People)
		}
	})
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seedPair(t, db)
		erase := func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.Delete(ctx, tx, ingest.DeleteInput{Entity: fettle.People, IDs: []int64{1}, Origin: 1, Actor: "ann", Now: now, Erase: true})
			return err
		}
		if err := besideClaim(t, db, 1, false, erase); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("erased under a call: %v", err)
		}
		if len(records(t, db, fettle.People, 1)) != 1 {
			t.Error("erased")
		}
	})
}
