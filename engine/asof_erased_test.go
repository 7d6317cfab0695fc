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

// TestThePastIsWithoutWhatWasErased looks at a time before records were erased, one of
// them with another that had become part of it: nothing of them is known, so that they
// are no members of an audience of blank titles either, and left none.
func TestThePastIsWithoutWhatWasErased(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 4, "")
		w.audience("blank", `blank(title)`)
		ids := w.ids(fettle.AllPeople)
		then := time.Now()
		w.merge(ids[0], ids[1])
		for i, erase := range []bool{true, false} {
			if _, err := w.e.DeleteRecords(ctx, editor, []int64{ids[2*i]}, "", erase); err != nil {
				t.Fatal(err)
			}
		}
		if c, err := w.e.CountAsOf(ctx, viewer, "blank", then, false); err != nil || c.Count != 2 || c.Erased != 1 {
			t.Errorf("%d were there, %d were erased: %v", c.Count, c.Erased, err)
		}
		m, err := w.e.AudienceMoves(ctx, viewer, "blank", engine.MovesQuery{From: then, To: time.Now()})
		if err != nil || len(m.Entered) != 0 || len(m.Left) != 1 || m.Left[0].RecordID != ids[2] || m.Erased != 1 {
			t.Errorf("moves: %+v: %v", m, err)
		}
		_, err = w.e.RecordAsOf(ctx, viewer, ids[0], then)
		w.code(fettle.NotFound, err, "the past of what was erased")
	})
}
