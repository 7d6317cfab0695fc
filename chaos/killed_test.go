//go:build linux

package chaos_test

import (
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"fettle"
	"fettle/store/storetest"
)

// attack is what one part of a run is given.
type attack struct {
	size
	bin, kind string
	rnd       *rand.Rand
	tally     *tally
}

// address gives a fresh workspace. On PostgreSQL, who is stopped in a
// transaction loses it soon: others wait for it.
func (a attack) address(t *testing.T) string {
	t.Helper()
	dsn := storetest.DSN(t, a.kind)
	if a.kind == storetest.PostgreSQL {
		dsn += "&idle_in_transaction_session_timeout=1000"
	}
	return dsn
}

// burst has 1,000 rows want to run at once, in four processes, against a limit
// of ten calls: exactly ten are paid.
func burst(t *testing.T, a attack) {
	for range a.bursts {
		r := newRig(t, a, a.address(t), a.lease, "--latency", "300ms")
		r.hire(1000)
		r.save("burst", findEmail(10))
		r.goLive("burst")
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				p := start(t, a.bin, "enrichment", "run", "burst", "--db", r.dsn, "--sandbox", r.books, "--json")
				<-p.done
				// On a machine that stands still for a second PostgreSQL ends the
				// transaction; who asked is told that the database went away.
				if code := p.cmd.ProcessState.ExitCode(); code != fettle.Refused.Exit() && code != fettle.Unavailable.Exit() {
					t.Errorf("exit %d, want that of a refusal by the limit\n%s", code, p.out)
				}
			})
		}
		all.Wait()
		v := r.show("burst")
		if b := r.provided(); b.BilledCalls != 10 || b.Calls != 10 || v.SpentCredits != 10*fettle.Credit || v.PauseReason != fettle.PausedByLimit {
			t.Errorf("%d of 10 calls paid, %s credits settled, paused for %q", b.BilledCalls, v.SpentCredits, v.PauseReason)
			a.tally.overLimit += max(0, int(b.BilledCalls)-10)
		}
		r.compare(a.tally)
		r.sound()
	}
}

// fill starts workers and waits until all their calls are in flight.
func (r *rig) fill(a attack) {
	r.t.Helper()
	r.hire(a.inFlight)
	r.save("emails", findEmail(int64(a.inFlight)))
	r.staff((a.inFlight + 249) / 250)
	r.goLive("emails")
	var first time.Time
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		b := r.provided()
		if first.IsZero() && b.Calls > 0 {
			first = time.Now()
		}
		if b.Calls == int64(a.inFlight) && time.Since(first) >= a.killAt {
			if b.InFlight != b.Calls {
				r.t.Fatalf("only %d of %d calls are in flight", b.InFlight, b.Calls)
			}
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("the calls do not leave: %+v", b)
		}
	}
}

// killed kills every process with calls in flight, of which nobody can know
// whether they were billed: they are unknown, their money is held, and one
// command ends them.
func killed(t *testing.T, a attack) {
	r := killAll(t, a)
	n := int64(a.inFlight)
	all := fettle.Credits(n) * fettle.Credit
	v := r.until("emails", a.lease+time.Minute, func(v fettle.EnrichmentView) bool { return through(v) && v.Rows.Unknown == n })
	if v.UnknownCredits != all || v.ReservedCredits != 0 || v.SpentCredits != 0 {
		t.Errorf("%s unknown, %s reserved, %s spent of %d", v.UnknownCredits, v.ReservedCredits, v.SpentCredits, n)
	}
	r.compare(a.tally)
	r.sound()
	if code, out := run(t, a.bin, "unknown", "resolve", "--all", "--write-off", "--db", r.dsn, "--sandbox", r.books); code != 0 {
		t.Errorf("unknown resolve exits with %d\n%s", code, out)
	}
	if v := r.show("emails"); v.UnknownCredits != 0 || v.SpentCredits != all {
		t.Errorf("resolved: %s unknown, %s spent", v.UnknownCredits, v.SpentCredits)
	}
	if b := r.provided(); b.Calls != n || b.Repeats != 0 {
		t.Errorf("books: %+v", b)
	}
	r.sound()
	r.dismiss()
}

// killedIdempotent is killed with a provider that knows a call again: every
// row finishes by itself.
func killedIdempotent(t *testing.T, a attack) {
	r := killAll(t, a, "--idempotent")
	n := int64(a.inFlight)
	v := r.until("emails", a.lease+time.Minute, func(v fettle.EnrichmentView) bool { return through(v) && v.Rows.Found == n })
	if v.UnknownCredits != 0 || v.SpentCredits != fettle.Credits(n)*fettle.Credit {
		t.Errorf("%s unknown, %s spent of %d", v.UnknownCredits, v.SpentCredits, n)
	}
	if b := r.provided(); b.BilledCalls != n || b.Repeats != 0 {
		t.Errorf("books: %+v", b)
	}
	r.compare(a.tally)
	r.sound()
	r.dismiss()
}

func killAll(t *testing.T, a attack, provides ...string) *rig {
	t.Helper()
	r := newRig(t, a, a.address(t), a.lease, append(provides, "--latency", a.latency.String())...)
	r.fill(a)
	n := len(r.workers)
	for _, p := range r.workers {
		p.signal(syscall.SIGKILL)
	}
	for _, p := range r.workers {
		<-p.done
	}
	a.tally.crashes += n
	r.workers = nil
	r.staff(n)
	return r
}

// frozen stops every process with calls in flight for longer than its lease,
// while another works: their calls are unknown until they wake, then each
// answer lands once.
func frozen(t *testing.T, a attack) {
	r := newRig(t, a, a.address(t), a.lease, "--latency", a.latency.String())
	r.fill(a)
	for _, p := range r.workers {
		r.freeze(p)
		a.tally.crashes++
	}
	asleep := time.Now()
	r.staff(1)
	n := int64(a.inFlight)
	v := r.until("emails", a.lease+time.Minute, func(v fettle.EnrichmentView) bool { return v.Rows.Unknown == n })
	if v.UnknownCredits != fettle.Credits(n)*fettle.Credit || v.SpentCredits != 0 {
		t.Errorf("asleep: %s unknown, %s spent", v.UnknownCredits, v.SpentCredits)
	}
	r.sound()
	time.Sleep(time.Until(asleep.Add(a.frozen)))
	for _, p := range r.workers {
		p.signal(syscall.SIGCONT)
	}
	// What was answered meanwhile waits in the sockets: a call's time does not
	// pass while its process is stopped.
	v = r.until("emails", time.Minute, func(v fettle.EnrichmentView) bool { return v.Rows.Found == n })
	t.Logf("%d of %d answers landed on waking", v.Rows.Found, n)
	if v.Rows.Found != n || v.SpentCredits != fettle.Credits(v.Rows.Found)*fettle.Credit || v.PaidRows != v.Rows.Found {
		t.Errorf("awake: %+v, %s spent", v.Rows, v.SpentCredits)
	}
	if b := r.provided(); b.Calls != n || b.Repeats != 0 {
		t.Errorf("books: %+v", b)
	}
	r.compare(a.tally)
	r.sound()
	r.dismiss()
}

// freeze stops a process where it does not hold the lock of an SQLite file:
// there it would stop everybody, which is SQLite's nature and not what is
// tested.
func (r *rig) freeze(p *process) {
	r.t.Helper()
	for range 200 {
		p.signal(syscall.SIGSTOP)
		for p.running() && !p.stopped(r.t) {
			time.Sleep(time.Millisecond) // a signal takes its time
		}
		if r.kind != storetest.SQLite || writable(r.t, r.dsn) {
			return
		}
		p.signal(syscall.SIGCONT)
		time.Sleep(5 * time.Millisecond)
	}
	r.t.Fatal("the process always holds the lock")
}
