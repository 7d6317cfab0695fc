package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/identity/employment"
	"fettle/provider"
	"fettle/store"
	"fettle/store/storetest"
)

// registrar is the census with books of its own: of whom it knows nothing, or nothing
// that fits, it says that they work where the record says, so that each check finds
// something, and a backtest has nothing to guess. A check costs one unit.
type registrar struct {
	census
	mu    sync.Mutex
	books map[fettle.Day]int64
	times map[string][]time.Time // by name
}

func (r *registrar) Prepare(fettle.Step, provider.Connection) (provider.Operation, error) {
	return r, nil
}

func (r *registrar) Do(ctx context.Context, call provider.Call) (provider.Result, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.books[fettle.DayOf(time.Now())]++
	name, _ := call.Inputs["name"].(string)
	r.times[name] = append(r.times[name], time.Now())
	if v, err := r.census.Do(ctx, call); err != nil || v.Outcome == provider.Found {
		return v, err
	}
	title, _ := call.Inputs["title"].(string)
	domain, _ := call.Inputs["company_domain"].(string)
	one := census{at: map[string][]employment.Role{name: {{Title: title, Domain: domain, Start: "1999-01", Current: true}}}}
	return one.Do(ctx, call)
}

// life is a workspace that lives through a plan: with an enrichment that buys again
// from time to time, a poll, and a report each Monday at six in Berlin.
type life struct {
	*pastWorld
	size     lifeSize
	hindered bool // limits of a month, a pause and a time without a process
	began    time.Time
	clerk    *clerk
	reg      *registrar
	ids      map[int]int64    // of people
	merges   map[[2]int]int64 // ids of merges
	pictures []lifePicture
	did      map[string]int
}

// lifePicture is who was where at the end of a day.
type lifePicture struct {
	picture
	members map[string][]int64
}

// TestALifeIsItsBacktest lives through weeks of fake time twice, on both databases:
// people come, change, merge, come apart and are deleted. One of the two is
// unhindered, the other has limits of a month, is paused, and has no process for a
// while. As run, a backtest is the books of each, day by day, of the enrichment and
// of the poll; otherwise that of the hindered one is the books of the other. What is
// told of the past is what was written down at the end of each day.
//
// With CHAOS_FOR set it is 90 days with 20 merges, 5 unmerges, 20 deletions and 3
// edits of a filter; CHAOS_SEED lives another life.
func TestALifeIsItsBacktest(t *testing.T) {
	t.Parallel()
	size := lifeSize{days: 14, first: 8, merges: 4, unmerges: 1, deletes: 3, perMonth: 14, checks: 18}
	if os.Getenv("CHAOS_FOR") != "" {
		size = lifeSize{days: 90, first: 16, merges: 20, unmerges: 5, deletes: 20, perMonth: 30, checks: 70}
	}
	plan := newLifePlan(seedOr(t, 5), size)
	var free *life // the short form is unhindered on one database: what was bought does not depend on it
	kinds := storetest.Kinds()
	if underRace {
		kinds = kinds[:1] // five minutes on the other; what it compares has no races of its own, and runs there without the detector
	}
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			if free == nil || os.Getenv("CHAOS_FOR") != "" {
				free = lived(t, kind, size, plan, nil)
			}
			lived(t, kind, size, plan, free)
		})
	}
}

// lived lives through a plan and compares what is told of it: unhindered, or hindered
// beside one that was not.
func lived(t *testing.T, kind string, size lifeSize, plan [][]deed, free *life) (l *life) {
	t.Helper()
	dsn := storetest.DSN(t, kind)
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), dsn, quiet())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		l = newLife(t, db, size, free != nil)
		l.live(plan)
		l.tells()
		if free != nil {
			l.sameBooks(free.clerk.books["a"], "notes", false)
			l.sameBooks(free.reg.books, "check", false)
		}
	})
	return l
}

func newLife(t *testing.T, db *store.DB, size lifeSize, hindered bool) *life {
	t.Helper()
	l := &life{
		pastWorld: &pastWorld{world: &world{t: t, db: db}, rnd: rand.New(rand.NewPCG(1, 0)), filters: map[string]string{}}, //nolint:gosec // no secret
		size:      size, hindered: hindered, clerk: &clerk{books: map[string]map[fettle.Day]int64{}},
		reg: &registrar{census: census{at: map[string][]employment.Role{}}, books: map[fettle.Day]int64{}, times: map[string][]time.Time{}},
		ids: map[int]int64{}, merges: map[[2]int]int64{}, did: map[string]int{},
	}
	l.began = time.Date(2000, 1, 10, 0, 0, 0, 0, time.UTC) // to 8 April; the clock is set forward on 26 March
	if size.days < 60 {
		l.began = time.Date(2000, 3, 20, 0, 0, 0, 0, time.UTC)
	}
	time.Sleep(time.Until(l.began.Add(9 * time.Hour)))
	l.begin()
	l.priced("clerk")
	l.priced("census")
	l.field("note_a", fettle.Text)
	l.field("note_b", fettle.Text)
	for name, where := range map[string]string{"wanted": `title != "boss"`, "some": pastFilters[0], "new": `within(created_at, "5d")`} {
		l.filters[name] = where
		l.audience(name, where)
	}
	const day = 24 * time.Hour
	refresh, every := 30*day-time.Hour, 7*day-time.Hour // an hour less: a process is there at times only
	if size.days < 60 {
		refresh, every = 8*day-time.Hour, 3*day-time.Hour
	}
	limit, checks := &fettle.Limit{None: true, Per: fettle.Lifetime}, &fettle.Limit{None: true, Per: fettle.Lifetime}
	if hindered {
		limit, checks = &fettle.Limit{Credits: credits(size.perMonth), Per: fettle.PerMonth}, &fettle.Limit{Credits: credits(size.checks), Per: fettle.PerMonth}
	}
	l.save("notes", clerkDefinition("a", "note_a", refresh, limit))
	report := clerkDefinition("b", "note_b", 7*day, &fettle.Limit{None: true, Per: fettle.Lifetime})
	report.Schedule = &fettle.Schedule{Every: fettle.Interval(7 * day), At: "06:00", Zone: "Europe/Berlin"}
	l.save("report", report)
	rule := employmentCheck("wanted", "")
	rule.Provider, rule.Every, rule.Limit = "census/job_change", fettle.Interval(every), checks
	rule.Inputs = map[string]string{"name": "name", "title": "title", "company_domain": "company_domain"}
	l.rule("check", rule)
	for _, name := range []string{"notes", "check", "report"} {
		l.start(name)
	}
	return l
}

// begin begins a process.
func (l *life) begin() {
	l.t.Helper()
	e, err := engine.New(l.t.Context(), engine.Config{DB: l.db, Log: quiet(), Providers: []provider.Provider{l.clerk, l.reg}, SecretKey: make([]byte, 32)})
	if err != nil {
		l.t.Fatal(err)
	}
	l.e = e
}

// there has a process there for a while from a time of a day on, with what happens
// in its middle; in the days without a process it happens all the same.
func (l *life) there(day int, at time.Duration, long time.Duration, happens func()) {
	l.t.Helper()
	time.Sleep(time.Until(l.began.AddDate(0, 0, day).Add(at)))
	if l.away(day) {
		happens()
		return
	}
	l.begin()
	stop := l.work(l.e)
	time.Sleep(long / 2)
	happens()
	time.Sleep(long / 2)
	stop()
}

// away reports whether no process is there on a day.
func (l *life) away(day int) bool {
	from, days := l.size.days/2, 7
	if l.size.days < 60 {
		days = 3
	}
	return l.hindered && day >= from && day < from+days
}

func (l *life) live(plan [][]deed) {
	l.t.Helper()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		l.t.Fatal(err)
	}
	const second = time.Second
	idle := func() {}
	for day, deeds := range plan {
		midnight := l.began.AddDate(0, 0, day)
		six := time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 6, 0, 0, 0, berlin).Sub(midnight)
		if midnight.Weekday() == time.Monday {
			l.there(day, six-second, 3*second, idle)
		}
		if day == l.size.days/5 || day == l.size.days/4 {
			l.hinder()
		}
		l.there(day, 12*time.Hour, 2*second, func() {
			for _, d := range deeds {
				l.do(d)
				time.Sleep(second)
			}
		})
		l.there(day, 12*time.Hour+30*time.Minute, second, idle) // what is due is looked for once a minute: of who comes back, too
		time.Sleep(time.Until(midnight.Add(23*time.Hour + 59*time.Minute)))
		pic := lifePicture{picture: l.picture(), members: map[string][]int64{}}
		for name := range l.filters {
			pic.members[name] = l.world.ids(name)
		}
		l.pictures = append(l.pictures, pic)
	}
	l.t.Logf("hindered %t: %v; %d calls by name of the poll", l.hindered, l.did, len(l.reg.times))
}

// hinder pauses the enrichment of the hindered one, or has it go on.
func (l *life) hinder() {
	l.t.Helper()
	switch v := l.show("notes"); {
	case !l.hindered || v.State == fettle.Paused && v.PauseReason != fettle.PausedByPerson: // by its limit
	case v.State == fettle.Live:
		l.pause("notes")
	default:
		if _, err := l.e.Resume(l.t.Context(), admin, "notes", engine.StartOptions{Confirm: true}); err != nil {
			l.t.Fatal(err)
		}
	}
}

// do does a deed.
func (l *life) do(d deed) {
	l.t.Helper()
	ctx := l.t.Context()
	var err error
	switch d.what {
	case "add":
		var v fettle.UpsertView
		v, err = l.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.People, Source: "crm", Confirm: true, Rows: []map[string]any{{
			"external_id": fmt.Sprint(d.a), "name": fmt.Sprint("Person ", d.a), "company_domain": fmt.Sprintf("c%d.com", d.a%4), "title": "engineer",
		}}})
		if err == nil {
			l.ids[d.a] = v.Records[0].ID
		}
	case "title":
		err = l.e.EditRecord(ctx, admin, l.ids[d.a], "title", d.value, true)
	case "job":
		l.reg.mu.Lock()
		l.reg.at[fmt.Sprint("Person ", d.a)] = []employment.Role{
			{Title: "CEO", Domain: "contoso.com", Start: "2000-01", Current: true}, {Title: "engineer", Domain: fmt.Sprintf("c%d.com", d.a%4), Start: "1999-01", End: "2000-01"},
		}
		l.reg.mu.Unlock()
	case "merge":
		var v fettle.MergeView
		v, err = l.e.MergeRecords(ctx, admin, l.ids[d.a], l.ids[d.b], nil)
		l.merges[[2]int{d.a, d.b}] = v.ID
	case "unmerge":
		_, err = l.e.UnmergeRecords(ctx, admin, l.merges[[2]int{d.a, d.b}], true, false)
	case "delete":
		_, err = l.e.DeleteRecords(ctx, admin, []int64{l.ids[d.a]}, "", false)
	case "filter":
		l.filters["some"] = d.value
		l.audience("some", d.value)
	}
	if err != nil {
		l.t.Fatalf("%+v: %v", d, err)
	}
	l.did[d.what]++
}

// tells compares what is told of the life with what was written down in it.
func (l *life) tells() {
	l.t.Helper()
	l.sameBooks(l.clerk.books["a"], "notes", true)
	l.sameBooks(l.reg.books, "check", true)
	if !l.hindered {
		l.sameBooks(l.clerk.books["a"], "notes", false)
		l.sameBooks(l.reg.books, "check", false)
	}
	l.reported()
	l.withinAMonth(l.clerk.books["a"], l.size.perMonth)
	l.withinAMonth(l.reg.books, l.size.checks)
	every := 1
	if l.size.days < 60 {
		every = 4
	}
	for i, pic := range l.pictures {
		if (i+1)%every == 0 {
			l.compare(i, pic.picture)
		}
		if i > 0 {
			l.moved(i)
		}
	}
	l.sound()
}

// reported fails the test where the report was bought on another day than a Monday,
// or the first day with a process again, or for more than were in.
func (l *life) reported() {
	l.t.Helper()
	if len(l.clerk.books["b"]) == 0 {
		l.t.Error("nothing was reported")
	}
	for d, n := range l.clerk.books["b"] {
		day := int(d.Time().Sub(l.began).Hours() / 24)
		back := day > 0 && l.away(day-1) && !l.away(day)
		if d.Time().Weekday() != time.Monday && !back || n > int64(len(l.pictures[day-1].members["wanted"])) {
			l.t.Errorf("%d reported on %s, a %s; %d were in", n, d, d.Time().Weekday(), len(l.pictures[day-1].members["wanted"]))
		}
	}
}

// withinAMonth fails the test where a month of the books is over the limit, or none
// reached it.
func (l *life) withinAMonth(books map[fettle.Day]int64, limit int64) {
	l.t.Helper()
	if !l.hindered {
		return
	}
	months, most := map[string]int64{}, int64(0)
	for d, n := range books {
		m := fmt.Sprint(d)[:7]
		months[m] += n
		most = max(most, months[m])
	}
	l.t.Logf("%v by month, the limit is %d", months, limit)
	if most > limit || most < limit && os.Getenv("CHAOS_SEED") == "" {
		l.t.Errorf("%d in a month: the limit of %d has to be reached, and not more", most, limit)
	}
}

// moved fails the test unless who was in each audience at the end of a day are those
// of the day before with who entered and left.
func (l *life) moved(i int) {
	l.t.Helper()
	a, b := l.pictures[i-1], l.pictures[i]
	for name, want := range b.members {
		got := map[int64]bool{}
		for _, id := range a.members[name] {
			got[id] = true
		}
		m, err := l.e.AudienceMoves(l.t.Context(), viewer, name, engine.MovesQuery{From: a.at, To: b.at, Then: true, Limit: 1000})
		if err != nil || m.Next != "" {
			l.t.Fatal(m.Next, err)
		}
		type turn struct {
			at time.Time
			id int64
			in bool
		}
		var all []turn
		for _, x := range m.Left {
			all = append(all, turn{x.At, x.RecordID, false})
		}
		for _, x := range m.Entered {
			all = append(all, turn{x.At, x.RecordID, true})
		}
		slices.SortStableFunc(all, func(a, b turn) int { return a.at.Compare(b.at) })
		for _, x := range all {
			delete(got, x.id)
			if x.in {
				got[x.id] = true
			}
		}
		for _, id := range want {
			if !got[id] {
				l.t.Errorf("day %d: %d is in %s, and is not said to have entered", i, id, name)
			}
			delete(got, id)
		}
		for id := range got {
			l.t.Errorf("day %d: %d is not in %s, and is said to be", i, id, name)
		}
	}
}
