package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAFullDiskIsNotReady takes the room of the database away: it is not ready,
// and says why.
func TestAFullDiskIsNotReady(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{Seed: 1})
		if db.Postgres() {
			if _, err := w.e.Ready(t.Context()); err != nil {
				t.Error(err)
			}
			return
		}
		if _, err := db.Writer().ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil { // it becomes what is used
			t.Fatal(err)
		}
		_, err := w.e.Ready(t.Context())
		if fe := fettle.AsError(err); err == nil || fe.Code != fettle.Unavailable || !strings.Contains(fe.Hint, "disk is full") {
			t.Errorf("a full disk: %v", err)
		}
	})
}
