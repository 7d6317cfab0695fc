package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestUndoTellsWhatWroteLast lists changes by when they last wrote, with how much
// they changed and in plain words: what was bought after a resume stands above what
// was edited between, and a run that wrote nothing is not listed.
func TestUndoTellsWhatWroteLast(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		cfg.HitRate = 1
		w := newWorld(t, db, cfg)
		w.people(0, 6, "x")
		ids := w.ids(fettle.AllPeople)
		w.work(w.e)
		w.save("email", findEmail(fettle.AllPeople, 4))
		if _, err := w.e.Pilot(t.Context(), admin, "email", 2); err != nil {
			t.Fatal(err)
		}
		w.until("email", func(v fettle.EnrichmentView) bool { return !v.Piloting && v.InFlight == 0 })
		w.start("email")
		w.settle("email") // its limit is reached
		w.edit(ids[0], "title", "CTO")
		w.limit("email", 20, true)
		w.settle("email")
		w.looked()

		sets := w.sets("")
		var got []string
		for _, s := range sets {
			got = append(got, s.What)
		}
		want := "run of email|edit of 1 value in title|try of a few rows of email"
		if text := strings.Join(got, "|"); text != want {
			t.Fatalf("%s, want %s", text, want)
		}
		if run, try := sets[0], sets[2]; run.Cells != 4 || run.Begun == nil || !run.Begun.Before(run.At) || try.Cells != 2 {
			t.Errorf("%+v\n%+v", run, try)
		}
		id := sets[0].ID
		would := w.wouldTake(id)
		did := w.take(id)
		if did.Blanked != 4 || did.Restored != 4 || did.String() != would.String() || !strings.Contains(did.String(), "4 values blank again") {
			t.Errorf("did %s, would %s: %+v", did, would, did)
		}
		again := w.take(did.ID)
		if sets = w.sets("undo"); len(sets) != 2 || sets[0].What != "run of email, done again" || sets[1].What != "undo of run of email" || again.Blanked != 0 {
			t.Errorf("%+v", sets)
		}
		if len(w.sets("run")) != 2 {
			t.Fatalf("%+v", w.sets("run"))
		}
		w.pause("email")
		w.start("email") // nothing is left to buy
		w.settle("email")
		if runs := w.sets("run"); len(runs) != 2 || runs[0].ID != id {
			t.Errorf("a run that wrote nothing is listed: %+v", runs)
		}
	})
}
