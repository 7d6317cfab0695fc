package store_test

import (
	"testing"

	"fettle/store"
	"fettle/store/storetest"
)

// TestStanding reads how a workspace stands: a worker whose lease has run out is
// not there any more, and both databases count alike.
func TestStanding(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			for i, until := range []int64{100, 200} {
				if err := tx.AddWorker(ctx, store.Worker{ID: int64(i + 1), Host: "here", LeaseUntilUS: until}); err != nil {
					return err
				}
			}
			s, err := tx.Standing(ctx, 150, false)
			if err != nil || s.Workers != 1 || s.InFlight != 0 || s.Unknown != 0 || s.ToSend != 0 || s.Failing != 0 || s.Unanswered != 0 || s.Jobs != nil {
				t.Errorf("%+v, %v", s, err)
			}
			return err
		})
	})
}
