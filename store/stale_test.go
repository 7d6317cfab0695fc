package store_test

import (
	"log/slog"
	"sync"
	"testing"

	"fettle/store"
	"fettle/store/storetest"
)

// TestConnectionsThatWereCut has PostgreSQL end the idle connections of a
// store: whoever comes next does not notice.
func TestConnectionsThatWereCut(t *testing.T) {
	s := storetest.NewServer(t)
	db, err := store.Open(t.Context(), s.DSN(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	const many = 12
	var all, here sync.WaitGroup
	here.Add(many)
	for range many {
		all.Go(func() {
			err := db.View(t.Context(), func(*store.Tx) error {
				here.Done()
				here.Wait() // all at once: each on a connection of its own
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.Exec(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> pg_backend_pid()")
	if err := db.View(t.Context(), func(*store.Tx) error { return nil }); err != nil {
		t.Errorf("reading: %v", err)
	}
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.PutSetting(t.Context(), "a", "b") }); err != nil {
		t.Errorf("writing: %v", err)
	}
}
