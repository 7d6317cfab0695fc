package engine_test

import (
	"sync"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestLimitsThatFailedElsewhere replays how limits were overrun, or stood in
// the way for nothing, in other systems. Each is named after the public report.
func TestLimitsThatFailedElsewhere(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(*testing.T){
		"BerriAI/litellm 34732: check, then charge after the answer": checkThenCharge,
		"BerriAI/litellm 35567: increments are lost":                 lostIncrements,
		"BerriAI/litellm 33325: each replica counts for itself":      replicas,
		"BerriAI/litellm 6288: spend is synchronised later":          syncLag,
		"BerriAI/litellm 40095: the first requests find no limit":    firstUse,
		"BerriAI/litellm 33923: a reservation that fails lets pass":  failOpen,
		"BerriAI/litellm 36592, maximhq/bifrost 2873: another route": everyRoute,
		"BerriAI/litellm 27509: one call pins the whole budget":      pinnedHeadroom,
		"BerriAI/litellm 38647: worst cases refuse at no spend":      starvation,
		"songquanpeng/one-api 2440: the rich are not asked":          trusted,
		"QuantumNous/new-api 6609: a balance goes below zero":        overdraft,
		"wasp-lang/open-saas 727: one credit, two outputs":           oneCredit,
		"langwatch/langwatch 6141: the projection never ran":         noProjection,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t)
		})
	}
}

// slow is a provider that finds everything after a while.
func slow(latency time.Duration) sandbox.Config {
	return sandbox.Config{HitRate: 1, Seed: 1, Latency: latency}
}

// colleague is another process on the same database.
func (w *world) colleague(dsn string) *engine.Engine {
	w.t.Helper()
	c := w.config()
	c.DB = opened(w.t, dsn)
	e, err := engine.New(w.t.Context(), c)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// paid fails the test unless so many calls were made and paid, and the books
// agree.
func (w *world) paid(calls int64) {
	w.t.Helper()
	if b := w.sb.Books(); b.Calls != calls || b.BilledCalls != calls || b.Repeats != 0 {
		w.t.Errorf("want %d calls, books: %+v", calls, b)
	}
	w.agree()
	w.sound()
}

func checkThenCharge(t *testing.T) {
	w := newWorld(t, storetest.Open(t), slow(50*time.Millisecond))
	w.people(0, 200, "x")
	w.save("emails", findEmail(fettle.AllPeople, 10))
	w.work(w.e)
	w.start("emails")
	wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
	w.paid(10)
}

func lostIncrements(t *testing.T) {
	dsn := storetest.DSN(t, storetest.SQLite)
	w := newWorld(t, opened(t, dsn), slow(time.Millisecond))
	w.field("other", fettle.Text)
	w.people(0, 100, "x")
	w.save("a", findEmail(fettle.AllPeople, 1000))
	w.save("b", answer("other", 1000, byTitle))
	w.work(w.e)
	w.work(w.colleague(dsn))
	w.start("a")
	w.start("b")
	w.settle("a")
	w.settle("b")
	if v, err := w.e.Credits(t.Context(), admin); err != nil || v.SettledCredits != 300*fettle.Credit {
		t.Errorf("%+v, %v", v, err)
	}
	w.paid(200)
}

func replicas(t *testing.T) {
	dsn := storetest.DSN(t, storetest.SQLite)
	w := newWorld(t, opened(t, dsn), slow(30*time.Millisecond))
	w.people(0, 100, "x")
	w.save("emails", findEmail(fettle.AllPeople, 10))
	second := w.colleague(dsn)
	w.work(w.e)
	w.work(second)
	w.start("emails")
	wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
	for _, e := range []*engine.Engine{w.e, second} {
		if v, err := e.Enrichment(t.Context(), admin, "emails"); err != nil || v.SpentCredits != 10*fettle.Credit {
			t.Errorf("%s spent, %v", v.SpentCredits, err)
		}
	}
	w.paid(10)
}

func syncLag(t *testing.T) {
	dsn := storetest.DSN(t, storetest.SQLite)
	w := newWorld(t, opened(t, dsn), slow(0))
	w.people(0, 30, "x")
	w.save("emails", findEmail(fettle.AllPeople, 10))
	second := w.colleague(dsn) // it has seen nothing spent
	stop := w.work(w.e)
	w.start("emails")
	w.settle("emails")
	stop()
	w.work(second)
	w.resume("emails")
	wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
	w.paid(10)
}

func firstUse(t *testing.T) {
	w := newWorld(t, storetest.Open(t), slow(20*time.Millisecond))
	w.people(0, 30, "x")
	if err := w.e.SetLimit(t.Context(), admin, "person", "newcomer", fettle.Limit{Credits: credits(10)}); err != nil {
		t.Fatal(err)
	}
	newcomer := fettle.Actor{Name: "newcomer", Role: fettle.Admin}
	names := []string{"a", "b", "c"}
	for _, n := range names {
		def := findEmail(fettle.AllPeople, 1000)
		w.field("email_"+n, fettle.Email)
		def.Outputs[0].Field, def.Steps[0] = "email_"+n, otherEmail(n)
		w.save(n, def)
	}
	w.work(w.e)
	var all sync.WaitGroup
	for _, n := range names {
		all.Go(func() {
			if _, err := w.e.Start(t.Context(), newcomer, n, engine.StartOptions{}); err != nil {
				t.Errorf("start %s: %v", n, err)
			}
		})
	}
	all.Wait()
	for _, n := range names {
		wantPaused(t, w.paused(n), fettle.PausedByLimit)
	}
	w.paid(10)
}

func failOpen(t *testing.T) {
	w := newWorld(t, storetest.Open(t), slow(0))
	w.people(0, 20, "x")
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	w.exec("CREATE TRIGGER away BEFORE UPDATE ON balances BEGIN SELECT RAISE(ABORT, 'away'); END")
	w.exec("CREATE TRIGGER gone BEFORE INSERT ON balances BEGIN SELECT RAISE(ABORT, 'gone'); END")
	w.work(w.e)
	w.start("emails")
	w.looked()
	w.paid(0)
}

// everyRoute calls by every way there is to make a call: a pilot, a start, a
// retry, a resolved unknown, a rerun, another audience. One limit is over all.
func everyRoute(t *testing.T) {
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 0.5, BillMiss: true, ChargeThenFailRate: 0.2, Seed: 3})
	w.people(0, 40, "x")
	w.audience("xs", `title == "x"`)
	w.save("emails", findEmail("xs", 12))
	w.work(w.e)
	stop := w.watchLimit("emails")
	if _, err := w.e.Pilot(t.Context(), admin, "emails", 5); err != nil {
		t.Fatal(err)
	}
	w.until("emails", func(v fettle.EnrichmentView) bool { return !v.Piloting && v.InFlight == 0 })
	again := func(what string, do func() error) {
		t.Helper()
		if err := do(); err != nil && fettle.CodeOf(err) != fettle.Refused {
			t.Fatalf("%s: %v", what, err)
		}
		if w.show("emails").State == fettle.Paused {
			w.resume("emails")
		}
		w.settle("emails")
	}
	w.start("emails")
	w.settle("emails")
	again("retry", func() error {
		_, err := w.e.Retry(t.Context(), admin, "emails", fettle.NotFoundRow, true)
		return err
	})
	again("resolve", func() error {
		_, err := w.e.Resolve(t.Context(), admin, nil, true, fettle.Resolution{Action: "retry"})
		return err
	})
	again("rerun", func() error {
		_, err := w.e.Rerun(t.Context(), admin, "emails", engine.RerunOptions{}, true)
		return err
	})
	again("point", func() error {
		_, err := w.e.Point(t.Context(), admin, "emails", []string{fettle.AllPeople})
		return err
	})
	stop()
	if b := w.sb.Books(); b.BilledCredits > 12*fettle.Credit || b.BilledCredits < 11*fettle.Credit {
		t.Errorf("books: %+v", b)
	}
	w.agree()
	w.sound()
}

func pinnedHeadroom(t *testing.T) {
	w := newWorld(t, storetest.Open(t), slow(0))
	answer := w.sb.Hold()
	w.field("score", fettle.Number)
	w.people(0, 5, "x")
	w.save("scores", score(fettle.AllPeople, 1000))
	w.work(w.e)
	w.start("scores")
	v := w.until("scores", func(v fettle.EnrichmentView) bool { return v.InFlight == 5 })
	if v.ReservedCredits != 35*fettle.Credit {
		t.Errorf("%s reserved for five calls of at most 7", v.ReservedCredits)
	}
	answer()
	if v = w.settle("scores"); v.ReservedCredits != 0 || v.Rows.Found != 5 {
		t.Errorf("%s reserved, rows %+v", v.ReservedCredits, v.Rows)
	}
	w.paid(5)
}

func starvation(t *testing.T) {
	w := newWorld(t, storetest.Open(t), slow(5*time.Millisecond))
	w.field("score", fettle.Number)
	w.people(0, 60, "x")
	w.save("scores", score(fettle.AllPeople, 50)) // seven worst cases fill it
	w.work(w.e)
	w.start("scores")
	v := w.settle("scores")
	wantPaused(t, v, fettle.PausedByLimit)
	if v.SpentCredits <= 43*fettle.Credit || v.SpentCredits > 50*fettle.Credit || v.ReservedCredits != 0 {
		t.Errorf("%s of 50 spent, %s reserved", v.SpentCredits, v.ReservedCredits)
	}
	w.agree()
	w.sound()
}

func trusted(t *testing.T) {
	w := newWorld(t, storetest.Open(t), slow(20*time.Millisecond))
	w.people(0, 50, "x")
	if _, err := w.e.Grant(t.Context(), admin, 1_000_000*fettle.Credit, ""); err != nil {
		t.Fatal(err)
	}
	w.save("emails", findEmail(fettle.AllPeople, 10))
	w.work(w.e)
	w.start("emails")
	wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
	w.paid(10)
}

func overdraft(t *testing.T) {
	w := newWorld(t, storetest.Open(t), slow(20*time.Millisecond))
	w.people(0, 50, "x")
	if _, err := w.e.Grant(t.Context(), admin, 7*fettle.Credit, ""); err != nil {
		t.Fatal(err)
	}
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	w.work(w.e)
	w.start("emails")
	wantPaused(t, w.paused("emails"), fettle.PausedByBalance)
	if v, err := w.e.Credits(t.Context(), admin); err != nil || v.AvailableCredits == nil || *v.AvailableCredits != 0 {
		t.Errorf("%+v, %v", v, err)
	}
	w.paid(7)
}

func oneCredit(t *testing.T) {
	dsn := storetest.DSN(t, storetest.SQLite)
	w := newWorld(t, opened(t, dsn), slow(100*time.Millisecond))
	w.people(0, 2, "x")
	if _, err := w.e.Grant(t.Context(), admin, fettle.Credit, ""); err != nil {
		t.Fatal(err)
	}
	w.save("emails", findEmail(fettle.AllPeople, 1000))
	w.work(w.e)
	w.work(w.colleague(dsn))
	w.start("emails")
	v := w.settle("emails")
	wantPaused(t, v, fettle.PausedByBalance)
	wantRows(t, v, fettle.RowCounts{Found: 1, Pending: 1})
	w.paid(1)
}

// noProjection has a limit below the price of one call, and nothing but the
// worker runs: the reservation itself holds the limit.
func noProjection(t *testing.T) {
	w := newWorld(t, storetest.Open(t), slow(0))
	w.people(0, 110, "x")
	w.save("emails", findEmail(fettle.AllPeople, 1))
	tiny := fettle.Limit{Credits: new(fettle.Credits)}
	*tiny.Credits = fettle.Credit / 10_000
	if _, err := w.e.SetEnrichmentLimit(t.Context(), admin, "emails", tiny, false); err != nil {
		t.Fatal(err)
	}
	w.work(w.e)
	w.start("emails")
	wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
	w.paid(0)
}

// known reports whether the database has committed a call when it arrives.
func known(t *testing.T, db *store.DB, key string) bool {
	t.Helper()
	ids := billed(t, []arrival{{Key: key}})
	found := false
	for id := range ids {
		var state store.AttemptState
		err := db.Writer().QueryRowContext(t.Context(), "SELECT state FROM attempts WHERE id = ?", id).Scan(&state)
		found = err == nil && state == store.AttemptReserved
	}
	return found
}
