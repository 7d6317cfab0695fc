package engine_test

import (
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// Audiences by source and by time count, explain and are followed like others.
func TestAudiencesBySourceAndTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		up := func(source string, rows ...map[string]any) []fettle.UpsertedRecord {
			t.Helper()
			v, err := w.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.People, Source: source, Rows: rows, Confirm: true})
			if err != nil {
				t.Fatal(err)
			}
			return v.Records
		}
		r := up("crm", map[string]any{"linkedin_url": "linkedin.com/in/ann", "name": "Ann Lee", "company_domain": "acme.com", "title": "CEO"},
			map[string]any{"linkedin_url": "linkedin.com/in/bob", "name": "Bob Ray", "company_domain": "acme.com", "title": "CTO"})
		moment := time.Now().UTC().Truncate(time.Microsecond)
		up("events", map[string]any{"linkedin_url": "linkedin.com/in/ann", "title": "Chair"})
		counts := func(where string, want int64) {
			t.Helper()
			n, err := w.e.CountRecords(ctx, viewer, engine.Query{Entity: fettle.People, Where: where})
			if err != nil || n != want {
				t.Errorf("%s: %d, %v, want %d", where, n, err, want)
			}
		}
		counts(`source(title) == "events"`, 1)
		counts(`source(title) == "crm"`, 1)
		counts(`source(name) == "crm"`, 2)
		counts(`blank(source(phone))`, 2)
		counts(`updated_at >= timestamp("`+moment.Format(time.RFC3339Nano)+`")`, 1)
		counts(`created_at < timestamp("`+moment.Format(time.RFC3339Nano)+`")`, 2)
		counts(`within(updated_at, "1d") && created_at <= updated_at`, 2)

		// Live: who comes to hold a value of that source enters and is bought, once.
		w.audience("by-hand", `source(title) == "by hand" && within(updated_at, "1d")`)
		w.save("work-email", findEmail("by-hand", 100))
		w.work(w.e)
		w.start("work-email")
		w.settle("work-email")
		if err := w.e.EditRecord(ctx, spender, r[1].ID, "title", "Boss", true); err != nil {
			t.Fatal(err)
		}
		v := w.until("work-email", func(v fettle.EnrichmentView) bool { return v.Rows.Found+v.Rows.NotFound == 1 && v.RemainingRows == 0 })
		counts(`source(email) == "work-email"`, v.Rows.Found)
		ex, err := w.e.ExplainMember(ctx, viewer, "by-hand", r[1].ID)
		if err != nil || !ex.True {
			t.Errorf("%+v, %v", ex, err)
		}
		refuse := findEmail("by-hand", 100)
		refuse.Steps[0].Inputs["full_name"] = `string(updated_at)`
		_, err = w.e.SaveEnrichment(ctx, admin, "again", refuse)
		refused(t, err, fettle.Invalid, "can be no input")
	})
}
