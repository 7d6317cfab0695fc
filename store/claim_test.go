package store_test

import (
	"testing"

	"fettle/ledger"
	"fettle/store"
	"fettle/store/storetest"
)

// TestACellIsTakenOnce takes a cell that another call holds, and one that was
// bought since it was read.
func TestACellIsTakenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		take := func(attempt, bought int64) (n int64) {
			t.Helper()
			if err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
				n, err = tx.HoldCells(t.Context(), []store.CellHold{{CellKey: store.CellKey{Record: 1, Field: "email"}, Attempt: attempt, Bought: bought}})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		buy := func(attempt, at int64) {
			t.Helper()
			if err := db.Update(t.Context(), func(tx *store.Tx) error {
				return tx.BuyCells(t.Context(), []store.Cell{{CellKey: store.CellKey{Record: 1, Field: "email"}, AttemptID: attempt, BoughtUS: at}})
			}); err != nil {
				t.Fatal(err)
			}
		}
		if take(7, 0) != 1 || take(8, 0) != 0 || take(7, 0) != 0 {
			t.Error("a held cell was taken")
		}
		buy(7, 100)
		if take(8, 0) != 0 {
			t.Error("a cell was taken that was bought since it was read")
		}
		if take(8, 100) != 1 {
			t.Error("a bought cell is not taken again, as asked")
		}
		buy(7, 200) // late, of another call: the hold stays
		if take(9, 200) != 0 {
			t.Error("a late purchase let go of another call's hold")
		}
	})
}

// TestACallEndsOnce ends a call twice, and in the name of another worker.
func TestACallEndsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		end := func(worker int64, state store.AttemptState) (done bool) {
			t.Helper()
			if err := db.Update(ctx, func(tx *store.Tx) error {
				m, err := tx.EndAttempts(ctx, []store.Ending{{ID: 1, Worker: worker, State: state}})
				done = m[1]
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return done
		}
		resolve := func() (done bool) {
			t.Helper()
			if err := db.Update(ctx, func(tx *store.Tx) error {
				m, err := tx.ResolveAttempts(ctx, []store.Ending{{ID: 1, State: store.AttemptSettled}})
				done = m[1]
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return done
		}
		if err := db.Update(ctx, func(tx *store.Tx) error {
			return tx.InsertAttempts(ctx, []store.Attempt{{ID: 1, WorkerID: 5, Hold: ledger.Hold{Held: 1, Step: 1}}})
		}); err != nil {
			t.Fatal(err)
		}
		if end(6, store.AttemptSettled) || resolve() {
			t.Error("another worker ended the call")
		}
		if !end(5, store.AttemptUnknown) || end(5, store.AttemptSettled) {
			t.Error("a call that is unknown is not open")
		}
		if !resolve() || resolve() || end(5, store.AttemptReleased) {
			t.Error("a call ended twice")
		}
	})
}
