package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
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

// TestSimulation runs two workers on one file in fake time, against a
// provider that is slow, loses answers, bills and then fails, throttles, hangs;
// workers stand still for longer than their lease, and die. FETTLE_TEST_SEED
// repeats one run's chances; how goroutines take turns is up to the machine.
func TestSimulation(t *testing.T) {
	t.Parallel()
	runs, blows := 1, 4
	if os.Getenv("CHAOS_FOR") != "" {
		runs, blows = 30, 25
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("FETTLE_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
		runs, blows = 1, 25
	}
	dsn := make([]string, runs)
	for i := range dsn {
		dsn[i] = storetest.DSN(t, storetest.SQLite)
	}
	for i := range runs {
		t.Run(fmt.Sprint("seed ", seed+uint64(i)), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { simulate(t, dsn[i], blows, rand.New(rand.NewPCG(seed+uint64(i), 0))) })
		})
	}
}

// workers is how many work in a simulation.
const workers = 2

// simulation is a workspace in fake time.
type simulation struct {
	*world
	dsn  string
	p    *moody
	stop []func()
	fuse []*storetest.Fuse
}

func simulate(t *testing.T, dsn string, blows int, rnd *rand.Rand) {
	p := &moody{
		resend: rnd.IntN(2) == 0, rnd: rand.New(rand.NewPCG(rnd.Uint64(), 1)),
		billed: map[string]fettle.Credits{}, asked: map[string]int{}, first: map[string]provider.Result{},
	}
	s := &simulation{world: &world{t: t}, dsn: dsn, p: p}
	var closeAll func()
	s.e, closeAll = s.process(storetest.BeforePoint(0))
	defer closeAll()
	one := fettle.Credit
	if err := s.e.SetConnection(t.Context(), admin, "moody", engine.ConnectionInput{UnitCredits: &one}); err != nil {
		t.Fatal(err)
	}
	s.people(0, 40, "x")
	def := fettle.Definition{
		Audience: []string{fettle.AllPeople}, Steps: []fettle.Step{{Provider: "moody/ask", Inputs: map[string]string{"name": "name"}}},
		Outputs: fettle.Outputs{{Name: "answer", Field: "title"}}, Write: fettle.OverwriteAll, Follow: true, Limit: &fettle.Limit{Credits: credits(20)},
	}
	s.save("answers", def)
	for range workers {
		s.hire()
	}
	s.start("answers")
	highest := int64(20)
	for range blows {
		time.Sleep(time.Duration(rnd.IntN(6000)) * time.Millisecond)
		switch i := rnd.IntN(workers); rnd.IntN(5) {
		case 0: // it stands still
			goOn := s.fuse[i].Hold()
			time.AfterFunc(time.Duration(rnd.IntN(40))*time.Second, goOn)
		case 1: // it dies
			s.fuse[i].Blow()
			s.stop[i]()
			s.stop, s.fuse = append(s.stop[:i], s.stop[i+1:]...), append(s.fuse[:i], s.fuse[i+1:]...)
			s.hire()
		case 2:
			highest += rnd.Int64N(10)
			s.limit("answers", highest, false)
			if s.show("answers").State == fettle.Paused {
				s.resume("answers")
			}
		}
		s.within("answers")
	}
	time.Sleep(40 * time.Second)
	s.limit("answers", 1000, false)
	v := s.show("answers")
	for end := time.Now().Add(2 * time.Hour); v.InFlight > 0 || v.Planning || v.RemainingRows > v.HeldRows; v = s.show("answers") {
		if time.Now().After(end) {
			t.Fatalf("it does not come to rest: %+v", v.Rows)
		}
		if v.State == fettle.Paused {
			s.resume("answers") // for failures in a row
		}
		time.Sleep(5 * time.Second)
	}
	s.judge(v)
	for _, stop := range s.stop {
		stop()
	}
}

// process opens the database as a process of its own does.
func (s *simulation) process(f *storetest.Fuse) (e *engine.Engine, closeAll func()) {
	s.t.Helper()
	db, err := store.OpenThrough(s.t.Context(), s.dsn, quiet(), f.Through)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.db == nil {
		s.db = db
	}
	e, err = engine.New(s.t.Context(), engine.Config{DB: db, Log: quiet(), Providers: []provider.Provider{s.p}, SecretKey: make([]byte, 32), Lease: 10 * time.Second})
	if err != nil {
		s.t.Fatal(err)
	}
	return e, func() { _ = db.Close() }
}

// hire starts a worker.
func (s *simulation) hire() {
	s.t.Helper()
	f := storetest.BeforePoint(0)
	e, closeAll := s.process(f)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = e.Run(ctx) // it may die
	}()
	s.fuse = append(s.fuse, f)
	s.stop = append(s.stop, sync.OnceFunc(func() {
		cancel()
		s.t.Cleanup(func() { <-ended; closeAll() })
	}))
}

// judge holds the books of both sides against each other.
func (s *simulation) judge(v fettle.EnrichmentView) {
	s.t.Helper()
	r := v.Rows
	if n := r.Found + r.NotFound + r.Failed + r.Unknown + r.Waiting; n != 40 || v.ReservedCredits != 0 {
		s.t.Errorf("of 40 rows %+v, %s reserved", r, v.ReservedCredits)
	}
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	for name, n := range s.p.asked {
		if n > 1 {
			s.t.Errorf("%s was billed %d times", name, n)
		}
	}
	var billed fettle.Credits
	for _, c := range s.p.billed {
		billed += c
	}
	if v.SpentCredits > billed || billed > v.SpentCredits+v.UnknownCredits {
		s.t.Errorf("billed %s; %s spent, %s unknown", billed, v.SpentCredits, v.UnknownCredits)
	}
	s.sound()
}

// moody is a provider of the test's own, with books.
type moody struct {
	resend bool

	mu     sync.Mutex
	rnd    *rand.Rand
	billed map[string]fettle.Credits // by key
	asked  map[string]int            // times that an input was billed
	first  map[string]provider.Result
}

func (*moody) Describe() provider.Description {
	return provider.Description{Name: "moody", Title: "Moody", Kind: provider.Data, Unit: "credit", MaxConcurrent: 10, Operations: []provider.OperationInfo{moodyInfo()}}
}

func moodyInfo() provider.OperationInfo {
	return provider.OperationInfo{
		ID: "moody/ask", Title: "Ask", Inputs: []provider.Param{{Name: "name", Type: fettle.Text}}, RequireAny: [][]string{{"name"}},
		Outputs: []provider.Param{{Name: "answer", Type: fettle.Text}},
	}
}

func (m *moody) Prepare(fettle.Step, provider.Connection) (provider.Operation, error) { return m, nil }

func (*moody) Info() provider.OperationInfo { return moodyInfo() }

func (*moody) Fingerprint() string { return "moody:1" }

func (*moody) Quote(provider.Call) (provider.Quote, bool) {
	return provider.Quote{Expected: provider.Unit, HitMax: provider.Unit, MissMax: provider.Unit}, true
}
func (m *moody) Recovery() provider.Recovery { return provider.Recovery{Resend: m.resend} }

// Do decides when the call arrives what becomes of it, and tells after a while.
func (m *moody) Do(ctx context.Context, call provider.Call) (provider.Result, error) {
	m.mu.Lock()
	mood, wait := m.rnd.IntN(100), time.Duration(m.rnd.IntN(8000))*time.Millisecond
	res := provider.Result{Outcome: provider.Found, Outputs: map[string]any{"answer": "yes"}, Units: provider.Unit}
	switch {
	case mood < 60:
	case mood < 75:
		res.Outcome, res.Outputs = provider.NotFound, nil
	case mood < 80:
		res = provider.Result{Outcome: provider.Throttled, RetryAfter: time.Second}
	case mood < 85:
		res = provider.Result{Outcome: provider.Transient}
	case mood < 95:
		wait *= 6
	default:
		wait = time.Hour // nobody waits so long
	}
	if res.Units > 0 {
		res = m.bill(call, res)
	}
	lost := res.Units > 0 && m.rnd.IntN(12) == 0
	m.mu.Unlock()
	select {
	case <-time.After(wait):
	case <-ctx.Done():
		lost = true
	}
	if lost {
		return provider.Result{Outcome: provider.Unknown, Message: "the answer was lost"}, nil
	}
	return res, nil
}

// bill writes a call into the books; with idempotency, a key is billed once
// and answered as before.
func (m *moody) bill(call provider.Call, res provider.Result) provider.Result {
	if first, ok := m.first[call.Key]; ok && m.resend {
		return first
	}
	m.first[call.Key] = res
	m.billed[call.Key] += res.Units
	m.asked[fmt.Sprint(call.Inputs["name"])]++
	return res
}
