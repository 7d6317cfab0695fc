package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// Several values in a text or a list that is sent are as several in a cell of a
// file: the first is the value, each of them finds the record.
func TestUpsertTakesSeveralValues(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		send := func(strict bool, row map[string]any) (fettle.UpsertedRecord, fettle.UpsertView) {
			t.Helper()
			v, err := w.e.UpsertRecords(t.Context(), editor, engine.UpsertInput{Entity: fettle.People, Rows: []map[string]any{row}, Strict: strict})
			if err != nil {
				t.Fatal(err)
			}
			return v.Records[0], v
		}
		ann, v := send(false, map[string]any{"name": "Ann", "email": "a@x.com; b@x.com"})
		if ann.Outcome != fettle.UpsertCreated || len(ann.Invalid) != 1 || ann.Invalid[0].Value != "b@x.com" || ann.Invalid[0].Stored || v.SetAside != 1 ||
			!strings.Contains(ann.Invalid[0].Reason, "finds the record too") {
			t.Errorf("%+v", ann)
		}
		if again, _ := send(false, map[string]any{"name": "Ann", "email": "a@x.com; b@x.com"}); again.Outcome != fettle.UpsertUnchanged || again.ID != ann.ID {
			t.Errorf("%+v", again)
		}
		if by, _ := send(false, map[string]any{"title": "CEO", "email": []any{"b@x.com", "c@x.com"}}); by.ID != ann.ID {
			t.Errorf("%+v", by)
		}
		if by, _ := send(false, map[string]any{"email": []any{"c@x.com"}}); by.ID != ann.ID || len(by.Invalid) != 0 {
			t.Errorf("%+v", by)
		}
		if kept, _ := send(true, map[string]any{"name": "Dee", "email": "d@x.com; e@x.com"}); kept.Outcome != fettle.UpsertInvalid {
			t.Errorf("%+v", kept)
		}
	})
}
