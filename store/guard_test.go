package store_test

import (
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAsideIsNeverNegative: what is let go of another day, or was agreed to, makes
// no room for more to be set aside today.
func TestAsideIsNeverNegative(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			const day = fettle.Day("2025-02-03")
			for _, step := range []struct{ add, want int64 }{{-50, 0}, {8, 8}, {-3, 5}, {-50, 0}, {2, 2}} {
				if err := tx.AddGuardDay(ctx, 7, store.GuardDay{Day: day, Rows: 1, Aside: step.add}); err != nil {
					return err
				}
				days, err := tx.GuardDays(ctx, 7, day)
				if err != nil {
					return err
				}
				if len(days) != 1 || days[0].Aside != step.want {
					t.Errorf("after %+d: %+v, want %d aside", step.add, days, step.want)
				}
			}
			return nil
		})
	})
}

// TestFirstGuardMemory: of two that keep the first memory of an enrichment at once,
// the second goes by what the first one kept.
func TestFirstGuardMemory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		ended := make(chan struct{})
		agree := func(tx *store.Tx, hold func()) error {
			m, err := tx.LockGuardMemory(ctx, 7)
			if err != nil {
				return err
			}
			hold()
			m.AgreedUS++
			return tx.PutGuardMemory(ctx, m)
		}
		update(t, db, func(tx *store.Tx) error {
			return agree(tx, func() {
				go func() {
					defer close(ended)
					if err := db.Update(ctx, func(tx *store.Tx) error { return agree(tx, func() {}) }); err != nil {
						t.Error(err)
					}
				}()
				if !storetest.Blocked(t, db, ended) {
					t.Error("the second does not wait")
				}
			})
		})
		<-ended
		update(t, db, func(tx *store.Tx) error {
			m, err := tx.GuardMemory(ctx, 7)
			if m.AgreedUS != 2 {
				t.Errorf("%+v", m)
			}
			return err
		})
	})
}
