package store_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"fettle/store"
	"fettle/store/storetest"
)

// TestABusyDatabaseIsNotFull has another process write for longer than a probe
// waits: that is no database that cannot be written.
func TestABusyDatabaseIsNotFull(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			dsn := storetest.DSN(t, kind)
			db, other := opened(t, dsn), opened(t, dsn)
			tx, err := other.Writer().BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = tx.Rollback() }()
			if _, err := tx.ExecContext(t.Context(), "INSERT INTO probes (id, body) VALUES (1, '')"); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if err := db.Probe(ctx); err != nil {
				t.Errorf("it was busy, and the probe says %v", err)
			}
		})
	}
}

func opened(t *testing.T, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
