package engine_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider"
	"fettle/provider/catalog"
	"fettle/provider/declarative"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// The environment of a helper process: this test's binary as a worker.
const (
	envDSN     = "FETTLE_TEST_WORKER_DSN"
	envSandbox = "FETTLE_TEST_WORKER_SANDBOX"
)

// shortLease is how long the helpers are believed to live.
const shortLease = 1200 * time.Millisecond

// beWorker makes this process a worker, if it was started to be one.
func beWorker() (ended bool) {
	dsn := os.Getenv(envDSN)
	if dsn == "" {
		return false
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := workAt(ctx, dsn, os.Getenv(envSandbox)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

func workAt(ctx context.Context, dsn, sandboxURL string) error {
	db, err := store.Open(ctx, dsn, quiet())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	defs, err := catalog.Definitions()
	if err != nil {
		return err
	}
	var providers []provider.Provider
	for _, d := range defs {
		providers = append(providers, declarative.New(d))
	}
	e, err := engine.New(ctx, engine.Config{DB: db, Log: quiet(), Providers: providers, Sandbox: sandboxURL, SecretKey: make([]byte, 32), Lease: shortLease})
	if err != nil {
		return err
	}
	return e.Run(ctx)
}

// helper starts a worker in a process of its own.
func (w *world) helper(dsn string) *exec.Cmd {
	w.t.Helper()
	exe, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), exe)
	cmd.Env = append(os.Environ(), envDSN+"="+dsn, envSandbox+"="+w.http.URL)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	return cmd
}

// busy waits until the sandbox has answered n more calls than before.
func (w *world) busy(before, n int64) {
	w.t.Helper()
	for end := time.Now().Add(patience); w.sb.Books().Calls < before+n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("nothing is called: %+v", w.sb.Books())
		}
	}
}

// TestKilledAtAnyMoment kills workers at random moments, each with work to do,
// and lets a fresh one finish. FETTLE_TEST_SEED repeats the moments.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		for name, cfg := range map[string]sandbox.Config{
			"plain":      {HitRate: 0.6, BillMiss: true, Seed: 7, Latency: 25 * time.Millisecond},
			"idempotent": {HitRate: 0.6, BillMiss: true, Seed: 7, Latency: 25 * time.Millisecond, Idempotent: true},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				seed := uint64(time.Now().UnixNano())
				t.Logf("seed %d", seed)
				killAndFinish(t, storetest.DSN(t, kind), cfg, rand.New(rand.NewPCG(seed, 0)))
			})
		}
	}
}

// kills is how often each of the four tests kills.
const kills = 4

func killAndFinish(t *testing.T, dsn string, cfg sandbox.Config, rnd *rand.Rand) {
	w := newWorld(t, opened(t, dsn), cfg)
	w.field("found", fettle.Text)
	w.people(0, 10, "x")
	w.save("answers", answer("found", 100_000, byEmail, byScore))
	w.start("answers")
	stop := w.watchLimit("answers")
	n, limit := 10, int64(0)
	for range kills {
		w.people(n, 150, "x")
		n += 150
		limit += 150
		w.limit("answers", limit, false)
		if w.show("answers").State == fettle.Paused {
			w.resume("answers")
		}
		before := w.sb.Books().Calls
		cmd := w.helper(dsn)
		w.busy(before, 1+rnd.Int64N(60))
		time.Sleep(time.Duration(rnd.IntN(30)) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		w.within("answers")
	}
	w.limit("answers", 100_000, false)
	if w.show("answers").State == fettle.Paused {
		w.resume("answers")
	}
	w.work(w.e)
	w.settle("answers")
	v := w.until("answers", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 }) // also those of the killed, when their lease is over
	stop()
	r := v.Rows
	if ended := r.Found + r.NotFound + r.KnownNotFound + r.Unknown; ended != int64(n) || v.ReservedCredits != 0 {
		t.Errorf("%s %s: of %d rows %+v, %s reserved", v.State, v.PauseDetail, n, r, v.ReservedCredits)
	}
	b := w.sb.Books()
	if billed := b.BilledCredits; v.SpentCredits > billed || billed > v.SpentCredits+v.UnknownCredits || b.Repeats != 0 {
		t.Errorf("%s spent, %s unknown, books %+v", v.SpentCredits, v.UnknownCredits, b)
	}
	if cfg.Idempotent && (r.Unknown != 0 || v.UnknownCredits != 0) {
		t.Errorf("%d unknown, %s", r.Unknown, v.UnknownCredits)
	}
	if !cfg.Idempotent && r.Unknown == 0 {
		t.Errorf("no call was under way at any kill: %+v", r)
	}
	w.agree()
	w.sound()
}

// sentAgain waits until a call arrives for the second time. That more calls arrive
// than before a kill says nothing: those of the dead may arrive late.
func (w *world) sentAgain() {
	w.t.Helper()
	twice := func() bool {
		seen := map[string]bool{}
		for _, c := range w.arrivals() {
			if seen[c.Key] {
				return true
			}
			seen[c.Key] = true
		}
		return false
	}
	for end := time.Now().Add(patience); !twice(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("nothing is sent again: %+v", w.sb.Books())
		}
	}
}

// TestPausedWhileSendingAgain pauses while a process is about to send a dead
// one's calls again: they stay open, and are sent when the enrichment is live.
func TestPausedWhileSendingAgain(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, kind)
			w := newWorld(t, opened(t, dsn), sandbox.Config{HitRate: 1, Seed: 1, Latency: 300 * time.Millisecond, Rate: 40, Idempotent: true})
			w.people(0, 40, "x")
			w.save("emails", findEmail(fettle.AllPeople, 1000))
			w.start("emails")
			cmd := w.helper(dsn)
			w.busy(0, 20)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			w.work(w.e)
			w.sentAgain() // of the others, most wait for the provider's rate
			w.pause("emails")
			w.passes(2)
			if v := w.show("emails"); v.Rows.Unknown != 0 || v.UnknownCredits != 0 {
				t.Errorf("%d rows unknown, %s", v.Rows.Unknown, v.UnknownCredits)
			}
			w.resume("emails")
			v := w.settle("emails")
			if b := w.sb.Books(); v.Rows.Found != 40 || v.SpentCredits != 40*fettle.Credit || b.BilledCalls != 40 || b.Repeats != 0 {
				t.Errorf("rows %+v, %s spent, books %+v", v.Rows, v.SpentCredits, b)
			}
			w.agree()
			w.sound()
		})
	}
}

// TestSilentBeyondTheLease stops a worker with calls in flight for longer than
// its lease: they are unknown until it wakes, then land once and are paid once.
func TestSilentBeyondTheLease(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			dsn := storetest.DSN(t, kind)
			w := newWorld(t, opened(t, dsn), sandbox.Config{HitRate: 1, Seed: 1})
			answer := w.sb.Hold()
			w.people(0, 100, "x")
			w.save("emails", findEmail(fettle.AllPeople, 1000))
			w.start("emails")
			helper := dsn
			if kind == storetest.PostgreSQL {
				helper += "&idle_in_transaction_session_timeout=1000" // it may be stopped in a transaction
			}
			cmd := w.helper(helper)
			t.Cleanup(func() {
				_ = cmd.Process.Signal(syscall.SIGCONT)
				_ = cmd.Process.Signal(syscall.SIGTERM)
				_ = cmd.Wait()
			})
			w.busy(0, 100)
			w.freeze(cmd, dsn, kind)
			answer()
			w.people(100, 50, "x")
			w.work(w.e)
			v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Unknown == 100 && v.Rows.Found == 50 })
			if v.UnknownCredits != 100*fettle.Credit || v.ReservedCredits != 0 {
				t.Errorf("%s unknown, %s reserved", v.UnknownCredits, v.ReservedCredits)
			}
			w.agree()
			w.sound()
			if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			v = w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 150 })
			if b := w.sb.Books(); b.Calls != 150 || b.Repeats != 0 || v.SpentCredits != 150*fettle.Credit || v.UnknownCredits != 0 || v.PaidRows != 150 {
				t.Errorf("%s spent, %s unknown, %d rows paid, books %+v", v.SpentCredits, v.UnknownCredits, v.PaidRows, b)
			}
			w.people(150, 20, "x") // it works again, under another id
			w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 170 })
			w.agree()
			w.sound()
		})
	}
}

// freeze stops a process where it does not hold the lock of an SQLite file:
// there it would stop everybody, which is SQLite's nature and not what is
// tested.
func (w *world) freeze(cmd *exec.Cmd, dsn, kind string) {
	w.t.Helper()
	for range 100 {
		if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			w.t.Fatal(err)
		}
		w.awaitStopped(cmd)
		if kind != storetest.SQLite || writable(w.t, dsn) {
			return
		}
		if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
			w.t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	w.t.Fatal("the process always holds the lock")
}

// awaitStopped waits until a process has stopped. It goes on for a moment after
// the signal was sent: a lock that seems free meanwhile may be taken yet.
func (w *world) awaitStopped(cmd *exec.Cmd) {
	w.t.Helper()
	var status syscall.WaitStatus
	for {
		_, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || !status.Stopped() {
			w.t.Fatalf("the process did not stop: %v, %#x", err, status)
		}
		return
	}
}

// beats waits until every other process has confirmed the newest stop and renewed
// its lease so often since: each lives, and has had its chance to call.
func (w *world) beats(n int) {
	w.t.Helper()
	leases := map[int64]int64{}
	for end, seen := time.Now().Add(patience), map[int64]int{}; ; time.Sleep(5 * time.Millisecond) {
		waits := false
		err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
			newest, err := tx.ControlSeq(w.t.Context())
			if err != nil {
				return err
			}
			live, err := tx.LiveWorkers(w.t.Context())
			for _, x := range live {
				if x.AckedSeq >= newest && x.LeaseUntilUS != leases[x.ID] {
					leases[x.ID] = x.LeaseUntilUS
					seen[x.ID]++
				}
				waits = waits || seen[x.ID] <= n
			}
			return err
		})
		if err != nil || time.Now().After(end) {
			w.t.Fatalf("a process does not renew its lease: %v, %v", seen, err)
		}
		if !waits {
			return
		}
	}
}

// writable reports whether an SQLite file can be written just now.
func writable(t *testing.T, file string) bool {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(100)&_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		return false
	}
	return tx.Rollback() == nil
}

// TestPauseNamesSilentProcesses pauses while a process that holds calls is
// stopped: the pause says so, and no call leaves when it wakes.
func TestPauseNamesSilentProcesses(t *testing.T) {
	t.Parallel()
	dsn := storetest.DSN(t, storetest.SQLite)
	w := newWorld(t, opened(t, dsn), sandbox.Config{HitRate: 1, Seed: 1, Latency: 20 * time.Millisecond, Rate: 50})
	w.people(0, 1000, "x")
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	w.start("emails")
	cmd := w.helper(dsn)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGCONT)
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	w.busy(0, 100)
	w.freeze(cmd, dsn, storetest.SQLite)
	stop, err := w.e.Pause(t.Context(), admin, "emails")
	if err != nil {
		t.Fatal(err)
	}
	if stop.InFlight > 0 && (stop.Confirmed || len(stop.NotConfirmed) != 1) {
		t.Errorf("%+v", stop)
	}
	arrived := w.sb.Books().Calls
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	v := w.until("emails", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 })
	w.beats(3)
	// A call that was on its way when the process was stopped may still leave:
	// that is what the pause said.
	if b := w.sb.Books(); b.Calls-arrived > min(2, stop.InFlight) {
		t.Errorf("%d calls left after the pause", b.Calls-arrived)
	}
	if v.Rows.Pending+v.Rows.Waiting+v.Rows.Found != 1000 { // one waits if it came too fast for the provider
		t.Errorf("rows %+v", v.Rows)
	}
	w.agree()
	w.sound()
}
