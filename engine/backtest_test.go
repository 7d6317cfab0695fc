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

// clerk is a provider in this process that keeps its own books, by operation and
// UTC day. A call costs one unit, whatever it finds.
type clerk struct {
	mu    sync.Mutex
	books map[string]map[fettle.Day]int64
}

type clerkOp struct {
	*clerk
	id string
}

func clerkInfo(id string) provider.OperationInfo {
	in := []provider.Param{{Name: "name", Type: fettle.Text}, {Name: "title", Type: fettle.Text}}
	return provider.OperationInfo{ID: "clerk/" + id, Title: id, Inputs: in, Outputs: []provider.Param{{Name: "note", Type: fettle.Text}}}
}

func (*clerk) Describe() provider.Description {
	return provider.Description{Name: "clerk", Title: "Clerk", Kind: provider.Data, Unit: "credit", Operations: []provider.OperationInfo{clerkInfo("a"), clerkInfo("b")}}
}

func (c *clerk) Prepare(s fettle.Step, _ provider.Connection) (provider.Operation, error) {
	return clerkOp{c, s.Provider[len("clerk/"):]}, nil
}

func (o clerkOp) Info() provider.OperationInfo { return clerkInfo(o.id) }

func (o clerkOp) Fingerprint() string { return "clerk/" + o.id }

func (clerkOp) Recovery() provider.Recovery { return provider.Recovery{} }

func (clerkOp) Quote(provider.Call) (provider.Quote, bool) {
	return provider.Quote{Low: provider.Unit, Expected: provider.Unit, HitMax: provider.Unit, MissMax: provider.Unit}, true
}

func (o clerkOp) Do(_ context.Context, call provider.Call) (provider.Result, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.books[o.id] == nil {
		o.books[o.id] = map[fettle.Day]int64{}
	}
	o.books[o.id][fettle.DayOf(time.Now())]++
	return provider.Result{Outcome: provider.Found, Units: provider.Unit, Outputs: map[string]any{"note": fmt.Sprint("about ", call.Inputs["name"], ", ", call.Inputs["title"])}}, nil
}

func clerkDefinition(op, field string, refresh time.Duration, limit *fettle.Limit) fettle.Definition {
	return fettle.Definition{
		Audience: []string{"wanted"}, Steps: []fettle.Step{{Provider: "clerk/" + op, Inputs: map[string]string{"name": "name", "title": "title"}}},
		Outputs: fettle.Outputs{{Name: "note", Field: field}}, Write: fettle.Overwrite, Follow: true, RerunOn: "inputs",
		Refresh: fettle.Interval(refresh), Limit: limit,
	}
}

// twinSize is how long and how busy the life is that a backtest is compared with.
type twinSize struct {
	days    int
	writes  int // a day, fewer than so many
	refresh time.Duration
	limit   fettle.Limit
	every   int // of the pictures, which are compared
	kinds   []string
}

// TestBacktestIsWhatWasBought lives through weeks of fake time with people who come,
// change, merge, come apart and are deleted, beside an enrichment that is paused and
// has a limit, and one that runs unhindered. As run, the backtest is the books of
// the first to the credit, day by day; otherwise it is those of the second. At each
// day's end the test writes down who is in; what is told of the past is the same.
//
// With CHAOS_FOR set it is 90 days with a monthly limit, on both databases, and all
// pictures are compared; CHAOS_SEED lives another life.
func TestBacktestIsWhatWasBought(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	size := twinSize{30, 5, 10*day - time.Hour, fettle.Limit{Credits: credits(3), Per: fettle.PerDay}, 5, []string{storetest.SQLite}}
	if os.Getenv("CHAOS_FOR") != "" {
		size = twinSize{90, 8, 30*day - time.Hour, fettle.Limit{Credits: credits(25), Per: fettle.PerMonth}, 1, storetest.Kinds()}
	}
	for _, kind := range size.kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, kind)
			synctest.Test(t, func(t *testing.T) {
				db, err := store.Open(t.Context(), dsn, quiet())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = db.Close() })
				newTwins(t, db, size).live()
			})
		})
	}
}

// twins are two enrichments of one life, with the provider that keeps their books.
type twins struct {
	*pastWorld
	size     twinSize
	clerk    *clerk
	pictures []picture
}

func newTwins(t *testing.T, db *store.DB, size twinSize) *twins {
	t.Helper()
	seed := seedOr(t, 3) // records merge, come apart and merge again
	w := &twins{
		pastWorld: &pastWorld{world: &world{t: t, db: db}, rnd: rand.New(rand.NewPCG(seed, 0)), filters: map[string]string{}},
		size:      size, clerk: &clerk{books: map[string]map[fettle.Day]int64{}},
	}
	w.process()
	w.priced("clerk")
	time.Sleep(10 * time.Hour)
	w.people(0, 6, "engineer")
	w.field("note_a", fettle.Text)
	w.field("note_b", fettle.Text)
	for name, where := range map[string]string{"wanted": `title != "boss"`, "some": pastFilters[0], "steel": pastFilters[2], "new": `within(created_at, "5d")`} {
		w.filters[name] = where
		w.audience(name, where)
	}
	w.save("hindered", clerkDefinition("a", "note_a", size.refresh, &size.limit))
	w.save("twin", clerkDefinition("b", "note_b", size.refresh, &fettle.Limit{None: true, Per: fettle.Lifetime}))
	w.start("hindered")
	w.start("twin")
	return w
}

func (w *twins) process() { w.world.process(w.clerk) }

// moment has a process there for two seconds, with a write in the middle. It looks
// for what is due when it begins, and then each minute: of what is written in
// between it would be chance whether it is bought.
func (w *twins) moment(write func()) {
	w.t.Helper()
	w.process()
	stop := w.work(w.e)
	time.Sleep(time.Second)
	write()
	time.Sleep(time.Second)
	stop()
	time.Sleep(time.Minute)
}

func (w *twins) live() {
	w.t.Helper()
	began, idle := time.Now(), func() {}
	for day := range w.size.days {
		time.Sleep(time.Until(began.Add(time.Duration(day) * 24 * time.Hour)))
		w.process()
		if day == 8 {
			w.pause("hindered")
		}
		if day == 12 {
			if _, err := w.e.Resume(w.t.Context(), admin, "hindered", engine.StartOptions{Confirm: true}); err != nil {
				w.t.Fatal(err)
			}
		}
		w.moment(idle)
		time.Sleep(2 * time.Hour)
		w.moment(idle)
		for range w.rnd.IntN(w.size.writes) {
			w.moment(w.write)
		}
		w.moment(idle)
		time.Sleep(time.Until(began.Add(time.Duration(day)*24*time.Hour + 13*time.Hour + 59*time.Minute)))
		w.pictures = append(w.pictures, w.picture())
	}
	w.sameBooks(w.clerk.books["a"], "hindered", true)
	w.sameBooks(w.clerk.books["b"], "hindered", false)
	w.sameBooks(w.clerk.books["b"], "twin", true)
	for i, pic := range w.pictures {
		if (i+1)%w.size.every == 0 {
			w.compare(i, pic)
		}
	}
	w.movesAddUp(w.pictures)
	w.t.Logf("written (merges of people and companies: 7, 8; unmerges: 9; deletions: 6; filters: 11): %v", w.did)
	w.sound()
}

// seedOr reads CHAOS_SEED, the seed of a history; without it a fixed one is taken.
func seedOr(t *testing.T, fixed uint64) uint64 {
	t.Helper()
	text := os.Getenv("CHAOS_SEED")
	if text == "" {
		return fixed
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("CHAOS_SEED is %q: write a number", text)
	}
	return seed
}

// sameBooks compares a backtest with books, day by day.
func (p *pastWorld) sameBooks(books map[fettle.Day]int64, name string, asRun bool) {
	p.t.Helper()
	bt, err := p.e.Backtest(p.t.Context(), viewer, name, 120, asRun)
	if err != nil {
		p.t.Fatal(err)
	}
	first, paid := bt.FirstRunCredits, int64(0)
	for _, d := range bt.ByDay {
		got := d.Credits
		if d.Credits += first; books[d.Day] > 0 && first > 0 {
			got, first = d.Credits, 0
		}
		if want := fettle.Credits(books[d.Day]) * fettle.Credit; got != want {
			p.t.Errorf("%s, as run %t: %s: %s credits, the books say %s (%+v)", name, asRun, d.Day, got, want, d)
		}
		paid += books[d.Day]
	}
	if bt.Credits != fettle.Credits(paid)*fettle.Credit {
		p.t.Errorf("%s, as run %t: %s credits, the books say %d", name, asRun, bt.Credits, paid)
	}
	p.t.Logf("%s, as run %t: %s credits of %d records", name, asRun, bt.Credits, bt.Records)
}

// movesAddUp compares who is said to have entered and left with the counts.
func (p *pastWorld) movesAddUp(pictures []picture) {
	p.t.Helper()
	for _, ends := range [][2]int{{0, len(pictures) - 1}, {3, 9}, {9, 19}} {
		a, b := pictures[ends[0]], pictures[ends[1]]
		for name := range p.filters {
			n, after := a.counts[name], ""
			for {
				m, err := p.e.AudienceMoves(p.t.Context(), viewer, name, engine.MovesQuery{From: a.at, To: b.at, Then: true, After: after, Limit: 2})
				if err != nil {
					p.t.Fatal(err)
				}
				n += int64(len(m.Entered) - len(m.Left))
				if after = m.Next; after == "" {
					break
				}
			}
			if n != b.counts[name] {
				p.t.Errorf("%s had %d and then %d, and with who moved %d", name, a.counts[name], b.counts[name], n)
			}
		}
	}
}
