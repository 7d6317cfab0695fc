package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestReasonsCountEveryRow groups rows by what was said of them, also those
// beyond the first page of rows.
func TestReasonsCountEveryRow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 1600, "x")
		ids := w.ids(fettle.AllPeople)
		var edits []engine.Edit
		for i, id := range ids[:1500] {
			field := "company_domain"
			if i%5 == 0 {
				field = "name"
			}
			edits = append(edits, engine.Edit{Record: id, Field: field})
		}
		if _, err := w.e.EditRecords(t.Context(), admin, engine.EditsInput{Entity: fettle.People, Edits: edits}); err != nil {
			t.Fatal(err)
		}
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		w.start("emails")
		wantRows(t, w.settle("emails"), fettle.RowCounts{Found: 100, MissingInput: 1500})

		reasons := w.reasons("emails", fettle.MissingInput, 20)
		if len(reasons) != 2 || reasons[0].Rows != 1200 || reasons[1].Rows != 300 {
			t.Fatalf("%+v", reasons)
		}
		if first := w.reasons("emails", fettle.MissingInput, 1); len(first) != 1 || first[0] != reasons[0] {
			t.Errorf("not the most frequent alone: %+v", first)
		}
		if found := w.reasons("emails", fettle.Found, 20); len(found) != 1 || found[0] != (fettle.ReasonView{Rows: 100}) {
			t.Errorf("of what was found nothing was said: %+v", found)
		}
		rows, _, err := w.e.Rows(t.Context(), admin, "emails", engine.RowQuery{Outcome: fettle.MissingInput, Detail: reasons[1].Detail, Limit: 1000})
		if err != nil || len(rows) != 300 {
			t.Errorf("%d rows of %q, %v", len(rows), reasons[1].Detail, err)
		}
	})
}

func (w *world) reasons(name string, outcome fettle.Outcome, limit int) []fettle.ReasonView {
	w.t.Helper()
	out, err := w.e.Reasons(w.t.Context(), admin, name, engine.RowQuery{Outcome: outcome, Limit: limit})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}
