package store_test

import (
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"fettle"
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

// TestASilentTransactionIsDoneAgain has PostgreSQL end a transaction in which a
// process was silent for too long: nothing of it is there, and it may be done again.
func TestASilentTransactionIsDoneAgain(t *testing.T) {
	s := storetest.NewServer(t)
	db, err := store.Open(t.Context(), s.DSN(t)+"&idle_in_transaction_session_timeout=100", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	tries := 0
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.PutSetting(t.Context(), "tries", strconv.Itoa(tries)); err != nil {
			return err
		}
		if tries++; tries == 1 {
			time.Sleep(400 * time.Millisecond) // silent for longer than the server waits for
		}
		return nil
	})
	// The server's word may be lost with the connection: then it is not done
	// again, and whoever asked is told to.
	if (err != nil || tries != 2) && fettle.CodeOf(err) != fettle.Unavailable {
		t.Errorf("%d tries, %v", tries, err)
	}
}
