package store_test

import (
	"slices"
	"testing"

	"fettle/store"
	"fettle/store/storetest"
)

// TestKeepAway keeps when no process was there: before the first, between the lease
// of the last one and the next process, and not where another lives or the time was
// short.
func TestKeepAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			begins := func(id, at, until int64, want ...int64) {
				t.Helper()
				if err := tx.KeepAway(ctx, at, 30); err != nil {
					t.Fatal(err)
				}
				if err := tx.AddWorker(ctx, store.Worker{ID: id, Host: "here", StartedUS: at, LeaseUntilUS: until}); err != nil {
					t.Fatal(err)
				}
				all, err := tx.PresentTimes(ctx)
				if err != nil {
					t.Fatal(err)
				}
				var got []int64
				for i, x := range all {
					if got = append(got, x.AtUS); x.Live != (i%2 == 1) {
						t.Errorf("at %d: %+v", at, all)
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("at %d: away and there again at %v, want %v", at, got, want)
				}
			}
			begins(1, 1000, 1300, 0, 1000)
			begins(2, 1100, 1400, 0, 1000)                     // beside the first
			begins(3, 1420, 1500, 0, 1000)                     // soon after the last lease
			if err := tx.EndWorker(ctx, 3, 1450); err != nil { // said that it goes
				return err
			}
			begins(4, 1490, 1600, 0, 1000, 1450, 1490)
			begins(5, 9000, 9300, 0, 1000, 1450, 1490, 1600, 9000) // nobody said anything: killed
			if err := tx.EndWorker(ctx, 5, 9500); err != nil {     // after its lease
				return err
			}
			begins(6, 9600, 9900, 0, 1000, 1450, 1490, 1600, 9000, 9300, 9600)
			return nil
		})
	})
}
