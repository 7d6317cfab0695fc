package engine_test

import (
	"slices"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// What a person types into the form of a new record makes one, or fills the blanks
// of the one that is there: what it holds stays and is named. A value of a wrong
// format writes nothing. The values are theirs from then on.
func TestUpsertByHand(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		send := func(in engine.UpsertInput, row map[string]any) fettle.UpsertedRecord {
			t.Helper()
			in.Entity, in.Rows = fettle.People, []map[string]any{row}
			v, err := w.e.UpsertRecords(ctx, editor, in)
			if err != nil {
				t.Fatal(err)
			}
			return v.Records[0]
		}
		typed := engine.UpsertInput{ByHand: true}
		value := func(id int64, field string) engine.ValueDetail {
			t.Helper()
			d, err := w.e.Record(ctx, viewer, id)
			if err != nil {
				t.Fatal(err)
			}
			return d.Values[slices.IndexFunc(d.Values, func(v engine.ValueDetail) bool { return v.Field == field })]
		}
		there := send(engine.UpsertInput{Source: "crm"}, map[string]any{"external_id": "7", "name": "Ada Lovelace", "email": "ada@acme.com"})
		if there.Outcome != fettle.UpsertCreated || there.Filled != nil || there.Kept != nil {
			t.Fatalf("%+v", there)
		}
		again := send(typed, map[string]any{"name": "A. Byron", "email": "ADA@acme.com", "title": "Analyst"})
		if again.ID != there.ID || again.Outcome != fettle.UpsertUpdated || !slices.Equal(again.Filled, []string{"title"}) || !slices.Equal(again.Kept, []string{"name"}) {
			t.Errorf("%+v", again)
		}
		if v := value(there.ID, "name"); v.Value != "Ada Lovelace" || v.Source != "crm" {
			t.Errorf("%+v", v)
		}
		if v := value(there.ID, "title"); v.SourceKind != store.OriginPerson || v.Actor != editor.Name {
			t.Errorf("%+v", v)
		}
		// What a sender says later does not replace what was typed, and is told so.
		later := send(engine.UpsertInput{Source: "crm"}, map[string]any{"external_id": "7", "title": "Countess"})
		if later.Outcome != fettle.UpsertUnchanged || !slices.Equal(later.Kept, []string{"title"}) || value(there.ID, "title").Value != "Analyst" {
			t.Errorf("%+v", later)
		}
		bad := send(typed, map[string]any{"name": "Grace Hopper", "email": "grace at acme"})
		if bad.ID != 0 || bad.Outcome != fettle.UpsertInvalid || len(bad.Invalid) != 1 || bad.Invalid[0].Field != "email" || bad.Invalid[0].Stored {
			t.Errorf("%+v", bad)
		}
		made := send(typed, map[string]any{"name": "Grace Hopper", "email": "grace@acme.com"})
		if made.Outcome != fettle.UpsertCreated || value(made.ID, "name").SourceKind != store.OriginPerson {
			t.Errorf("%+v", made)
		}
	})
}
