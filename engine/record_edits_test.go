package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

func TestEditsAreAllOrNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "Engineer")
		w.field("score", fettle.Number)
		ids := w.ids(fettle.AllPeople)
		in := engine.EditsInput{Entity: fettle.People, Edits: []engine.Edit{
			{Record: ids[0], Field: "title", Value: "Chief"},
			{Record: ids[1], Field: "score", Value: "many"},
			{Record: ids[1], Field: "title", Value: nil},
		}}
		_, err := w.e.EditRecords(ctx, viewer, in)
		refused(t, err, fettle.NotAllowed)
		_, err = w.e.EditRecords(ctx, editor, in)
		refused(t, err, fettle.Invalid)
		if v := w.value(ids[0], "title"); v != "Engineer" {
			t.Errorf("refused, and yet the title is %v", v)
		}
		in.Edits[1].Value = 7
		v, err := w.e.EditRecords(ctx, editor, in)
		if err != nil || len(v.Edits) != 3 || v.Left != 0 || v.Edits[0].Old != "Engineer" {
			t.Fatalf("%+v, %v", v, err)
		}
		if a, b, c := w.value(ids[0], "title"), w.value(ids[1], "score"), w.value(ids[1], "title"); a != "Chief" || b != 7.0 || c != nil {
			t.Errorf("%v, %v, %v", a, b, c)
		}

		// Taken back, but not what someone else has changed since.
		w.edit(ids[0], "title", "Captain")
		back := engine.EditsInput{Entity: fettle.People, Checked: true}
		for _, d := range v.Edits {
			back.Edits = append(back.Edits, engine.Edit{Record: d.Record, Field: d.Field, Value: d.Old, Old: d.Value})
		}
		v, err = w.e.EditRecords(ctx, editor, back)
		if err != nil || len(v.Edits) != 2 || v.Left != 1 {
			t.Fatalf("%+v, %v", v, err)
		}
		if a, b, c := w.value(ids[0], "title"), w.value(ids[1], "score"), w.value(ids[1], "title"); a != "Captain" || b != nil || c != "Engineer" {
			t.Errorf("%v, %v, %v", a, b, c)
		}
	})
}

func TestEditsAskBeforeTheySpend(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 150, "Intern")
		w.audience("engineers", `title == "Engineer"`)
		def := findEmail("engineers", 1000)
		def.Follow = true
		w.save("work-email", def)
		w.work(w.e)
		w.start("work-email")
		in := engine.EditsInput{Entity: fettle.People}
		for _, id := range w.ids(fettle.AllPeople) {
			in.Edits = append(in.Edits, engine.Edit{Record: id, Field: "title", Value: "Engineer"})
		}
		_, err := w.e.EditRecords(ctx, editor, in)
		refused(t, err, fettle.Confirm, "--yes")
		if n := w.show("work-email").Rows.Found; n != 0 {
			t.Fatalf("%d rows were bought before it was confirmed", n)
		}
		in.Confirm = true
		if _, err := w.e.EditRecords(ctx, editor, in); err != nil {
			t.Fatal(err)
		}
		w.until("work-email", func(v fettle.EnrichmentView) bool { return v.PaidRows == 150 })
	})
}
