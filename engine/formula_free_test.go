package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAFormulaIsWorkedOutForFree: what a formula gives was never bought, before it
// runs, in a pilot and when its values are cleared. A pilot of it works out as many
// rows as were asked for, and one with nothing to try is refused with the reason.
func TestAFormulaIsWorkedOutForFree(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 6, "Engineer")
		def := computed("name", "city")
		def.Outputs[0] = fettle.Output{Name: "score", Field: "location"}
		w.save("city", def)
		defer w.work(w.e)()
		told := func(what string, computed, reused int64) {
			t.Helper()
			est, err := w.e.Estimate(t.Context(), admin, "city", engine.EstimateOptions{})
			if err != nil || est.Computed != computed || est.Reused != reused || est.ToRun != 0 {
				t.Errorf("%s: %d to work out, %d bought before, %d to buy, %v", what, est.Computed, est.Reused, est.ToRun, err)
			}
		}
		told("before", 6, 0)
		if _, err := w.e.Pilot(t.Context(), admin, "city", 4); err != nil {
			t.Fatal(err)
		}
		w.until("city", func(v fettle.EnrichmentView) bool { return !v.Piloting })
		in := engine.EditsInput{Entity: fettle.People, Preview: true}
		for _, id := range w.ids(fettle.AllPeople) {
			if w.value(id, "location") != nil {
				in.Edits = append(in.Edits, engine.Edit{Record: id, Field: "location", Value: nil})
			}
		}
		v, err := w.e.EditRecords(t.Context(), editor, in)
		if err != nil || len(in.Edits) != 4 || v.Change.Bought != 0 {
			t.Errorf("%d were worked out, %+v, %v", len(in.Edits), v.Change, err)
		}
		w.start("city")
		w.settle("city")
		if _, err := w.e.Pause(t.Context(), admin, "city"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.e.Pilot(t.Context(), admin, "city", 4); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("a pilot of nothing: %v", err)
		}
	})
}
