package engine_test

import (
	"testing"

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
