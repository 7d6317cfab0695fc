package engine_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"fettle"
	"fettle/store/storetest"
)

// patient is a context that ends after it was asked so often whether it has.
type patient struct {
	context.Context //nolint:containedctx // it is one
	left            *atomic.Int64
}

func (p patient) Err() error {
	if p.left.Add(-1) < 0 { // asked by each reader of the database, too
		return context.DeadlineExceeded
	}
	return p.Context.Err()
}

// TestBacktestLooksOnceAtWhatItReuses lives through eleven days beside an enrichment
// that refreshes often, and a value of it that a person replaced. What is due again
// and costs nothing is looked at once, not at each microsecond from then on.
func TestBacktestLooksOnceAtWhatItReuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &clerk{books: map[string]map[fettle.Day]int64{}}
		w := &world{t: t, db: storetest.Open(t)}
		process := func() { w.process(c) }
		process()
		w.priced("clerk")
		w.people(0, 3, "engineer")
		w.field("note_a", fettle.Text)
		w.field("note_b", fettle.Text)
		w.audience("wanted", `title != "boss"`)
		often := clerkDefinition("a", "note_a", 10*24*time.Hour-time.Hour, &fettle.Limit{None: true, Per: fettle.Lifetime})
		often.Refresh = fettle.Interval(3*24*time.Hour - time.Hour)
		w.save("often", often)
		w.save("draft", clerkDefinition("a", "note_b", 10*24*time.Hour-time.Hour, nil))
		time.Sleep(time.Minute) // the draft would have bought first
		w.start("often")
		for day := range 11 {
			process()
			stop := w.work(w.e)
			time.Sleep(3 * time.Second)
			if day == 1 {
				if err := w.e.EditRecord(t.Context(), admin, w.ids("wanted")[0], "note_a", "my own", true); err != nil {
					t.Fatal(err)
				}
			}
			stop()
			time.Sleep(24*time.Hour - 3*time.Second)
		}
		paid := int64(0)
		for _, n := range c.books["a"] {
			paid += n
		}
		// Of the value that a person replaced the other bought no newer answer: the draft asks again.
		for name, want := range map[string]int64{"often": paid, "draft": 3 + 1} {
			var left atomic.Int64
			left.Store(10_000)
			bt, err := w.e.Backtest(patient{t.Context(), &left}, viewer, name, 90, false)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if bt.Credits != fettle.Credits(want)*fettle.Credit {
				t.Errorf("%s: %s credits for %d", name, bt.Credits, want)
			}
			if name == "often" && paid != 3+3*2 {
				t.Errorf("the books say %d", paid)
			}
		}
	})
}
