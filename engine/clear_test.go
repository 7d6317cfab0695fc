package engine_test

import (
	"fmt"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestResetGoesOnAfterACrash kills the process of a reset between two pages of
// rows: nothing is called meanwhile, and whoever comes next clears the rest.
func TestResetGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	const people, page = 5100, 5000
	for _, kind := range storetest.Kinds() {
		for name, goOn := range map[string]func(*world){
			"a worker": func(w *world) { w.work(w.engine()) },
			"whoever resumes": func(w *world) {
				w.resume("emails")
				if v := w.show("emails"); v.Rows != (fettle.RowCounts{}) {
					t.Errorf("live with rows of before: %+v", v.Rows)
				}
				w.pause("emails")
			},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				dsn := storetest.DSN(t, kind)
				w := newWorld(t, opened(t, dsn), sandbox.Defaults())
				w.people(0, 3, "asked")
				for from := 3; from < people; from += page {
					w.people(from, min(page, people-from), "x")
				}
				def := findEmail(fettle.AllPeople, people)
				def.When = `title == "asked"` // the rows of the others end at once
				w.save("emails", def)
				stop := w.work(w.e)
				w.start("emails")
				w.settle("emails")
				w.pause("emails")
				stop()
				def.When = "" // whatever is claimed from now on is called
				w.save("emails", def)

				fuse := storetest.AfterCommit(2) // that it is to be cleared, and the first page
				db, err := store.OpenThrough(t.Context(), dsn, quiet(), fuse.Through)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = db.Close() }()
				c := w.config()
				c.DB = db
				dying, err := engine.New(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				fuse.Arm()
				if _, err := dying.Reset(t.Context(), admin, "emails"); err == nil {
					t.Fatal("the reset came to its end")
				}
				v := w.show("emails")
				if rows := v.RemainingRows + v.Rows.Found + v.Rows.Skipped; rows != people-page || v.Message != "its rows are being cleared" {
					t.Fatalf("%d rows are left: %s", rows, v.Message)
				}

				goOn(w)
				v = w.until("emails", func(v fettle.EnrichmentView) bool { return v.Message == "" })
				if v.State != fettle.Paused || v.Rows != (fettle.RowCounts{}) {
					t.Errorf("%s with %+v", v.State, v.Rows)
				}
				if b := w.sb.Books(); b.Calls != 3 {
					t.Errorf("books: %+v", b)
				}
				w.sound()
			})
		}
	}
}

// TestDeletingALargeCompanyGoesOnAfterACrash kills the process that deletes a
// company between two pages of its people: the company is still there, and
// takes them back; deleted again, it is gone.
func TestDeletingALargeCompanyGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	const people, page = 6000, 1000
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			dsn := storetest.DSN(t, kind)
			w := newWorld(t, opened(t, dsn), sandbox.Defaults())
			upsert := func(entity fettle.Entity, rows []map[string]any) {
				t.Helper()
				if _, err := w.e.UpsertRecords(t.Context(), admin, engine.UpsertInput{Entity: entity, Rows: rows}); err != nil {
					t.Fatal(err)
				}
			}
			upsert(fettle.Companies, []map[string]any{{"domain": "acme.com", "name": "Acme"}})
			for from := 0; from < people; from += page {
				var rows []map[string]any
				for i := range page {
					rows = append(rows, map[string]any{"external_id": fmt.Sprint("c", from+i), "company_domain": "acme.com"})
				}
				upsert(fettle.People, rows)
			}
			w.audience("colleagues", `filled(company.name)`)
			at := func() (n int64) {
				t.Helper()
				n, err := w.e.CountAudience(t.Context(), admin, "colleagues")
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			company, err := w.e.Records(t.Context(), admin, engine.Query{Entity: fettle.Companies})
			if err != nil || len(company.Items) != 1 || at() != people {
				t.Fatalf("%d people at %d companies: %v", at(), len(company.Items), err)
			}
			ids := []int64{company.Items[0].ID}

			fuse := storetest.AfterCommit(2) // that it is begun, and the first page
			db, err := store.OpenThrough(t.Context(), dsn, quiet(), fuse.Through)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			c := w.config()
			c.DB = db
			dying, err := engine.New(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			fuse.Arm()
			if _, err := dying.DeleteRecords(t.Context(), admin, ids, "", false); err == nil {
				t.Fatal("the deletion came to its end")
			}
			if n := at(); n != people-5000 {
				t.Fatalf("%d people have a company after the first page", n)
			}
			stop := w.work(w.engine())
			for end := time.Now().Add(patience); at() != people; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("%d people have found their company again", at())
				}
			}
			stop()
			if n, err := w.e.DeleteRecords(t.Context(), admin, ids, "", false); n != 1 || err != nil || at() != 0 {
				t.Errorf("%d companies deleted (%v), %d people have one", n, err, at())
			}
			w.sound()
		})
	}
}
