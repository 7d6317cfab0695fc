package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
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

// unended counts the deliveries that may still be made.
func unended(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		return tx.SQL().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM river_job WHERE kind = $1 AND finalized_at IS NULL", Webhook{}.Kind()).Scan(&n)
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

// texts collects deliveries.
type texts struct {
	mu  sync.Mutex
	got []string
}

func (d *texts) deliver(_ context.Context, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.got = append(d.got, text)
	return nil
}

func (d *texts) all() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.got...)
}

func TestEnqueueIsPartOfItsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		var d texts
		q := open(t, db, Handlers{Deliver: d.deliver})
		boom := errors.New("boom")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := q.Enqueue(t.Context(), tx, Webhook{Text: "rolled back"}); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			return q.Enqueue(t.Context(), tx, Webhook{Text: "committed"})
		}); err != nil {
			t.Fatal(err)
		}
		start(t, q)
		waitFor(t, "the delivery", func() bool { return len(d.all()) > 0 })
		stop(t, q) // what was taken with it ends
		if n := unended(t, db); n != 0 {
			t.Errorf("%d jobs are left", n)
		}
		if got := strings.Join(d.all(), ","); got != "committed" {
			t.Errorf("delivered %q", got)
		}
	})
}

func TestStopTwiceAndWithoutStart(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	q := open(t, db, Handlers{Deliver: (&texts{}).deliver})
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
	q := open(t, db, Handlers{Deliver: func(ctx context.Context, _ string) error {
		close(begun)
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	}})
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return q.Enqueue(t.Context(), tx, Webhook{Text: "slow"}) }); err != nil {
		t.Fatal(err)
	}
	start(t, q)
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := q.Stop(ctx); err != nil {
		t.Error(err)
	}
	<-ended
}

func TestAFailedDeliveryIsTriedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		var tries atomic.Int64
		q := open(t, db, Handlers{Deliver: func(context.Context, string) error {
			if tries.Add(1) == 1 {
				return errors.New("the chat is down")
			}
			return nil
		}})
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return q.Enqueue(t.Context(), tx, Webhook{Text: "x"}) }); err != nil {
			t.Fatal(err)
		}
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
	var d texts
	var snapshots atomic.Int64
	h := Handlers{Deliver: d.deliver, Snapshot: func(context.Context, time.Time) error { snapshots.Add(1); return nil }}
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
				if err := db.Update(t.Context(), func(tx *store.Tx) error { return q.Enqueue(t.Context(), tx, Webhook{Text: "x"}) }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	waitFor(t, "all deliveries and the first snapshot", func() bool { return len(d.all()) >= queues*each && snapshots.Load() > 0 })
	for _, q := range all {
		stop(t, q)
	}
	if n, left := len(d.all()), unended(t, last); n != queues*each || left != 0 {
		t.Errorf("%d deliveries of %d jobs, %d are left", n, queues*each, left)
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
	var snapshots atomic.Int64
	q := open(t, db, Handlers{Snapshot: func(context.Context, time.Time) error { snapshots.Add(1); return nil }})
	start(t, q)
	waitFor(t, "the first snapshot", func() bool { return snapshots.Load() > 0 })
	for before := int64(1); before <= 2; before++ { // it looks for jobs twice
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			if before == 1 {
				if err := q.Enqueue(t.Context(), tx, Webhook{Text: "kept"}); err != nil {
					return err
				}
			}
			return q.Enqueue(t.Context(), tx, HubSnapshot{})
		}); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "another snapshot", func() bool { return snapshots.Load() > before })
	}
	stop(t, q)
	if n := unended(t, db); n != 1 {
		t.Errorf("%d deliveries wait, want the one that this process has no handler for", n)
	}
	var d texts
	other := open(t, db, Handlers{Deliver: d.deliver})
	start(t, other)
	waitFor(t, "the delivery by the other process", func() bool { return len(d.all()) == 1 })
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
