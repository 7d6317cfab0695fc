package engine_test

import (
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestCrashesThatWentWrongElsewhere replays how other systems lost work, did it
// twice, or did not stop. Each is named after the public report.
func TestCrashesThatWentWrongElsewhere(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(*testing.T){
		"BerriAI/litellm 30519: cancelling leaks the reservation":              cancelLeak,
		"BerriAI/litellm 30684: the counter comes back from an older snapshot": olderSnapshot,
		"n8n-io/n8n 24274: work leaves before the commit":                      leavesBeforeCommit,
		"n8n-io/n8n 23807: recovery overwrites a success":                      recoveryOverwrites,
		"riverqueue/river 1302: the rescuer and the one who finished":          rescuer,
		"hibiken/asynq 1158: tasks of the dead stay active":                    orphans,
		"Clay tpz39g0kljjs: a forced rerun of everything":                      forcedRerun,
		"Clay 7mg3kx33dbnc: stop does not stop":                                stopStops,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t)
		})
	}
}

func cancelLeak(t *testing.T) {
	w := newWorld(t, storetest.Open(t), slow(200*time.Millisecond))
	w.people(0, 20, "x")
	w.save("emails", findEmail(fettle.AllPeople, 20))
	stop := w.work(w.e)
	w.start("emails")
	w.busy(0, 20)
	stop() // with all of them in flight
	if v := w.show("emails"); v.ReservedCredits != 0 || v.SpentCredits != 20*fettle.Credit || v.Rows.Found != 20 {
		t.Errorf("%s reserved, %s spent, rows %+v", v.ReservedCredits, v.SpentCredits, v.Rows)
	}
	w.paid(20)
}

// olderSnapshot restores a backup that knows less than was spent: nothing is
// called by itself, and what was bought before it is not bought again.
func olderSnapshot(t *testing.T) {
	w := newWorld(t, storetest.Open(t), slow(0))
	w.people(0, 10, "x")
	w.save("emails", findEmail(fettle.AllPeople, 20))
	stop := w.work(w.e)
	w.start("emails")
	w.settle("emails")
	file, path := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "restored.db")
	if _, err := w.db.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	w.people(10, 30, "x")
	wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
	stop()
	err := store.RestoreFile(t.Context(), file, path, quiet(), func(db *store.DB) error {
		w.db = db
		w.e = w.engine()
		_, err := w.e.Restore(t.Context(), admin, "a test")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.db = opened(t, path)
	w.e = w.engine()
	w.work(w.e)
	w.looked()
	wantPaused(t, w.show("emails"), fettle.PausedByRestore)
	w.resume("emails")
	if v := w.settle("emails"); v.Rows.Found != 10 || w.sb.Books().Calls != 20 {
		t.Errorf("rows %+v, books %+v", v.Rows, w.sb.Books())
	}
	w.sound()
}

// leavesBeforeCommit looks into the database when a call arrives.
func leavesBeforeCommit(t *testing.T) {
	dsn := storetest.DSN(t, storetest.SQLite)
	looker := opened(t, dsn)
	var early atomic.Int64
	w := between(t, opened(t, dsn), slow(0), func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if key := r.Header.Get("Idempotency-Key"); r.Method == http.MethodPost && key != "" && !known(t, looker, key) {
				early.Add(1)
			}
			next.ServeHTTP(rw, r)
		})
	})
	w.people(0, 60, "x")
	w.save("emails", findEmail(fettle.AllPeople, 50))
	w.work(w.e)
	w.start("emails")
	w.settle("emails")
	if n := early.Load(); n > 0 {
		t.Errorf("%d calls arrived before they were committed", n)
	}
	w.paid(50)
}

// loseEverybody declares every process gone, as if all leases had run out.
func (w *world) loseEverybody() {
	w.t.Helper()
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		return tx.LoseWorkers(w.t.Context())
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// recoveryOverwrites has a process taken for dead right after its work was
// done: what it did stays.
func recoveryOverwrites(t *testing.T) {
	dsn := storetest.DSN(t, storetest.SQLite)
	w := newWorld(t, opened(t, dsn), slow(0))
	w.people(0, 30, "x")
	w.save("emails", findEmail(fettle.AllPeople, 30))
	w.work(w.e)
	w.start("emails")
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found > 0 })
	w.loseEverybody()
	w.work(w.colleague(dsn))
	v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 && v.RemainingRows == 0 })
	wantRows(t, v, fettle.RowCounts{Found: 30})
	w.paid(30)
}

// rescuer has a process taken for dead while its calls are in flight, and
// another take over: the answers land once, and are paid once.
func rescuer(t *testing.T) {
	dsn := storetest.DSN(t, storetest.SQLite)
	w := newWorld(t, opened(t, dsn), slow(0))
	answer := w.sb.Hold()
	w.people(0, 30, "x")
	w.save("emails", findEmail(fettle.AllPeople, 30))
	second := w.colleague(dsn)
	w.work(w.e)
	w.start("emails")
	w.busy(0, 30)
	w.loseEverybody()
	w.work(second)
	w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Unknown == 30 })
	answer()
	v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 30 })
	if v.UnknownCredits != 0 || v.SpentCredits != 30*fettle.Credit || len(w.journal("late")) != 30 {
		t.Errorf("%s unknown, %s spent, %d landed late", v.UnknownCredits, v.SpentCredits, len(w.journal("late")))
	}
	w.paid(30)
}

// orphans has a process die with calls in flight: none of them stays running.
func orphans(t *testing.T) {
	s := &story{world: &world{t: t, sb: sandbox.New(slow(0))}, dsn: storetest.DSN(t, storetest.SQLite)}
	answer := s.sb.Hold()
	s.live(storetest.BeforePoint(0))
	s.people(0, 30, "x")
	s.save("emails", findEmail(fettle.AllPeople, 30))
	s.start("emails")
	s.busy(0, 30)
	s.fuse.Blow()
	s.die()
	answer()
	s.live(storetest.BeforePoint(0))
	v := s.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 && v.Rows.Running == 0 })
	if v.Rows.Unknown != 30 || v.UnknownCredits != 30*fettle.Credit || v.ReservedCredits != 0 {
		t.Errorf("rows %+v, %s unknown, %s reserved", v.Rows, v.UnknownCredits, v.ReservedCredits)
	}
	s.paid(30)
	s.end()
}

func forcedRerun(t *testing.T) {
	w := newWorld(t, storetest.Open(t), slow(0))
	w.people(0, 30, "x")
	w.save("emails", findEmail(fettle.AllPeople, 45))
	w.work(w.e)
	w.start("emails")
	w.settle("emails")
	w.pause("emails")
	if _, err := w.e.Rerun(t.Context(), admin, "emails", engine.RerunOptions{}, false); fettle.CodeOf(err) != fettle.Confirm {
		t.Errorf("a rerun of everything without a yes: %v", err)
	}
	w.paid(30)
	if _, err := w.e.Rerun(t.Context(), admin, "emails", engine.RerunOptions{}, true); err != nil {
		t.Fatal(err)
	}
	if w.show("emails").State == fettle.Paused {
		w.resume("emails")
	}
	wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
	if b := w.sb.Books(); b.BilledCalls != 45 {
		t.Errorf("books: %+v", b)
	}
	w.agree()
	w.sound()
}

func stopStops(t *testing.T) {
	cfg := slow(20 * time.Millisecond)
	cfg.Rate = 100
	w := newWorld(t, storetest.Open(t), cfg)
	w.people(0, 300, "x")
	w.save("emails", findEmail(fettle.AllPeople, 300))
	w.work(w.e)
	w.start("emails")
	w.busy(0, 50)
	w.pause("emails")
	calls := w.sb.Books().Calls
	w.looked()
	if b := w.sb.Books(); b.Calls != calls || b.Calls >= 300 {
		t.Errorf("%d calls when it was confirmed, then %d", calls, b.Calls)
	}
	w.paid(calls)
}
