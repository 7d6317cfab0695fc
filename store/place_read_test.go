package store_test

import (
	"log/slog"
	"os"
	"testing"
	"testing/synctest"

	"fettle/store"
)

// TestALostFileIsReadOn reads an open database whose file was deleted, by more
// readers at once than there were before: they wait for a connection to it.
func TestALostFileIsReadOn(t *testing.T) {
	t.Parallel()
	f := files{t, t.TempDir()}
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), f.at("a"), slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		read := func(during func()) error {
			return db.View(t.Context(), func(tx *store.Tx) error {
				during()
				_, _, err := tx.Setting(t.Context(), store.SettingPlace)
				return err
			})
		}
		const others = 20
		done := make(chan error, others)
		if err := read(func() {
			f.do(os.Remove(f.at("a")))
			for range others {
				go func() { done <- read(func() {}) }()
			}
			synctest.Wait()
		}); err != nil {
			t.Error(err)
		}
		for range others {
			if err := <-done; err != nil {
				t.Fatalf("beside another reader: %v", err)
			}
		}
	})
}
