package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

func TestEditsAreAllOrNone(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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
		_, err := w.e.EditRecords(ctx, spender, in)
		refused(t, err, fettle.Confirm, "--yes")
		if n := w.show("work-email").Rows.Found; n != 0 {
			t.Fatalf("%d rows were bought before it was confirmed", n)
		}
		in.Confirm = true
		if _, err := w.e.EditRecords(ctx, spender, in); err != nil {
			t.Fatal(err)
		}
		w.until("work-email", func(v fettle.EnrichmentView) bool { return v.PaidRows == 150 })
	})
}

// TestAnEditAsksBeforeItSpends sets one value that would have a live enrichment
// buy: much for its limit, or for many people of a company.
func TestAnEditAsksBeforeItSpends(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		var rows []map[string]any
		for i := range 150 {
			rows = append(rows, map[string]any{"external_id": fmt.Sprint("e", i), "name": fmt.Sprint("Person ", i), "company_domain": "acme.com", "title": "Intern"})
		}
		if _, err := w.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.People, Rows: rows}); err != nil {
			t.Fatal(err)
		}
		company := []map[string]any{{"domain": "acme.com", "name": "Acme", "location": "Bonn"}}
		if _, err := w.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.Companies, Rows: company}); err != nil {
			t.Fatal(err)
		}
		w.audience("engineers", `title == "Engineer"`)
		w.audience("berliners", `company.location == "Berlin"`)
		w.field("other", fettle.Email)
		small, large := findEmail("engineers", 5), findEmail("berliners", 10_000)
		large.Outputs[0].Field = "other"

		w.save("small", small)
		w.save("large", large)
		w.work(w.e)
		w.start("small")
		w.start("large")
		companies, err := w.e.Records(ctx, admin, engine.Query{Entity: fettle.Companies})
		if err != nil || len(companies.Items) != 1 {
			t.Fatalf("%+v, %v", companies, err)
		}
		for _, c := range []struct {
			name         string
			record       int64
			field, value string
			asked        string
			rows         int64
		}{
			{"small", w.ids(fettle.AllPeople)[0], "title", "Engineer", "1 row into small: 1 to buy, at most 1 credit", 1},
			{"large", companies.Items[0].ID, "location", "Berlin", "150 rows into large: 149 to buy, at most 149 credits, 1 free", 150},
		} {
			err := w.e.EditRecord(ctx, spender, c.record, c.field, c.value, false)
			refused(t, err, fettle.Confirm, "--yes")
			if err != nil && !strings.Contains(err.Error(), c.asked) {
				t.Errorf("%s: %v", c.name, err)
			}
			if v := w.value(c.record, c.field); v == c.value {
				t.Errorf("%s: written before it was confirmed", c.name)
			}
			if err := w.e.EditRecord(ctx, spender, c.record, c.field, c.value, true); err != nil {
				t.Fatal(err)
			}
			w.until(c.name, func(v fettle.EnrichmentView) bool { return v.Rows.Found+v.Rows.Reused == c.rows })
		}
	})
}

// TestAnEditAsksForWhatWasMissing fills in what rows ended for want of: they
// are opened again, so it asks before.
func TestAnEditAsksForWhatWasMissing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 1, "x")
		id := w.ids(fettle.AllPeople)[0]
		w.edit(id, "company_domain", nil)
		w.save("emails", findEmail(fettle.AllPeople, 5))
		w.work(w.e)
		w.start("emails")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.MissingInput == 1 })
		refused(t, w.e.EditRecord(ctx, spender, id, "company_domain", "acme.com", false), fettle.Confirm)
		if err := w.e.EditRecord(ctx, spender, id, "company_domain", "acme.com", true); err != nil {
			t.Fatal(err)
		}
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.PaidRows == 1 })
	})
}

// TestEditsArePreviewed holds what a person is asked about before many cells
// change: how many, of whom, how many of them were bought.
func TestEditsArePreviewed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 4, "Engineer")
		w.save("emails", findEmail(fettle.AllPeople, 100))
		defer w.work(w.e)()
		w.start("emails")
		w.settle("emails")
		in := engine.EditsInput{Entity: fettle.People, Preview: true}
		bought := 0
		for _, id := range w.ids(fettle.AllPeople) {
			if w.value(id, "email") != nil {
				bought++
			}
			in.Edits = append(in.Edits, engine.Edit{Record: id, Field: "title", Value: "Chief"}, engine.Edit{Record: id, Field: "email", Value: nil}, engine.Edit{Record: id, Field: "phone", Value: nil})
		}
		v, err := w.e.EditRecords(ctx, editor, in)
		want := engine.EditsChange{Cells: 4 + bought, Records: 4, Cleared: bought, Bought: bought}
		if err != nil || v.Change == nil || *v.Change != want || len(v.Edits) != 0 || bought == 0 {
			t.Fatalf("%+v, %v; want %+v", v.Change, err, want)
		}
		if x := w.value(w.ids(fettle.AllPeople)[0], "title"); x != "Engineer" {
			t.Errorf("a preview wrote %v", x)
		}
	})
}
