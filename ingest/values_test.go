package ingest_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

func values(t testing.TB, db *store.DB, in ingest.ValuesInput) (out []ingest.Written) {
	t.Helper()
	in.Now = now
	if in.Entity == "" {
		in.Entity = fettle.People
	}
	update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		out, err = ingest.Values(ctx, tx, in)
		return err
	})
	return out
}

func logOf(t testing.TB, db *store.DB, id int64) (log []store.LoggedChange) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.LogOf(ctx, []int64{id})
		log = all[id]
		return err
	})
	return log
}

func TestValuesFollowThePolicy(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Name,Title,Location\nAnn,Engineer,\n", ingest.ImportOptions{})
		hand, bought := origin(t, db, store.OriginPerson, "ann"), origin(t, db, store.OriginEnrichment, "e")
		values(t, db, ingest.ValuesInput{Origin: hand, Hand: true, Actor: "ann", Writes: []ingest.Write{{Record: 1, Field: "name", Value: "Ann Lee", Valid: true}}})
		for _, c := range []struct {
			field  string
			policy fettle.WritePolicy
			clear  bool
			value  any
			stored bool
			after  any
		}{
			{"title", fettle.FillBlanks, false, "CEO", false, "Engineer"},
			{"title", fettle.FillBlanks, false, "Engineer", true, "Engineer"}, // it is there already
			{"location", fettle.FillBlanks, false, "Berlin", true, "Berlin"},
			{"title", fettle.Overwrite, false, "CEO", true, "CEO"},
			{"title", fettle.Overwrite, false, nil, false, "CEO"}, // a blank overwrites nothing
			{"title", fettle.Overwrite, true, nil, true, nil},     // unless told to
			{"name", fettle.Overwrite, false, "Bob", false, "Ann Lee"},
			{"name", fettle.OverwriteAll, false, "Bob", true, "Bob"},
			{"email", fettle.FillBlanks, false, "bob at x", true, "bob at x"},
		} {
			w := values(t, db, ingest.ValuesInput{Origin: bought, Actor: "system", Writes: []ingest.Write{
				{Record: 1, Field: c.field, Value: c.value, Valid: c.field != "email", Policy: c.policy, Clear: c.clear, Attempt: 7},
			}})
			if got := records(t, db, fettle.People, 1)[1].Value(c.field); w[0].Stored != c.stored || got != c.after {
				t.Errorf("%s %s %v: stored %v, holds %v", c.policy, c.field, c.value, w[0].Stored, got)
			}
		}
		r := records(t, db, fettle.People, 1)[1]
		if !r.Invalid("email") || r.Invalid("name") {
			t.Errorf("invalid: %q", r.InvalidList)
		}
		o, err := r.Origins()
		want := map[string]int64{"": 1, "name": bought, "title": bought, "location": bought, "email": bought}
		if diff := cmp.Diff(want, o); err != nil || diff != "" {
			t.Errorf("origins (-want +got): %v\n%s", err, diff)
		}
		log := logOf(t, db, 1) // two entries are of names that were derived, and went again
		if len(log) != 9 || log[0].Kind != store.ChangeCreate || log[1].Changes != `{"name":["Ann","Ann Lee",1]}` || log[4].Changes != `{"title":["Engineer","CEO",1]}` || log[4].Attempt != 7 {
			t.Errorf("log: %+v", log)
		}
	})
}

func TestValuesReportKeysOfOthers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Name,Email\nAnn,ann@acme.com\nBob,\nCid,\n", ingest.ImportOptions{})
		bought := origin(t, db, store.OriginEnrichment, "e")
		w := values(t, db, ingest.ValuesInput{Origin: bought, Actor: "system", Writes: []ingest.Write{
			{Record: 2, Field: "email", Value: "Ann@Acme.com", Valid: true},
			{Record: 3, Field: "email", Value: "cid@acme.com", Valid: true},
			{Record: 9, Field: "email", Value: "x@acme.com", Valid: true}, // nobody
		}})
		want := []ingest.Written{{Stored: true, Conflict: 1, Change: ingest.Filled}, {Stored: true, Change: ingest.Filled}, {}}
		if diff := cmp.Diff(want, w); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			keys, err := tx.MatchKeys(ctx, []string{"pe:ann@acme.com", "pe:cid@acme.com"})
			if keys["pe:ann@acme.com"] != 1 || keys["pe:cid@acme.com"] != 3 {
				t.Errorf("keys: %v", keys)
			}
			told, err2 := tx.ConflictsOf(ctx, store.Ordered(1, 2))
			if err2 != nil || len(told) != 1 {
				t.Errorf("conflicts: %v, %v", told, err2)
			}
			return err
		})
		// What was bought is a key: the next import finds the record by it.
		v := importText(t, db, "Name,Email\nCid Roe,cid@acme.com\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 1, Updated: 1})
	})
}

func TestValuesOfEveryType(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		text := "Name,N,B,D,T,J\nAnn,1.5,yes,2024-02-29,2024-02-29T12:00:00.123456+02:00,\"{\"\"b\"\": [1, 2.50], \"\"a\"\": null}\"\n"
		opts := ingest.ImportOptions{Map: map[string]string{"N": "n:number", "B": "b:boolean", "D": "d:date", "T": "t:timestamp", "J": "j:json"}}
		wantCounts(t, importText(t, db, text, opts), counts{Read: 1, Created: 1})
		wantCounts(t, importText(t, db, text, opts), counts{Read: 1, Unchanged: 1})
		first := stateRow(t, db, 1)
		v := importText(t, db, "External ID,Name,N,B,D,T,J\n7,Bob,2,no,2020-01-01,2020-01-01,[]\n", opts)
		w := importText(t, db, "External ID,Name,N,B,D,T,J\n7,Bob,3,yes,2020-01-02,2020-01-02,{}\n", opts)
		wantCounts(t, w, counts{Read: 1, Updated: 1})
		before := stateRow(t, db, 2)
		undo(t, db, w.ID)
		after := stateRow(t, db, 2)
		if before["n"] != 3.0 || after["n"] != 2.0 || after["b"] != false || after["d"] != fettle.Day("2020-01-01") {
			t.Errorf("undone to %v", after)
		}
		if res := undo(t, db, v.ID); res.Deleted != 1 {
			t.Errorf("undo: %+v", res)
		}
		if diff := cmp.Diff(first, stateRow(t, db, 1)); diff != "" {
			t.Errorf("another record changed:\n%s", diff)
		}
	})
}

// stateRow reads all values of a person.
func stateRow(t testing.TB, db *store.DB, id int64) map[string]any {
	t.Helper()
	r := records(t, db, fettle.People, id)[id]
	out := map[string]any{}
	if r == nil {
		return out
	}
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		fields, err := tx.Fields(ctx, fettle.People)
		for _, f := range fields {
			if v := r.Value(f.Key); v != nil {
				out[f.Key] = v
			}
		}
		return err
	})
	return out
}
