package engine_test

import (
	"fmt"
	"testing"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/past"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestThePastIsReadByPages reads an audience of the past by a filter over the company,
// whose name is another one now: nobody of today is in it, and all its people are
// looked at, but never more of them at once than a page has.
func TestThePastIsReadByPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.upsert(fettle.Companies, map[string]any{"external_id": "c", "name": "Old", "domain": "acme.com"})
		const people, page = 4100, 2000
		for from := 0; from < people; from += 1000 {
			var rows []map[string]any
			for i := from; i < min(people, from+1000); i++ {
				rows = append(rows, map[string]any{"external_id": fmt.Sprint(i), "name": fmt.Sprint("Ann ", i), "company_domain": "acme.com"})
			}
			w.upsert(fettle.People, rows...)
		}
		time.Sleep(time.Millisecond)
		then := time.Now()
		time.Sleep(time.Millisecond)
		w.edit(w.ids(fettle.AllCompanies)[0], "name", "New")
		err := db.View(ctx, func(tx *store.Tx) error {
			own, err := tx.Fields(ctx, fettle.People)
			if err != nil {
				return err
			}
			theirs, err := tx.Fields(ctx, fettle.Companies)
			if err != nil {
				return err
			}
			env, err := expr.NewEnv(fettle.People, own, theirs)
			if err != nil {
				return err
			}
			f, err := env.Filter(`company.name == "Old"`)
			if err != nil {
				return err
			}
			p, err := past.Members(ctx, tx, fettle.People, f, then)
			total, pages := 0, 0
			for done := err != nil; !done; pages++ {
				var in []int64
				if in, done, err = p.Page(ctx); err != nil {
					return err
				}
				if total += len(in); len(in) > page {
					t.Errorf("a page has %d people", len(in))
				}
			}
			if total != people || pages != 3 {
				t.Errorf("%d people on %d pages, want %d on 3", total, pages, people)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.audience("olds", `company.name == "Old"`)
		v, err := w.e.HubAsOf(ctx, viewer, "", "olds", then)
		if err != nil || v.Records != people || v.Then.RecordsNow != 0 {
			t.Errorf("%d people then, %+v: %v", v.Records, v.Then, err)
		}
	})
}
