package store_test

import (
	"errors"
	"testing"

	"fettle/store"
	"fettle/store/storetest"
)

// What is to be done after a commit is done when others see what was written,
// and never of a transaction that is rolled back.
func TestAfterTheCommit(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		var seen []string
		write := func(value string, end error) error {
			return db.Update(ctx, func(tx *store.Tx) error {
				tx.After(func() {
					view(t, db, func(tx *store.Tx) error {
						v, _, err := tx.Setting(ctx, "after")
						seen = append(seen, v)
						return err
					})
				})
				if err := tx.PutSetting(ctx, "after", value); err != nil {
					return err
				}
				return end
			})
		}
		no := errors.New("no")
		if err := write("rolled back", no); !errors.Is(err, no) {
			t.Fatal(err)
		}
		if err := write("committed", nil); err != nil {
			t.Fatal(err)
		}
		if len(seen) != 1 || seen[0] != "committed" {
			t.Errorf("told of %q", seen)
		}
	})
}
