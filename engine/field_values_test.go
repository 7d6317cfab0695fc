package engine_test

import (
	"reflect"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// valuesWorld has 30 people, of whom the engineers' companies are in fintech.
func valuesWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := newWorld(t, db, sandbox.Defaults())
	w.people(0, 20, "Engineer")
	w.people(20, 7, "Über-Chef")
	w.people(27, 2, "Seller")
	w.people(29, 1, "")
	w.audience("engineers", `title == "Engineer"`)
	for _, f := range []fettle.Field{
		{Entity: fettle.People, Key: "tags", Type: fettle.MultiSelect, Options: []string{"A", "B"}},
		{Entity: fettle.People, Key: "score", Type: fettle.Number},
		{Entity: fettle.People, Key: "raw", Type: fettle.JSON},
	} {
		if _, err := w.e.AddField(t.Context(), admin, f); err != nil {
			t.Fatal(err)
		}
	}
	upsert := func(entity fettle.Entity, rows ...map[string]any) {
		if _, err := w.e.UpsertRecords(t.Context(), admin, engine.UpsertInput{Entity: entity, Source: "csv", Rows: rows}); err != nil {
			t.Fatal(err)
		}
	}
	upsert(fettle.People, map[string]any{"external_id": "p0", "tags": "A;B", "score": 7}, map[string]any{"external_id": "p1", "tags": "B", "score": 7.5})
	upsert(fettle.Companies, map[string]any{"domain": "company0.com", "industry": "Fintech"}, map[string]any{"domain": "company1.com", "industry": "Fintech"})
	return w
}

func TestFieldValues(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := valuesWorld(t, db)
		all := func(items ...fettle.FieldValue) []fettle.FieldValue { return items }
		for name, c := range map[string]struct {
			q     engine.ValuesQuery
			items []fettle.FieldValue
			blank int64
			other fettle.OtherValues
		}{
			"all":             {q: engine.ValuesQuery{Field: "title"}, items: all(fettle.FieldValue{Value: "Engineer", Count: 20}, fettle.FieldValue{Value: "Über-Chef", Count: 7}, fettle.FieldValue{Value: "Seller", Count: 2}), blank: 1},
			"the first":       {q: engine.ValuesQuery{Field: "title", Limit: 1}, items: all(fettle.FieldValue{Value: "Engineer", Count: 20}), blank: 1, other: fettle.OtherValues{Values: 2, Records: 9}},
			"typed":           {q: engine.ValuesQuery{Field: "title", Text: " ÜBER"}, items: all(fettle.FieldValue{Value: "Über-Chef", Count: 7}), blank: 1},
			"narrowed":        {q: engine.ValuesQuery{Field: "title", Where: `title.contains("er")`, Search: "number28"}, items: all(fettle.FieldValue{Value: "Seller", Count: 1})},
			"an audience's":   {q: engine.ValuesQuery{Field: "title", Audience: "engineers"}, items: all(fettle.FieldValue{Value: "Engineer", Count: 20})},
			"the company's":   {q: engine.ValuesQuery{Field: "company.industry"}, items: all(fettle.FieldValue{Value: "Fintech", Count: 2}), blank: 28},
			"both":            {q: engine.ValuesQuery{Field: "company.industry", Where: `company.industry == "Fintech"`}, items: all(fettle.FieldValue{Value: "Fintech", Count: 2})},
			"several choices": {q: engine.ValuesQuery{Field: "tags"}, items: all(fettle.FieldValue{Value: "B", Count: 2}, fettle.FieldValue{Value: "A", Count: 1}), blank: 28},
			"numbers":         {q: engine.ValuesQuery{Field: "score"}, items: all(fettle.FieldValue{Value: 7.0, Count: 1}, fettle.FieldValue{Value: 7.5, Count: 1}), blank: 28},
		} {
			c.q.Entity, c.q.Stretch, c.q.Wait = fettle.People, 4, 10*time.Second // several stretches, all of them
			v, err := w.e.FieldValues(t.Context(), viewer, c.q)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !v.Exact || !reflect.DeepEqual(v.Items, c.items) || v.Blank != c.blank || v.Others != c.other {
				t.Errorf("%s: %+v", name, v)
			}
		}
		some, err := w.e.FieldValues(t.Context(), viewer, engine.ValuesQuery{Entity: fettle.People, Field: "title", Where: "blank(name) || filled(name)", Stretch: 4, Wait: time.Nanosecond})
		if err != nil || some.Exact || some.Records != 4 || len(some.Items) != 1 || some.Items[0].Count != 4 {
			t.Errorf("when the time is up at once: %+v, %v", some, err)
		}
		w.valuesFollow()
		_, err = w.e.FieldValues(t.Context(), viewer, engine.ValuesQuery{Entity: fettle.People, Field: "titel"})
		refused(t, err, fettle.Invalid, "Did you mean title?")
		for _, q := range []engine.ValuesQuery{{Field: "raw"}, {}, {Field: "title", Limit: 1001}, {Field: "title", Wait: time.Minute}, {Field: "title", Audience: "nobody"}} {
			q.Entity = fettle.People
			if _, err := w.e.FieldValues(t.Context(), viewer, q); err == nil {
				t.Errorf("%+v is answered", q)
			}
		}
		_, err = w.e.FieldValues(t.Context(), viewer, engine.ValuesQuery{Entity: fettle.Companies, Field: "company.industry"})
		refused(t, err, fettle.Invalid)
	})
}

// valuesFollow: what is kept of a count is gone on with, and not shown once
// something was written.
func (w *world) valuesFollow() {
	w.t.Helper()
	q := engine.ValuesQuery{Entity: fettle.People, Field: "title", Text: "e", Stretch: 8, Wait: time.Nanosecond}
	var v fettle.ValuesView
	for i := range 4 {
		var err error
		if v, err = w.e.FieldValues(w.t.Context(), viewer, q); err != nil || v.Exact != (i == 3) {
			w.t.Fatalf("asked %d times: %+v, %v", i+1, v, err)
		}
	}
	if v.Records != 30 || v.Items[0].Count != 20 {
		w.t.Errorf("gone on with: %+v", v)
	}
	page, err := w.e.Records(w.t.Context(), viewer, recordsOf("engineers"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.edit(page.Items[0].ID, "title", "Seller")
	q.Wait = 10 * time.Second
	if v, err = w.e.FieldValues(w.t.Context(), viewer, q); err != nil || !v.Exact || v.Items[0].Count != 19 {
		w.t.Errorf("after a change: %+v, %v", v, err)
	}
}
