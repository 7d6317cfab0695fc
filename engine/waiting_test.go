package engine_test

import (
	"sync/atomic"
	"testing"
	"time"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// waits holds that an enrichment says that it waits for something.
func (w *world) waits(name string, want fettle.WaitReason) {
	w.t.Helper()
	v := w.show(name)
	for _, r := range v.WaitingFor {
		if r.Reason == want && r.Detail != "" {
			return
		}
	}
	w.t.Errorf("%s waits for %+v, want %s", name, v.WaitingFor, want)
}

// TestWhatItWaitsForIsShown holds that an enrichment with rows left that does
// not move says why, as it is stored, and says nothing once it is done.
func TestWhatItWaitsForIsShown(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		w := newWorld(t, db, cfg)
		w.people(0, 5, "in")
		w.save("emails", findEmail(fettle.AllPeople, 50))
		if v := w.show("emails"); len(v.WaitingFor) != 0 {
			t.Errorf("a draft waits for %+v", v.WaitingFor)
		}
		w.start("emails")
		w.waits("emails", fettle.WaitsPlanning)
		w.waits("emails", fettle.WaitsNobody)
		stop := w.work(w.e)
		w.settle("emails")
		if v := w.show("emails"); len(v.WaitingFor) != 0 {
			t.Errorf("done, it waits for %+v", v.WaitingFor)
		}
		stop()
	})
}

// TestWhatKeepsAnotherProcessIsNoRiddle has another process make the calls, of
// which a provider that answers nothing sound takes few: the one that is asked
// knows nothing of that provider, and names the other or its pace.
func TestWhatKeepsAnotherProcessIsNoRiddle(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var calls atomic.Int64
		w := between(t, db, sandbox.Defaults(), broken(429, "application/json", `{"error": {"code": "throttled"}}`, &calls))
		w.people(0, 2000, "x")
		w.save("emails", findEmail(fettle.AllPeople, 5000))
		w.work(w.engine())
		w.start("emails")
		told := 0
		for end := time.Now().Add(patience); told < 5; time.Sleep(20 * time.Millisecond) {
			v := w.show("emails")
			if time.Now().After(end) {
				t.Fatalf("it never stood still: %+v", v)
			}
			for _, r := range v.WaitingFor {
				switch r.Reason {
				case fettle.WaitsNothing:
					t.Fatalf("a riddle: %+v", r)
				case fettle.WaitsElsewhere, fettle.WaitsRate:
					told++
				default:
				}
			}
		}
	})
}
