package store_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"fettle/store"
)

// TestOnlyTheOwnerReads has the files of a workspace readable for their owner
// alone, those of an older version too once they are opened.
func TestOnlyTheOwnerReads(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.db")
	for _, from := range []string{"a new file", "an older file"} {
		db, err := store.Open(t.Context(), path, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path, path + "-wal", path + "-shm"} {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %s has mode %s", from, filepath.Base(name), info.Mode())
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
