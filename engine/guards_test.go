package engine_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// fickle is the lab, which may go wrong: per cent of calls that fail or find
// nothing, and what a call costs in hundredths of a credit.
type fickle struct {
	lab
	failing, missing, cost, calls *atomic.Int64
}

func newFickle() fickle {
	f := fickle{lab{most: 40 * provider.Unit}, &atomic.Int64{}, &atomic.Int64{}, &atomic.Int64{}, &atomic.Int64{}}
	f.cost.Store(100)
	return f
}

func (f fickle) Prepare(fettle.Step, provider.Connection) (provider.Operation, error) { return f, nil }

func (f fickle) Do(_ context.Context, c provider.Call) (provider.Result, error) {
	n := f.calls.Add(1)
	units := provider.Units(f.cost.Load()) * provider.Unit / 100
	switch hundredth := (n * 37) % 100; { // every hundred calls have each hundredth once
	case hundredth < f.failing.Load():
		return provider.Result{Outcome: provider.Failed, Units: units, Message: "it failed"}, nil
	case hundredth < f.failing.Load()+f.missing.Load():
		return provider.Result{Outcome: provider.NotFound, Units: units}, nil
	}
	return provider.Result{Outcome: provider.Found, Outputs: map[string]any{"answer": fmt.Sprint("of ", c.Inputs["name"])}, Units: units}, nil
}

// diary is a workspace that lives through fake days.
type diary struct {
	*world
	f      fickle
	people int
	day    int
}

// newDiary begins with some people, who are bought at the start.
func newDiary(t *testing.T, dsn string, first int) *diary {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, quiet())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	d := &diary{world: &world{t: t, db: db}, f: newFickle()}
	d.f.missing.Store(20)
	d.f.failing.Store(5)
	d.open()
	one := fettle.Credit
	if err := d.e.SetConnection(t.Context(), admin, "lab", engine.ConnectionInput{UnitCredits: &one}); err != nil {
		t.Fatal(err)
	}
	d.field("answer", fettle.Text)
	d.save("answers", fettle.Definition{
		Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{{Provider: "lab/ask", Inputs: map[string]string{"name": `name + " " + title`}}},
		Outputs: fettle.Outputs{{Name: "answer", Field: "answer"}}, Follow: true, RerunOn: "inputs", Write: fettle.Overwrite, Limit: &fettle.Limit{None: true, Per: fettle.Lifetime},
	})
	d.send(first, true)
	d.start("answers")
	d.live(func() {})
	return d
}

func (d *diary) open() {
	d.t.Helper()
	e, err := engine.New(d.t.Context(), engine.Config{DB: d.db, Log: quiet(), Providers: []provider.Provider{d.f}, SecretKey: make([]byte, 32)})
	if err != nil {
		d.t.Fatal(err)
	}
	d.e = e
}

// live has a worker at work for what happens on a day, until all of it is done,
// and goes on to the next day.
func (d *diary) live(happens func()) fettle.EnrichmentView {
	d.t.Helper()
	d.open()
	stop := d.work(d.e)
	happens()
	v := d.settle("answers")
	stop()
	d.day++
	time.Sleep(24*time.Hour - time.Since(time.Now().Truncate(24*time.Hour)) + 9*time.Hour)
	return v
}

// send has new people arrive, so few at once that nobody is asked about them.
func (d *diary) send(n int, confirmed bool) {
	d.t.Helper()
	for n > 0 {
		batch := min(n, 50)
		if confirmed {
			batch = min(n, 1000)
		}
		in := engine.UpsertInput{Entity: fettle.People, Source: "crm", Confirm: confirmed}
		for range batch {
			d.people++
			in.Rows = append(in.Rows, map[string]any{"external_id": fmt.Sprintf("p%d", d.people), "name": fmt.Sprintf("Person %d", d.people), "title": "t"})
		}
		d.upsert(in)
		n -= batch
	}
}

func (d *diary) upsert(in engine.UpsertInput) {
	d.t.Helper()
	if _, err := d.e.UpsertRecords(d.t.Context(), admin, in); err != nil {
		d.t.Fatal(err)
	}
}

// usual is how many arrive on a day: more every week, fewer at the weekend.
func (d *diary) usual() int {
	n := 10 * math.Pow(1.2, float64(d.day)/7)
	if wd := time.Now().Weekday(); wd == time.Saturday || wd == time.Sunday {
		n /= 5
	}
	return int(n * (0.7 + 0.6*rand.New(rand.NewPCG(7, uint64(d.day))).Float64())) //nolint:gosec // no secret
}

// TestOrdinaryDaysHaveNoGuard lives through 90 days that grow by a fifth a week,
// with a confirmed import of ten times the usual; on PostgreSQL and under the
// race detector through half of them, the import among them.
func TestOrdinaryDaysHaveNoGuard(t *testing.T) {
	t.Parallel()
	kinds := storetest.Kinds()
	if underRace {
		kinds = kinds[:1] // the other runs without the detector: time is the test's own here, and one thing is done at once
	}
	for _, kind := range kinds {
		days := 90
		if underRace || kind == storetest.PostgreSQL {
			days = 45
		}
		t.Run(kind, func(t *testing.T) {
			dsn := storetest.DSN(t, kind)
			synctest.Test(t, func(t *testing.T) {
				d := newDiary(t, dsn, 200)
				for range days {
					v := d.live(func() {
						d.send(d.usual(), false)
						if d.day == 40 {
							d.send(10*d.usual(), true)
						}
					})
					if v.State != fettle.Live || v.GuardRows > 0 {
						t.Fatalf("day %d: %s, %s, %d aside", d.day, v.State, v.PauseDetail, v.GuardRows)
					}
				}
				t.Logf("%d people, %d calls, 0 guards", d.people, d.f.calls.Load())
				d.sound()
			})
		})
	}
}

// fault is something that goes wrong on the day after a week, and what it may
// still cost.
type fault struct {
	happens func(d *diary)
	days    int   // that it lasts
	excess  int64 // calls, at the most, that would not have been made
	paused  bool  // the enrichment pauses; else rows are set aside
	says    string
}

func faults() map[string]fault {
	flip := func(d *diary, n int, title string) {
		in := engine.UpsertInput{Entity: fettle.People, Source: "crm"}
		for i := range n {
			in.Rows = append(in.Rows, map[string]any{"external_id": fmt.Sprintf("p%d", i+1), "title": title})
		}
		d.upsert(in)
		d.settle("answers")
	}
	return map[string]fault{
		"a list that changes its mind all day": {days: 1, excess: 5 * 3, says: "bought 3 times within a day", happens: func(d *diary) {
			for h := range 10 {
				flip(d, 5, fmt.Sprint("t", h))
			}
		}},
		"many such records": {days: 1, excess: 12 * 3, paused: true, says: "rows were set aside today", happens: func(d *diary) {
			for h := range 6 {
				flip(d, 12, fmt.Sprint("t", h))
			}
		}},
		"a script that sends everybody": {days: 1, excess: 100, paused: true, says: "rows entered today", happens: func(d *diary) {
			d.send(1500, false)
		}},
		"a price that rises": {days: 10, excess: 75, paused: true, says: "credits each; those before them 1", happens: func(d *diary) {
			d.f.cost.Store(500)
			d.send(d.usual(), false)
		}},
		"a provider that fails": {days: 10, excess: 60, paused: true, says: "of the last 50 rows failed", happens: func(d *diary) {
			d.f.failing.Store(80)
			d.send(d.usual(), false)
		}},
		"a list whose names nobody knows": {days: 20, excess: 130, paused: true, says: "nothing was found for", happens: func(d *diary) {
			d.f.missing.Store(80)
			d.send(d.usual(), false)
		}},
	}
}

// TestFaultsAreStopped plants a fault after a week of ordinary days.
func TestFaultsAreStopped(t *testing.T) {
	t.Parallel()
	for name, f := range faults() {
		for _, kind := range storetest.Kinds() {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				dsn := storetest.DSN(t, kind)
				synctest.Test(t, func(t *testing.T) { plant(newDiary(t, dsn, 200), f) })
			})
		}
	}
}

func plant(d *diary, f fault) {
	for range 7 {
		d.live(func() { d.send(d.usual(), false) })
	}
	before := d.f.calls.Load()
	v := d.show("answers")
	for n := 0; n < f.days && v.State == fettle.Live; n++ {
		v = d.live(func() { f.happens(d) })
	}
	d.t.Logf("%d calls after the fault began; %s %s; %d rows set aside", d.f.calls.Load()-before, v.State, v.PauseDetail, v.GuardRows)
	if n := d.f.calls.Load() - before; n > f.excess {
		d.t.Errorf("%d calls, more than %d", n, f.excess)
	}
	said := v.PauseDetail
	if f.paused {
		wantPaused(d.t, v, fettle.PausedByGuard)
	} else {
		said = fmt.Sprint(v.WaitingFor)
		if v.State != fettle.Live || v.GuardRows == 0 {
			d.t.Errorf("%s, %d set aside", v.State, v.GuardRows)
		}
	}
	told := 1
	if f.paused && v.GuardRows > 0 {
		told = 2 // of the first that was set aside, and of the pause
	}
	if !strings.Contains(said, f.says) || d.notified("guard") != told {
		d.t.Errorf("%d notifications; %q does not say %q", d.notified("guard"), said, f.says)
	}
	d.goesOn(f)
	d.sound()
}

// goesOn has the rest go on: the next people at once, or when somebody has
// looked and resumes.
func (d *diary) goesOn(f fault) {
	d.t.Helper()
	d.f.cost.Store(100)
	d.f.failing.Store(5)
	d.f.missing.Store(20)
	before := d.f.calls.Load()
	v := d.live(func() {
		if f.paused {
			d.resume("answers")
		}
		d.send(5, false)
	})
	if n := d.f.calls.Load() - before; n < 5 || v.State != fettle.Live {
		d.t.Errorf("%d calls afterwards: %s %s", n, v.State, v.PauseDetail)
	}
}

// TestTheSameIdentityIsAskedOnce has twenty people of one domain, about which one
// question is asked.
func TestTheSameIdentityIsAskedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.field("industry", fettle.Text)
		def := fettle.Definition{
			Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{{Provider: "sandbox/company", Inputs: map[string]string{"domain": "company_domain"}}},
			Outputs: fettle.Outputs{{Name: "industry", Field: "industry"}}, Follow: true, Limit: &fettle.Limit{Credits: credits(100)},
		}
		w.save("industry", def)
		w.work(w.e)
		w.start("industry")
		in := engine.UpsertInput{Entity: fettle.People, Source: "crm"}
		for i := range 20 {
			in.Rows = append(in.Rows, map[string]any{"external_id": fmt.Sprint("p", i), "name": fmt.Sprint("Person ", i), "company_domain": "company1.com"})
		}
		if _, err := w.e.UpsertRecords(t.Context(), admin, in); err != nil {
			t.Fatal(err)
		}
		w.looked()
		if v := w.settle("industry"); v.Rows.Found+v.Rows.Reused != 20 || w.sb.Books().Calls != 1 {
			t.Errorf("%d calls, rows %+v", w.sb.Books().Calls, v.Rows)
		}
		w.sound()
	})
}
