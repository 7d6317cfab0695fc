package engine_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// hearing makes the world's engine anew, and gives what tells of each message of
// its log that begins so.
func (w *world) hearing(prefix string) <-chan struct{} {
	w.t.Helper()
	heard := make(chan struct{}, 1000)
	c := w.config()
	c.Log = slog.New(told{slog.DiscardHandler, func(s string) {
		if strings.HasPrefix(s, prefix) {
			heard <- struct{}{}
		}
	}})
	e, err := engine.New(w.t.Context(), c)
	if err != nil {
		w.t.Fatal(err)
	}
	w.e = e
	return heard
}

// TestABatchOutlivesItsDatabase takes the database away while results are
// written, not because of what is in them: the batch is kept whole and written
// again, and no row of it fails.
func TestABatchOutlivesItsDatabase(t *testing.T) {
	t.Parallel()
	for kind, away := range map[string]func(w *world, dsn string, kept <-chan struct{}) (back func()){
		storetest.SQLite: lockedFile, storetest.PostgreSQL: cutConnections,
	} {
		t.Run(kind, func(t *testing.T) {
			dsn := storetest.DSN(t, kind)
			w := newWorld(t, opened(t, dsn), sandbox.Config{HitRate: 1, Seed: 1})
			kept := w.hearing("results could not be written")
			const rows = 4 // few halves until one is alone
			w.people(0, rows, "x")
			w.save("emails", findEmail(fettle.AllPeople, 10_000))
			answer := w.sb.Hold()
			w.work(w.e)
			w.start("emails")
			w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == rows })
			back := away(w, dsn, kept)
			answer()
			back()
			v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.RemainingRows == 0 && v.InFlight == 0 })
			wantRows(t, v, fettle.RowCounts{Found: rows})
			if b := w.sb.Books(); b.BilledCalls != rows || b.Repeats != 0 {
				t.Errorf("books: %+v", b)
			}
			w.agree()
			w.sound()
		})
	}
}

// lockedFile has another process hold the one writer's place, until a batch was
// refused three times.
func lockedFile(w *world, dsn string, kept <-chan struct{}) (back func()) {
	w.t.Helper()
	w.exec("PRAGMA busy_timeout = 20") // of the writer's one connection
	tx, err := opened(w.t, dsn).Writer().BeginTx(w.t.Context(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return func() {
		w.t.Helper()
		w.hear(kept, 3)
		if err := tx.Rollback(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// cutConnections holds a row that a batch writes after much else, and has the
// server cut the connection that waits for it, so often that a batch taken apart
// would be down to one that is set aside.
func cutConnections(w *world, dsn string, _ <-chan struct{}) (back func()) {
	w.t.Helper()
	beside := opened(w.t, dsn)
	tx, err := beside.Writer().BeginTx(w.t.Context(), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := tx.ExecContext(w.t.Context(), "SELECT id FROM people ORDER BY id FOR UPDATE"); err != nil {
		w.t.Fatal(err)
	}
	return func() {
		w.t.Helper()
		for cut, end := int64(0), time.Now().Add(patience); cut < 5; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				w.t.Fatal("no batch waits")
			}
			n, err := beside.Writer().ExecContext(w.t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%people%'`)
			if err != nil {
				w.t.Fatal(err)
			}
			if was, err := n.RowsAffected(); err == nil {
				cut += was
			}
		}
		if err := tx.Rollback(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// hear waits until something was told so often.
func (w *world) hear(heard <-chan struct{}, times int) {
	w.t.Helper()
	for range times {
		select {
		case <-heard:
		case <-time.After(patience):
			w.t.Fatal("nothing was refused")
		}
	}
}
