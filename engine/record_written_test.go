package engine_test

import (
	"slices"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestRecordsByTimeAndSource lists what was written since a moment, and what has an
// id in a list.
func TestRecordsByTimeAndSource(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.upsert(fettle.People, map[string]any{"external_id": "1", "name": "Ann Lee", "email": "ann@x.com"}, map[string]any{"external_id": "2", "name": "Bob Ray", "email": "bob@x.com"})
		if _, err := w.e.UpsertRecords(t.Context(), admin, engine.UpsertInput{Entity: fettle.People, Source: "crm:eu", Confirm: true, Rows: []map[string]any{
			{"external_id": "7", "name": "Cy Day", "email": "cy@x.com"}, {"name": "Dee Fox", "email": "dee@x.com"},
		}}); err != nil {
			t.Fatal(err)
		}
		between := time.Now()
		w.upsert(fettle.People, map[string]any{"external_id": "2", "title": "CTO"})
		for _, c := range []struct {
			since, source string
			want          []string
		}{
			{"", "crm", []string{"Ann Lee", "Bob Ray"}},
			{"", "crm:eu", []string{"Cy Day"}}, // without an id of the list nobody is of it
			{"", "cr", nil},
			{between.Format(time.RFC3339Nano), "", []string{"Bob Ray"}},
			{between.Format(time.RFC3339Nano), "crm:eu", nil},
			{"1d", "crm", []string{"Ann Lee", "Bob Ray"}},
		} {
			q := engine.Query{Entity: fettle.People, UpdatedSince: c.since, Source: c.source, Fields: []string{"name"}}
			page, err := w.e.Records(t.Context(), viewer, q)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range page.Items {
				got = append(got, r.Values["name"].(string))
			}
			n, err := w.e.CountRecords(t.Context(), viewer, q)
			if slices.Sort(got); err != nil || !slices.Equal(got, c.want) || n != int64(len(c.want)) {
				t.Errorf("since %q, of %q: %v, counted %d, %v; want %v", c.since, c.source, got, n, err, c.want)
			}
		}
		if _, err := w.e.Records(t.Context(), viewer, engine.Query{Entity: fettle.People, UpdatedSince: "soon"}); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("since soon: %v", err)
		}
	})
}
