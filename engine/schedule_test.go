package engine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider"
	"fettle/store"
	"fettle/store/storetest"
)

// meter is a provider in this process that notes when it was asked about whom.
type meter struct {
	mu   sync.Mutex
	at   map[string][]time.Time
	hold chan struct{} // not nil: calls wait until it is closed
}

func (*meter) Describe() provider.Description {
	return provider.Description{Name: "meter", Title: "Meter", Kind: provider.Data, Unit: "credit", Operations: []provider.OperationInfo{meterInfo()}}
}

func meterInfo() provider.OperationInfo {
	return provider.OperationInfo{
		ID: "meter/read", Title: "Read", Inputs: []provider.Param{{Name: "name", Type: fettle.Text}}, RequireAny: [][]string{{"name"}},
		Outputs: []provider.Param{{Name: "reading", Type: fettle.Text}},
	}
}

func (m *meter) Prepare(fettle.Step, provider.Connection) (provider.Operation, error) { return m, nil }

func (*meter) Info() provider.OperationInfo { return meterInfo() }

func (*meter) Fingerprint() string { return "meter/read" }

func (*meter) Recovery() provider.Recovery { return provider.Recovery{} }

func (*meter) Quote(provider.Call) (provider.Quote, bool) {
	return provider.Quote{Low: provider.Unit, Expected: provider.Unit, HitMax: provider.Unit, MissMax: provider.Unit}, true
}

func (m *meter) Do(ctx context.Context, call provider.Call) (provider.Result, error) {
	name, _ := call.Inputs["name"].(string)
	m.mu.Lock()
	m.at[name] = append(m.at[name], time.Now())
	n, hold := len(m.at[name]), m.hold
	m.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
	return provider.Result{Outcome: provider.Found, Units: provider.Unit, Outputs: map[string]any{"reading": fmt.Sprintf("%s %d", name, n)}}, nil
}

func (m *meter) calls() (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, at := range m.at {
		n += len(at)
	}
	return n
}

// clocked is a world whose time is the test's own: it begins on Saturday,
// 2000-01-01, 00:00 UTC, and passes as the test sleeps.
type clocked struct {
	*world
	m       *meter
	also    []provider.Provider // beside the meter
	ended   func()
	running bool
}

// inTime runs a test in time of its own, on a kind of database.
func inTime(t *testing.T, kind string, test func(w *clocked)) {
	t.Helper()
	dsn := storetest.DSN(t, kind)
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), dsn, quiet())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		w := &clocked{world: &world{t: t, db: db}, m: &meter{at: map[string][]time.Time{}}, ended: func() {}}
		w.e = w.process()
		if err := w.e.SetConnection(t.Context(), admin, "meter", engine.ConnectionInput{UnitCredits: new(fettle.Credit)}); err != nil {
			t.Fatal(err)
		}
		w.field("reading", fettle.Text)
		test(w)
		w.ended()
		w.sound()
	})
}

func (w *clocked) process() *engine.Engine {
	w.t.Helper()
	e, err := engine.New(w.t.Context(), engine.Config{DB: w.db, Log: quiet(), Providers: append([]provider.Provider{w.m}, w.also...), SecretKey: make([]byte, 32)})
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// up has a process run from now on, down ends it.
func (w *clocked) up() {
	w.t.Helper()
	w.e = w.process()
	w.ended, w.running = w.work(w.e), true
}

func (w *clocked) down() {
	w.ended()
	w.ended, w.running = func() {}, false
}

// at sleeps until a time, UTC. A process that looks five times a second at nothing
// to do is not there until shortly before.
func (w *clocked) at(stamp string) {
	w.t.Helper()
	until, err := time.Parse("2006-01-02 15:04:05", stamp)
	if err != nil {
		w.t.Fatal(err)
	}
	if time.Until(until) < 0 {
		w.t.Fatalf("%s is over: it is %s", stamp, time.Now().UTC())
	}
	if long := time.Until(until) - 20*time.Second; long > 5*time.Minute && w.running {
		w.down()
		time.Sleep(long)
		w.up()
	}
	time.Sleep(time.Until(until))
}

func (w *clocked) read(s fettle.Schedule, change func(*fettle.Definition)) {
	w.t.Helper()
	def := fettle.Definition{
		Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{{Provider: "meter/read", Inputs: map[string]string{"name": "name"}}},
		Outputs: fettle.Outputs{{Name: "reading", Field: "reading"}}, Write: fettle.Overwrite, Follow: true, Schedule: &s,
		Limit: &fettle.Limit{Credits: credits(100_000), Per: fettle.Lifetime},
	}
	if change != nil {
		change(&def)
	}
	w.save("reading", def)
}

// bought fails the test unless so many calls were made by now.
func (w *clocked) bought(when string, want int) {
	w.t.Helper()
	if got := w.m.calls(); got != want {
		w.t.Errorf("%s (%s UTC): %d calls, want %d", when, time.Now().UTC().Format("2006-01-02 15:04:05"), got, want)
	}
}

// ticks are the ticks shown, the oldest first: "03 06:00 done 4".
func (w *clocked) ticks(zone string) []string {
	w.t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		w.t.Fatal(err)
	}
	out := []string{}
	for _, t := range slices.Backward(w.show("reading").Ticks) {
		out = append(out, fmt.Sprintf("%s %s %d", t.At.In(loc).Format("02 15:04"), t.State, t.Rows))
	}
	return out
}

func (w *clocked) ticked(zone string, want ...string) {
	w.t.Helper()
	if got := w.ticks(zone); !slices.Equal(got, want) {
		w.t.Errorf("ticks %q, want %q", got, want)
	}
}

func (w *clocked) soon() { time.Sleep(5 * time.Second) }

var daily = fettle.Schedule{Every: fettle.Interval(24 * time.Hour), At: "06:00", Zone: "Europe/Berlin"}

// TestWhatIsDueLeavesAtTheTick starts an enrichment with a schedule: what is due
// collects and says until when, leaves at the tick as a run with its estimate, and
// is told; what a person asks for again leaves at once, and nothing else with it.
func TestWhatIsDueLeavesAtTheTick(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inTime(t, kind, whatIsDueLeavesAtTheTick)
		})
	}
}

func whatIsDueLeavesAtTheTick(w *clocked) {
	t := w.t
	w.people(0, 3, "x")
	w.read(daily, nil)
	v, err := w.e.Start(t.Context(), admin, "reading", engine.StartOptions{})
	if err != nil || !strings.Contains(v.Message, "Sat 1 Jan 06:00 Europe/Berlin") {
		t.Errorf("the start says %q, %v", v.Message, err)
	}
	w.up()
	w.at("2000-01-01 04:00:00")
	w.people(3, 1, "x")
	w.at("2000-01-01 04:59:50")
	w.bought("before the tick", 0)
	v = w.show("reading")
	if len(v.WaitingFor) != 1 || v.WaitingFor[0].Reason != fettle.WaitsSchedule || v.WaitingFor[0].Rows != 4 || v.ScheduleRows != 4 ||
		!strings.Contains(v.WaitingFor[0].Detail, "Sat 1 Jan 06:00") || !v.WaitingFor[0].Until.Equal(time.Date(2000, 1, 1, 5, 0, 0, 0, time.UTC)) {
		t.Errorf("it waits for %+v, %d rows", v.WaitingFor, v.ScheduleRows)
	}
	if len(v.NextTicks) != 3 || !v.NextTicks[2].Equal(time.Date(2000, 1, 3, 5, 0, 0, 0, time.UTC)) {
		t.Errorf("the next ticks are %v", v.NextTicks)
	}
	w.at("2000-01-01 05:00:10")
	w.bought("at the tick", 4)
	w.ticked("Europe/Berlin", "01 06:00 done 4")
	tick := w.show("reading").Ticks[0]
	if tick.ToRun == nil || *tick.ToRun != 4 || *tick.HighCredits != 4*fettle.Credit || tick.SpentCredits != 4*fettle.Credit || tick.EndedAt == nil {
		t.Errorf("the tick beside its estimate: %+v", tick)
	}
	if n := w.notified("finished"); n != 1 {
		t.Errorf("%d messages that it has finished", n)
	}
	w.people(4, 2, "x") // collect
	w.soon()
	if _, err := w.e.Rerun(t.Context(), admin, "reading", engine.RerunOptions{}, true); err != nil {
		t.Fatal(err)
	}
	w.soon()
	w.bought("what a person asked for again", 8)
	if n := w.notified("finished"); n != 2 {
		t.Errorf("%d messages that it has finished", n)
	}
	one := w.ids(fettle.AllPeople)[5:]
	if _, err := w.e.RunRecords(t.Context(), admin, "reading", engine.Chosen{IDs: one}, true); err != nil {
		t.Fatal(err)
	}
	w.soon()
	w.bought("one that a person chose", 9)
	w.at("2000-01-02 05:00:10")
	w.bought("the second tick", 10)
	w.at("2000-01-03 05:00:10")
	w.ticked("Europe/Berlin", "01 06:00 done 4", "02 06:00 done 1", "03 06:00 nothing 0")
	w.people(6, 1, "x")
	w.soon()
	if _, err := w.e.Resume(t.Context(), admin, "reading", engine.StartOptions{Now: true}); err != nil {
		t.Fatal(err)
	}
	w.soon()
	w.bought("now", 11)
	if v := w.show("reading"); v.State != fettle.Live || v.Schedule.Working || !v.NextTicks[0].Equal(time.Date(2000, 1, 4, 5, 0, 0, 0, time.UTC)) {
		t.Errorf("after it ran out of turn: %+v, next %v", v.Schedule, v.NextTicks)
	}
	if n := w.notified("finished"); n != 5 {
		t.Errorf("%d messages that it has finished", n)
	}
}

// TestTicksThatPass stops the process for a week, and pauses over ticks: after the
// one there is one tick, after the other none is made up for.
func TestTicksThatPass(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			inTime(t, kind, ticksThatPass)
		})
	}
}

func ticksThatPass(w *clocked) {
	w.people(0, 2, "x")
	w.read(daily, func(d *fettle.Definition) { d.Refresh = fettle.Interval(24 * time.Hour) })
	w.start("reading")
	w.up()
	w.at("2000-01-01 05:00:10")
	w.bought("the first tick", 2)
	w.down()
	w.at("2000-01-09 12:00:00")
	w.up()
	w.soon()
	w.bought("after a week without a process", 4)
	w.at("2000-01-10 05:00:10")
	w.bought("the next tick: due since the evening, but for a tenth of a day", 4)
	w.at("2000-01-11 05:00:10")
	w.bought("the tick after", 6)
	w.pause("reading")
	w.at("2000-01-14 12:00:00")
	w.resume("reading")
	w.soon()
	w.bought("paused over three ticks", 6)
	w.at("2000-01-15 05:00:10")
	w.bought("the tick after the pause", 8)
	w.ticked("Europe/Berlin", "01 06:00 done 2", "02 06:00 done 2", "10 06:00 nothing 0", "11 06:00 done 2", "15 06:00 done 2")
	// Two processes see a tick come.
	w.at("2000-01-16 04:59:55")
	two := w.work(w.process())
	w.at("2000-01-16 05:00:10")
	two()
	w.bought("of two processes", 10)
	w.down()
	w.at("2000-01-17 05:00:10")
	w.pause("reading") // while its tick is due, and no process is there
	w.up()
	w.soon()
	w.resume("reading")
	w.soon()
	w.bought("due before a pause", 10)
}

// TestATickWhileOneWorks holds the calls of a tick over others: they are skipped,
// which is said once, and the held one goes on to its end. One that does not follow
// takes nobody meanwhile.
func TestATickWhileOneWorks(t *testing.T) {
	t.Parallel()
	for _, follow := range []bool{true, false} {
		t.Run(fmt.Sprintf("follow %v", follow), func(t *testing.T) {
			t.Parallel()
			inTime(t, storetest.SQLite, func(w *clocked) {
				w.people(0, 2, "x")
				w.read(fettle.Schedule{Cron: "* * * * *"}, func(d *fettle.Definition) { d.Follow = follow })
				w.start("reading")
				w.up()
				w.m.hold = make(chan struct{})
				w.at("2000-01-01 00:01:10")
				w.bought("held", 2)
				w.people(2, 1, "x")
				w.at("2000-01-01 00:03:10")
				want := 2
				if follow {
					want = 3
				}
				w.bought("entered while the tick works", want)
				if n := w.notified("skipped"); n != 1 {
					t.Errorf("%d messages of a skipped tick", n)
				}
				close(w.m.hold)
				w.at("2000-01-01 00:03:30")
				w.ticked("UTC", fmt.Sprintf("01 00:01 done %d", want), "01 00:02 skipped 0", "01 00:03 skipped 0")
				w.at("2000-01-01 00:04:10")
				w.bought("the next tick", 3)
			})
		})
	}
}

// TestTheLimitOfARunIsTheSizeOfATick buys so many at each tick as the limit of a
// run says: used up, it is no pause, and the rest waits for the next tick.
func TestTheLimitOfARunIsTheSizeOfATick(t *testing.T) {
	t.Parallel()
	inTime(t, storetest.SQLite, func(w *clocked) {
		two := int64(2)
		w.people(0, 5, "x")
		w.read(daily, func(d *fettle.Definition) {
			d.Limit = &fettle.Limit{Records: &two, Per: fettle.PerRun}
			d.Follow = false
		})
		w.start("reading")
		w.up()
		for day, want := range []int{2, 4, 5, 5} {
			w.at(fmt.Sprintf("2000-01-%02d 05:00:30", day+1))
			w.bought("a tick", want)
			if v := w.show("reading"); v.State != fettle.Live || v.Schedule.Working {
				t.Errorf("%s %s, %+v", v.State, v.PauseDetail, v.Schedule)
			}
		}
		w.ticked("Europe/Berlin", "01 06:00 limit 2", "02 06:00 limit 2", "03 06:00 done 1", "04 06:00 nothing 0")
	})
}
