package engine_test

import (
	"fmt"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// Each record of an upsert is answered with its id and what became of it, and
// a bad one or a bad value keeps nobody else out.
func TestUpsertAnswersEachRecord(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		first, err := w.e.UpsertRecords(ctx, editor, engine.UpsertInput{Entity: fettle.Companies, Rows: []map[string]any{
			{"external_id": "1", "name": "Acme", "domain": "acme.com"},
			{"external_id": "2", "name": "Bolt", "domain": "bolt.com", "industry": "Tools"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		acme, bolt := first.Records[0].ID, first.Records[1].ID
		if acme == 0 || bolt == 0 || acme == bolt {
			t.Fatalf("%+v", first.Records)
		}
		in := engine.UpsertInput{Entity: fettle.Companies, Rows: []map[string]any{
			{"external_id": "1", "employee_count": "many", "industry": "Anvils"}, // updated, without the bad value
			{"external_id": "2", "name": "Bolt"},                                 // unchanged
			{"external_id": "3", "name": "Cut", "domain": "not a domain"},        // created; the domain is marked
			{"external_id": "3", "industry": "Knives"},                           // merged with the one above
			{"external_id": "4", "name": "Other", "domain": "acme.com"},          // shares a domain with another id
			{"employee_count": "several"},                                        // nothing is left of it
			{},                                                                   // blank
			{"external_id": 12345678901234567890.0, "name": "Long"},              // an id that is not the id any more
		}}
		v, err := w.e.UpsertRecords(ctx, editor, in)
		if err != nil {
			t.Fatal(err)
		}
		want := []struct{ outcome, wrote, field string }{
			{"updated", "", "employee_count"},
			{"unchanged", "", ""},
			{"created", "", "domain"},
			{"merged", "", ""},
			{"conflict", "created", ""},
			{"invalid", "", "employee_count"},
			{"invalid", "", ""},
			{"created", "", "external_id"},
		}
		for i, r := range v.Records {
			field := ""
			if len(r.Invalid) > 0 {
				field = r.Invalid[0].Field
			}
			// The first shares its domain with the newcomer, and says so as well.
			if i == 0 && r.Outcome == fettle.UpsertConflict && r.Wrote == fettle.UpsertUpdated {
				r.Outcome, r.Wrote = r.Wrote, ""
			}
			if r.Index != i || r.Outcome != want[i].outcome || r.Wrote != want[i].wrote || field != want[i].field || (r.ID == 0) != (r.Outcome == fettle.UpsertInvalid) {
				t.Errorf("record %d: %+v, want %+v", i, r, want[i])
			}
		}
		if v.Records[0].ID != acme || v.Records[1].ID != bolt || v.Records[3].ID != v.Records[2].ID {
			t.Errorf("ids: %+v", v.Records)
		}
		if x := v.Records[0].Invalid[0]; x.Stored || x.Value != "many" || x.Reason == "" {
			t.Errorf("%+v", x)
		}
		if x := v.Records[2].Invalid[0]; !x.Stored {
			t.Errorf("%+v", x)
		}
		if c := v.Records[4].Conflicts; len(c) != 1 || c[0].WithID != acme || c[0].Key != "domain:acme.com" {
			t.Errorf("%+v", c)
		}
		if sum := v.Created + v.Updated + v.Unchanged + v.Merged + v.Rejected; sum != v.Read || v.Read != 8 || v.SetAside != 2 {
			t.Errorf("%d of %d, %d set aside", sum, v.Read, v.SetAside)
		}
		n, err := w.e.CountRecords(ctx, viewer, engine.Query{Entity: fettle.Companies})
		if err != nil || n != first.Created+v.Created {
			t.Errorf("%d companies, %v", n, err)
		}
		strict := engine.UpsertInput{Entity: fettle.Companies, Strict: true, Rows: []map[string]any{
			{"external_id": "5", "name": "Strict", "employee_count": "many"}, {"external_id": "6", "name": "Fine"},
		}}
		if v, err := w.e.UpsertRecords(ctx, editor, strict); err != nil || v.Records[0].ID != 0 || v.Records[0].Outcome != "invalid" || v.Records[1].Outcome != "created" || v.Rejected != 1 {
			t.Errorf("strict: %+v, %v", v, err)
		}
	})
}

func TestUpsertNamesUnknownKeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		in := engine.UpsertInput{Entity: fettle.People, Rows: []map[string]any{
			{"email": "a@b.test", "titel": "CEO", "score_x": 4.0}, {"email": "c@b.test", "titel": "CTO"}, {"titel": "nobody"},
		}}
		_, err := w.e.UpsertRecords(t.Context(), editor, in)
		refused(t, err, fettle.Invalid, "have no field", "ignore_unknown")
		in.IgnoreUnknown = true
		v, err := w.e.UpsertRecords(t.Context(), editor, in)
		if err != nil || v.Created != 2 || v.Records[2].Outcome != "invalid" {
			t.Fatalf("%+v, %v", v, err)
		}
		want := "[{score_x 1} {titel 3}]"
		got := fmt.Sprintf("[{%s %d} {%s %d}]", v.Ignored[0].Key, v.Ignored[0].Records, v.Ignored[1].Key, v.Ignored[1].Records)
		if got != want || v.Ignored[1].Hint != "Did you mean title?" {
			t.Errorf("%+v", v.Ignored)
		}
	})
}
