package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// A name is found however its letters were composed: é as one character, or as
// e and an accent; in lists, conditions and audiences, and whichever was stored.
func TestNamesAreFoundHoweverComposed(t *testing.T) {
	const one, two = "Jos\u00e9 N\u00fa\u00f1ez", "Jose\u0301 Nu\u0301n\u0303ez"
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		if _, err := w.e.UpsertRecords(ctx, editor, engine.UpsertInput{Entity: fettle.People, Rows: []map[string]any{
			{"email": "one@x.test", "name": one}, {"email": "two@x.test", "name": two}, {"email": "three@x.test", "name": "Jose Nunez"},
		}}); err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{one, two} {
			for what, q := range map[string]engine.Query{
				"search":   {Entity: fettle.People, Search: name},
				"contains": {Entity: fettle.People, Where: `name.contains("` + name + `")`},
				"equals":   {Entity: fettle.People, Where: `name == "` + name + `"`},
				"in":       {Entity: fettle.People, Where: `name in ["` + name + `"]`},
			} {
				if n, err := w.e.CountRecords(ctx, viewer, q); err != nil || n != 2 {
					t.Errorf("%s, composed the way %d: %d, %v", what, i, n, err)
				}
			}
			w.audience([]string{"one", "two"}[i], `name.contains("`+name+`")`)
			if n, err := w.e.CountAudience(ctx, viewer, []string{"one", "two"}[i]); err != nil || n != 2 {
				t.Errorf("audience, composed the way %d: %d, %v", i, n, err)
			}
		}
	})
}
