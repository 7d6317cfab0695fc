package storetest

import (
	"testing"
	"time"

	"fettle/store"
)

// Blocked waits until a transaction waits for another one's lock, and reports
// true; or until ended is closed, and reports false. On SQLite it is true at
// once: writers wait there before they begin.
func Blocked(tb testing.TB, db *store.DB, ended <-chan struct{}) bool {
	tb.Helper()
	const waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	for db.Postgres() {
		var n int
		if err := db.Writer().QueryRowContext(tb.Context(), waiting).Scan(&n); err != nil {
			tb.Fatal(err)
		}
		if n > 0 {
			break
		}
		select {
		case <-ended:
			return false
		case <-time.After(time.Millisecond):
		}
	}
	return true
}
