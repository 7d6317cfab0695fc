package engine_test

import (
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestABoughtValueSaysWhenItComesDue holds that a value is due a refresh period
// after its purchase, of two enrichments by the first, and that none comes due
// that a person set, whose record left the audience, or that nobody refreshes.
func TestABoughtValueSaysWhenItComesDue(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "x")
		w.audience("here", `title == "x"`)
		ids := w.ids("here")
		defer w.work(w.e)()
		run := func(name string, refresh time.Duration) {
			def := findEmail("here", 100)
			def.Refresh = fettle.Interval(refresh)
			w.save(name, def)
			w.start(name)
			w.settle(name)
		}
		wantDue := func(when string, id int64, by string, after time.Duration, paused bool) {
			t.Helper()
			v := w.emailOf(id)
			switch d := v.Due; {
			case by == "" && d != nil:
				t.Errorf("%s: it is due %+v, want never", when, *d)
			case by != "" && (d == nil || v.Purchase == nil || *d != engine.DueDetail{Enrichment: by, At: v.Purchase.At.Add(after), Paused: paused}):
				t.Errorf("%s: it is due %+v, want by %s %s after %+v", when, d, by, after, v.Purchase)
			}
		}
		run("once", 0)
		wantDue("without refresh", ids[0], "", 0, false)
		run("monthly", 30*day)
		wantDue("reused", ids[0], "monthly", 30*day, false)
		run("weekly", 7*day)
		wantDue("by two", ids[0], "weekly", 7*day, false)
		w.pause("weekly")
		wantDue("paused", ids[0], "weekly", 7*day, true)
		w.edit(ids[1], "email", "by@hand.com")
		wantDue("by hand", ids[1], "", 0, false)
		w.edit(ids[2], "title", "gone")
		wantDue("left", ids[2], "", 0, false)
	})
}

func (w *world) emailOf(id int64) engine.ValueDetail {
	w.t.Helper()
	r, err := w.e.Record(w.t.Context(), admin, id)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range r.Values {
		if v.Field == "email" {
			return v
		}
	}
	w.t.Fatal("no e-mail field")
	return engine.ValueDetail{}
}
