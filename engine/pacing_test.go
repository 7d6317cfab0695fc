package engine_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// arrived are the times at which calls reached the provider, in order, and how
// many of them were too many for it.
func (w *world) arrived() (at []time.Time, refused int) {
	w.t.Helper()
	for _, c := range w.arrivals() {
		at = append(at, c.Arrival)
		if c.Outcome == "throttled" {
			refused++
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	return at, refused
}

// mostIn is the most of the times in any sliding window.
func mostIn(at []time.Time, window time.Duration) int {
	most, from := 0, 0
	for i, t := range at {
		for t.Sub(at[from]) >= window {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// within holds what arrived to a rate. That no second ever sees a call too many
// is held in fake time (pace.TestSharesAddUp): a busy machine delays calls on
// their way, so that a few seem to come too close together.
func within(t *testing.T, at []time.Time, refused, rate int) {
	t.Helper()
	t.Logf("at most %d calls in one second, %d were refused", mostIn(at, time.Second), refused)
	if most := mostIn(at, 900*time.Millisecond); most > rate*3/2 || refused*25 > len(at) {
		t.Errorf("%d calls in 0.9 seconds, %d were refused", most, refused)
	}
}

// TestRateOfAllProcesses has three processes call one provider that takes 50
// calls a second: together they make no more, and use it.
func TestRateOfAllProcesses(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, kind)
			w := newWorld(t, opened(t, dsn), sandbox.Config{HitRate: 1, Seed: 1, Latency: 500 * time.Millisecond, Rate: 50})
			w.people(0, 300, "x")
			w.save("emails", findEmail(fettle.AllPeople, 1000))
			w.start("emails")
			for range 3 {
				cmd := w.helper(dsn)
				t.Cleanup(func() {
					_ = cmd.Process.Signal(syscall.SIGTERM)
					_ = cmd.Wait()
				})
			}
			w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 300 })
			at, refused := w.arrived()
			within(t, at, refused, 50)
			// The time in which the processes find each other is left out, and the
			// end, when there is too little to do.
			begin, end := at[120], at[len(at)-30]
			used := float64(len(at)-150) / (end.Sub(begin).Seconds() * 50)
			t.Logf("%.1f %% of the rate is used", used*100)
			if used < 0.5/slowdown {
				t.Errorf("only %.1f %% of the rate is used", used*100)
			}
			w.sound()
		})
	}
}

// TestRateIsHandedOn has three engines share a rate that one of them alone
// could use up: what one that ends has held goes to the others.
func TestRateIsHandedOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		w := newWorld(t, db, sandbox.Config{HitRate: 1, Seed: 1, Latency: 50 * time.Millisecond, Rate: 20})
		w.people(0, 160, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.start("emails")
		stop := w.work(w.e)
		w.work(w.engine())
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found >= 40 })
		stop()
		w.work(w.engine())
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 160 })
		at, refused := w.arrived()
		within(t, at, refused, 20)
		w.sound()
	})
}

// TestALimitedStepBeforeAFreeOne has a waterfall whose first step's provider
// allows only so many calls, and whose second is computed here: that the second
// always has room keeps the first from nothing.
func TestALimitedStepBeforeAFreeOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, Rate: 100, Seed: 1})
	w.field("found", fettle.Text)
	w.people(0, 5, "x")
	w.save("answers", answer("found", 100, byEmail, fettle.Step{Provider: "formula", Formula: map[string]string{"answer": "name"}}))
	w.work(w.e)
	w.start("answers")
	v := w.settle("answers")
	wantRows(t, v, fettle.RowCounts{Found: 5})
	if b := w.sb.Books(); b.Calls != 5 {
		t.Errorf("%d calls", b.Calls)
	}
}
