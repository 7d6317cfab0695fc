package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestChosenRecords chooses by a query without some, and does things to all of them
// at once: each is one step that can be taken back.
func TestChosenRecords(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 12, "Engineer")
		all := w.ids(fettle.AllPeople)
		ones := engine.Chosen{Query: engine.Query{Entity: fettle.People, Where: `name.endsWith("1")`}}
		ids, err := w.e.ChosenIDs(ctx, viewer, ones)
		if err != nil || len(ids) != 2 {
			t.Fatalf("%v, %v", ids, err)
		}
		most := engine.Chosen{Query: engine.Query{Entity: fettle.People}, Except: ids}
		v, err := w.e.CountChosen(ctx, viewer, most)
		if err != nil || v != (engine.ChosenView{Records: 10}) {
			t.Errorf("%+v, %v", v, err)
		}
		for _, wrong := range []engine.Chosen{{}, {IDs: all, Query: engine.Query{Entity: fettle.People}}} {
			_, err := w.e.CountChosen(ctx, viewer, wrong)
			refused(t, err, fettle.Invalid, "not both")
		}

		in := engine.SetInput{Chosen: most, Field: "title", Value: "Captain", Preview: true}
		_, err = w.e.SetField(ctx, viewer, in)
		refused(t, err, fettle.NotAllowed)
		would, err := w.e.SetField(ctx, editor, in)
		if err != nil || would.Change != (engine.EditsChange{Cells: 10, Records: 10}) || would.Set != "" {
			t.Errorf("%+v, %v", would, err)
		}
		in.Preview = false
		done, err := w.e.SetField(ctx, editor, in)
		if err != nil || done.Change != would.Change || done.Set == "" {
			t.Fatalf("%+v, %v", done, err)
		}
		if a, b := w.value(ids[0], "title"), w.value(all[0], "title"); a != "Engineer" || b != "Captain" {
			t.Errorf("%v, %v", a, b)
		}
		if _, err := w.e.TakeBack(ctx, editor, done.Set, false, true); err != nil || w.value(all[0], "title") != "Engineer" {
			t.Errorf("taken back: %v, %v", w.value(all[0], "title"), err)
		}
		again, err := w.e.SetField(ctx, editor, engine.SetInput{Chosen: most, Field: "title", Value: "Engineer"})
		if err != nil || again.Set != "" || again.Change.Cells != 0 {
			t.Errorf("nothing to change: %+v, %v", again, err)
		}
	})
}

// TestChosenGetOneValueMore adds a value to fields that hold several, and takes it
// away: what else they hold stays.
func TestChosenGetOneValueMore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "Engineer")
		if _, err := w.e.AddField(ctx, admin, fettle.Field{Entity: fettle.People, Key: "lists", Type: fettle.MultiSelect, Options: []string{"Dinner", "Fair"}}); err != nil {
			t.Fatal(err)
		}
		ids := w.ids(fettle.AllPeople)
		w.edit(ids[0], "lists", "Fair")
		in := engine.SetInput{Chosen: engine.Chosen{IDs: ids[:2]}, Field: "lists", Value: "dinner", How: engine.AddValue}
		v, err := w.e.SetField(ctx, editor, in)
		if err != nil || v.Change.Cells != 2 {
			t.Fatalf("%+v, %v", v, err)
		}
		want := func(when string, a, b, c any) {
			t.Helper()
			if x, y, z := w.value(ids[0], "lists"), w.value(ids[1], "lists"), w.value(ids[2], "lists"); x != a || y != b || z != c {
				t.Errorf("%s: %v, %v, %v", when, x, y, z)
			}
		}
		want("added", "Dinner;Fair", "Dinner", nil)
		if v, err = w.e.SetField(ctx, editor, in); err != nil || v.Change.Cells != 0 {
			t.Errorf("added again: %+v, %v", v, err)
		}
		in.How = engine.RemoveValue
		if v, err = w.e.SetField(ctx, editor, in); err != nil || v.Change.Cells != 2 || v.Change.Cleared != 1 {
			t.Errorf("removed: %+v, %v", v, err)
		}
		want("removed", "Fair", nil, nil)
		for _, wrong := range []engine.SetInput{
			{Chosen: in.Chosen, Field: "title", Value: "x", How: engine.AddValue},
			{Chosen: in.Chosen, Field: "lists", Value: 7, How: engine.AddValue},
			{Chosen: in.Chosen, Field: "lists", Value: "x", How: "twice"},
		} {
			_, err := w.e.SetField(ctx, editor, wrong)
			refused(t, err, fettle.Invalid)
		}
		companies, err := w.e.UpsertRecords(ctx, editor, engine.UpsertInput{Entity: fettle.Companies, Rows: []map[string]any{{"name": "Acme", "domain": "acme.com"}}})
		if err != nil {
			t.Fatal(err)
		}
		in.IDs = []int64{ids[0], companies.Records[0].ID}
		_, err = w.e.SetField(ctx, editor, in)
		refused(t, err, fettle.Invalid, "one entity")
	})
}
