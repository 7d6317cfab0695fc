package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fettle/store"
	"fettle/store/storetest"
)

func open(t *testing.T, db *store.DB, h Handlers) *Queue {
	t.Helper()
	q, err := New(t.Context(), db, slog.New(slog.DiscardHandler), h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Stop(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return q
}

func start(t *testing.T, q *Queue) {
	t.Helper()
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// stop lets what is under way end.
func stop(t *testing.T, q *Queue) {
	t.Helper()
	if err := q.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// unended counts the jobs that may still be worked.
func unended(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		return tx.SQL().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM river_job WHERE kind = $1 AND finalized_at IS NULL", HubSnapshot{}.Kind()).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("%s: not within 20 s", what)
}

// counter counts what was worked.
type counter struct{ n atomic.Int64 }

func (c *counter) snapshot(context.Context, time.Time) error {
	c.n.Add(1)
	return nil
}

// A queue makes one job of its own when it starts, if it leads.
func TestEnqueueIsPartOfItsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		var c counter
		q := open(t, db, Handlers{Snapshot: c.snapshot})
		boom := errors.New("boom")
		for range 5 {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				if err := enqueue(t.Context(), q, tx); err != nil {
					return err
				}
				return boom
			})
			if !errors.Is(err, boom) {
				t.Fatal(err)
			}
		}
		if n := unended(t, db); n != 0 {
			t.Errorf("%d jobs of transactions that were rolled back", n)
		}
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return enqueue(t.Context(), q, tx) }); err != nil {
			t.Fatal(err)
		}
		start(t, q)
		waitFor(t, "the jobs", func() bool { return c.n.Load() == 2 })
		stop(t, q) // what was taken with it ends
		if n := unended(t, db); n != 0 || c.n.Load() != 2 {
			t.Errorf("%d jobs are left, %d worked", n, c.n.Load())
		}
	})
}

func TestStopTwiceAndWithoutStart(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	q := open(t, db, Handlers{Snapshot: new(counter).snapshot})
	for range 2 {
		if err := q.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
	start(t, q)
	start(t, q)
	for range 2 {
		if err := q.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestStopCutsOffAJobThatDoesNotEnd(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	begun, ended := make(chan struct{}), make(chan struct{})
	var once sync.Once
	q := open(t, db, Handlers{Snapshot: func(ctx context.Context, _ time.Time) error {
		once.Do(func() { close(begun) })
		<-ctx.Done()
		select {
		case <-ended:
		default:
			close(ended)
		}
		return ctx.Err()
	}})
	start(t, q) // which makes a job
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := q.Stop(ctx); err != nil {
		t.Error(err)
	}
	<-ended
}

func TestAFailedJobIsTriedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		var tries atomic.Int64
		q := open(t, db, Handlers{Snapshot: func(context.Context, time.Time) error {
			if tries.Add(1) == 1 {
				return errors.New("the database is busy")
			}
			return nil
		}})
		start(t, q)
		waitFor(t, "the second try", func() bool { return tries.Load() == 2 })
	})
}

// The queues of several processes on one file: each job is worked once, no
// process sees a locked database, and the work of the others goes on.
func TestThreeQueuesOnOneFile(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t, storetest.SQLite)
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: &logged}, nil))
	var c counter
	h := Handlers{Snapshot: c.snapshot}
	var wg sync.WaitGroup
	var all []*Queue
	var last *store.DB
	const queues, each = 3, 20
	for range queues {
		db, err := store.Open(t.Context(), dsn, log)
		if err != nil {
			t.Fatal(err)
		}
		q, err := New(t.Context(), db, log, h)
		if err != nil {
			t.Fatal(err)
		}
		start(t, q)
		all, last = append(all, q), db
		t.Cleanup(func() {
			if err := errors.Join(q.Stop(context.WithoutCancel(t.Context())), db.Close()); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			for range each {
				if err := db.Update(t.Context(), func(tx *store.Tx) error { return enqueue(t.Context(), q, tx) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	waitFor(t, "all jobs", func() bool { return c.n.Load() > queues*each && unended(t, last) == 0 })
	for _, q := range all {
		stop(t, q)
	}
	if n := c.n.Load(); n > queues*each+queues { // each leads once at the most
		t.Errorf("%d jobs were worked of %d", n, queues*each)
	}
	if s := logged.String(); s != "" {
		t.Errorf("logged:\n%s", s)
	}
}

type lockedWriter struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (w *lockedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.w.Write(b)
}

func TestAProcessWithoutAHandlerLeavesTheJob(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	q := open(t, db, Handlers{})
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return enqueue(t.Context(), q, tx) }); err != nil {
		t.Fatal(err)
	}
	if n := unended(t, db); n != 1 {
		t.Errorf("%d jobs wait, want the one that this process has no handler for", n)
	}
	var c counter
	other := open(t, db, Handlers{Snapshot: c.snapshot})
	start(t, other)
	waitFor(t, "the work of the other process", func() bool { return c.n.Load() == 2 })
}

func TestEndOfDay(t *testing.T) {
	t.Parallel()
	for at, want := range map[string]string{
		"2026-03-01T00:00:00Z":      "2026-03-01T23:55:00Z",
		"2026-03-01T23:55:00Z":      "2026-03-02T23:55:00Z",
		"2026-12-31T23:59:00Z":      "2027-01-01T23:55:00Z",
		"2026-03-01T23:00:00-05:00": "2026-03-02T23:55:00Z",
	} {
		in, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := (endOfDay{}).Next(in).Format(time.RFC3339); got != want {
			t.Errorf("after %s: %s, want %s", at, got, want)
		}
	}
}

// enqueue adds a job in the caller's transaction: it is worked if and when that
// commits.
func enqueue(ctx context.Context, q *Queue, tx *store.Tx) error {
	_, err := q.client.InsertTx(ctx, tx.SQL(), HubSnapshot{}, options())
	return err
}
