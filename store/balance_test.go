package store_test

import (
	"errors"
	"sync"
	"testing"

	"fettle"
	"fettle/ledger"
	"fettle/store"
	"fettle/store/storetest"
)

// TestTheDatabaseKeepsTheLimit applies changes that their caller did not check.
func TestTheDatabaseKeepsTheLimit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ten, three := fettle.Credits(10), int64(3)
		key := store.BalanceKey{Scope: store.ScopeProvider, Key: "p", Per: fettle.Lifetime}
		apply := func(d ledger.Balance) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				return tx.ApplyBalances(t.Context(), []store.Change{{Key: key, Delta: d, Cap: ledger.Cap{Credits: &ten, Records: &three}}})
			})
		}
		for i, c := range []struct {
			d  ledger.Balance
			ok bool
		}{
			{ledger.Balance{Reserved: 11}, false},
			{ledger.Balance{Reserved: 8, ReservedRecords: 2}, true},
			{ledger.Balance{Reserved: 3}, false},
			{ledger.Balance{ReservedRecords: 2}, false},
			{ledger.Balance{Reserved: -8, Settled: 8, ReservedRecords: -2, SettledRecords: 2}, true},
			{ledger.Balance{Reserved: 2, ReservedRecords: 1}, true},
			// One call ends and the next begins in one transaction: what is
			// reserved stays the same, and yet it takes more.
			{ledger.Balance{Settled: 2}, false},
			{ledger.Balance{SettledRecords: 1}, false},
			{ledger.Balance{Reserved: -2, Settled: 2, Overrun: 5, ReservedRecords: -1, SettledRecords: 1}, true},
			{ledger.Balance{Overrun: 1}, true},
			{ledger.Balance{Reserved: 1}, false},
		} {
			if err := apply(c.d); (err == nil) != c.ok || (err != nil && !errors.Is(err, store.ErrNoRoom)) {
				t.Errorf("%d: %+v: %v", i, c.d, err)
			}
		}
	})
}

// TestTheDatabaseKeepsTheLimitInARush reserves from many sides at once.
func TestTheDatabaseKeepsTheLimitInARush(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		limit := fettle.Credits(10)
		key := store.BalanceKey{Scope: store.ScopeWorkspace, Per: fettle.Lifetime}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for range 5 {
					err := db.Update(t.Context(), func(tx *store.Tx) error {
						return tx.ApplyBalances(t.Context(), []store.Change{{Key: key, Delta: ledger.Balance{Reserved: 1}, Cap: ledger.Cap{Credits: &limit}}})
					})
					if err != nil && !errors.Is(err, store.ErrNoRoom) {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			b, err := tx.Balance(t.Context(), key)
			if b.Reserved != limit {
				t.Errorf("%d reserved of %d", b.Reserved, limit)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}
