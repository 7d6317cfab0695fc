//go:build linux

package chaos_test

import (
	"database/sql"
	"slices"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // looks whether a file is locked

	"fettle"
	"fettle/engine"
	"fettle/store/storetest"
)

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

// stormLease is the lease of processes in a storm: they are stopped for longer
// than it, many times.
const stormLease = 2 * time.Second

func storm(t *testing.T, a attack) { blow(t, a, false) }

func stormIdempotent(t *testing.T, a attack) { blow(t, a, true) }

// blow has people raise limits, pause, resume and reset while processes are
// killed and stopped and the database goes away, and the provider loses
// answers; then lets everything come to rest and compares the books.
func blow(t *testing.T, a attack, idempotent bool) {
	t.Helper()
	provides := []string{
		"--latency", "40ms", "--hit-rate", "0.7", "--bill-miss", "--drop-rate", "0.01", "--charge-then-fail-rate", "0.01",
		"--fail-rate", "0.01", "--throttle-rate", "0.01", "--seed", "7",
	}
	if idempotent {
		provides = append(provides, "--idempotent")
	}
	w := &weather{a: a, highest: map[string]int64{}}
	if a.kind == storetest.PostgreSQL {
		server := storetest.NewServer(t)
		direct := server.DSN(t)
		proxy := newProxy(t, server.Socket())
		w.rig = newRig(t, a, direct, stormLease, provides...)
		w.server, w.proxy, w.dsn = server, proxy, proxy.dsn(direct)
	} else {
		w.rig = newRig(t, a, storetest.DSN(t, a.kind), stormLease, provides...)
	}
	w.begin()
	for end := time.Now().Add(a.storm); time.Now().Before(end); {
		w.act()
		w.strike()
		w.look()
		time.Sleep(time.Duration(w.a.rnd.IntN(300)) * time.Millisecond)
	}
	w.calm()
	w.settled()
	w.compare(w.a.tally)
	w.sound()
	w.dismiss()
	if code, out := run(t, a.bin, "unknown", "resolve", "--all", "--write-off", "--db", w.dsn, "--sandbox", w.books); code != 0 && w.a.tally.unknown > 0 {
		t.Errorf("unknown resolve exits with %d\n%s", code, out)
	}
	w.sound()
}

// weather is a storm under way.
type weather struct {
	*rig
	a       attack
	server  *storetest.Server // nil on SQLite
	proxy   *proxy            // nil on SQLite
	highest map[string]int64  // the highest limit that each enrichment ever had, in credits
	asleep  []*process
}

// names are the enrichments of a storm: one call a row at a fixed price, one
// at a price that varies, and one that asks in two steps.
var names = []string{"emails", "scores", "answers"}

func (w *weather) begin() {
	w.t.Helper()
	if w.kind == storetest.SQLite {
		w.a.workers = min(w.a.workers, 4)
	}
	w.must("field", func() error {
		_, err := w.e.AddField(w.t.Context(), admin, fettle.Field{Entity: fettle.People, Key: "score", Type: fettle.Number})
		return err
	})
	w.must("field", func() error {
		_, err := w.e.AddField(w.t.Context(), admin, fettle.Field{Entity: fettle.People, Key: "answer", Type: fettle.Text})
		return err
	})
	answers := findEmail(50)
	answers.Steps = []fettle.Step{
		{Provider: "sandbox/find_email", Inputs: map[string]string{"full_name": `name + " again"`, "company_domain": "company_domain"}, Outputs: map[string]string{"email": "answer"}},
		{Provider: "sandbox/variable", Inputs: map[string]string{"name": `name + " again"`}, Outputs: map[string]string{"score": "answer"}},
	}
	answers.Outputs = fettle.Outputs{{Name: "answer", Field: "answer"}}
	scores := findEmail(50)
	scores.Steps = []fettle.Step{{Provider: "sandbox/variable", Inputs: map[string]string{"name": "name"}}}
	scores.Outputs = fettle.Outputs{{Name: "score", Field: "score"}}
	w.hire(100)
	for name, def := range map[string]fettle.Definition{"emails": findEmail(50), "scores": scores, "answers": answers} {
		w.highest[name] = 50
		w.save(name, def)
		w.goLive(name)
	}
	w.staff(w.a.workers)
}

// act does one thing that people do: import, move a limit, pause, resume,
// reset.
func (w *weather) act() {
	name := names[w.a.rnd.IntN(len(names))]
	v := w.show(name)
	if v.Rows.Pending < 300 {
		w.hire(20 + w.a.rnd.IntN(100))
	}
	ctx := w.t.Context()
	switch w.a.rnd.IntN(8) {
	case 0:
		_, _ = w.e.Pause(ctx, admin, name) // refused if it is paused
	case 1:
		_, _ = w.e.Reset(ctx, admin, name) // refused while it is live
	case 2:
		w.limit(name, 1+w.a.rnd.Int64N(w.highest[name])) // perhaps below what is used
	case 3, 4, 5:
		w.limit(name, w.highest[name]+w.a.rnd.Int64N(150))
	}
	if w.a.rnd.IntN(3) > 0 {
		w.resume(name)
	}
}

func (w *weather) limit(name string, n int64) {
	w.highest[name] = max(w.highest[name], n)
	w.must("limit", func() error {
		_, err := w.e.SetEnrichmentLimit(w.t.Context(), admin, name, fettle.Limit{Credits: credits(n)}, false)
		return err
	})
}

// resume makes a paused enrichment live; a reset one is started again.
func (w *weather) resume(name string) {
	if w.show(name).State == fettle.Live {
		return
	}
	if _, err := w.e.Resume(w.t.Context(), admin, name, engine.StartOptions{}); err != nil {
		_, _ = w.e.Start(w.t.Context(), admin, name, engine.StartOptions{})
	}
}

// strike breaks one thing.
func (w *weather) strike() {
	i := w.a.rnd.IntN(len(w.workers))
	p := w.workers[i]
	switch n := w.a.rnd.IntN(20); {
	case n < 4:
		p.kill()
		w.asleep = slices.DeleteFunc(w.asleep, func(x *process) bool { return x == p })
		w.workers[i] = w.worker()
		w.a.tally.crashes++
	case n < 6 && !slices.Contains(w.asleep, p):
		w.freeze(p)
		w.asleep = append(w.asleep, p)
		w.a.tally.crashes++
	case n < 9:
		w.wake(1)
	case n < 10 && !slices.Contains(w.asleep, p):
		p.land(w.t)
		w.workers[i] = w.worker()
	case n < 11 && w.proxy != nil:
		w.proxy.cut()
		w.a.tally.crashes++
	case n < 12 && w.proxy != nil:
		w.proxy.hold()
		time.Sleep(time.Duration(w.a.rnd.IntN(3000)) * time.Millisecond)
		if w.a.rnd.IntN(2) == 0 {
			w.proxy.cut()
		}
		w.proxy.pass()
		w.a.tally.crashes++
	case n < 13 && w.server != nil:
		w.server.Crash()
		time.Sleep(time.Duration(w.a.rnd.IntN(1000)) * time.Millisecond)
		w.server.Restart(w.t)
		w.a.tally.crashes++
	}
	w.restock()
}

// wake lets up to n stopped processes go on.
func (w *weather) wake(n int) {
	for ; n > 0 && len(w.asleep) > 0; n-- {
		w.asleep[0].signal(syscall.SIGCONT)
		w.asleep = w.asleep[1:]
	}
}

// restock starts a process for each that ended by itself, such as one that
// found no database.
func (w *weather) restock() {
	for i, p := range w.workers {
		if !p.running() {
			w.workers[i] = w.worker()
		}
	}
}

// look holds the limits at this moment.
func (w *weather) look() {
	for _, name := range names {
		v := w.show(name)
		if used := v.SpentCredits + v.ReservedCredits + v.UnknownCredits; used > fettle.Credits(w.highest[name])*fettle.Credit {
			w.a.tally.overLimit++
			w.t.Errorf("%s: %s used, and the limit never was above %d", name, used, w.highest[name])
		}
	}
}

// calm ends the storm: everybody wakes, nothing is held up any more, and no
// limit is in the way.
func (w *weather) calm() {
	w.wake(len(w.asleep))
	w.restock()
	for _, name := range names {
		w.limit(name, 10_000_000)
		w.resume(name)
	}
}

// settled waits until nothing is left to do, and holds that every row has its
// end and every answer its place.
func (w *weather) settled() {
	for _, name := range names {
		v := w.until(name, 3*time.Minute, func(v fettle.EnrichmentView) bool {
			if v.State == fettle.Paused {
				w.resume(name) // for failures in a row
			}
			return v.State == fettle.Live && through(v)
		})
		n := v.Rows
		if ended := n.Found + n.NotFound + n.Reused + n.KnownNotFound + n.Failed + n.Unknown + n.Waiting; ended != int64(w.hired) {
			w.a.tally.lost++
			w.t.Errorf("%s: of %d rows %+v", name, w.hired, n)
		}
		field := v.Definition.Outputs[0].Field
		w.must("count", func() error {
			filled, err := w.e.CountWhere(w.t.Context(), admin, fettle.People, "filled("+field+")")
			if err == nil && filled != n.Found+n.Reused {
				w.a.tally.lost++
				w.t.Errorf("%s: %d values for %d rows that found one", name, filled, n.Found+n.Reused)
			}
			return err
		})
	}
}
