package engine_test

import (
	"testing"

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
	const people, page = 11_000, 5000
	for _, kind := range storetest.Kinds() {
		for name, goOn := range map[string]func(*world){
			"a worker": func(w *world) { w.work(w.engine()) },
			"whoever resumes": func(w *world) {
				w.resume("emails")
				if v := w.show("emails"); v.RemainingRows != 0 {
					t.Errorf("live with %d rows of before", v.RemainingRows)
				}
				w.pause("emails")
			},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				dsn := storetest.DSN(t, kind)
				w := newWorld(t, opened(t, dsn), sandbox.Defaults())
				for from := 0; from < people; from += page {
					w.people(from, min(page, people-from), "x")
				}
				w.save("emails", findEmail(fettle.AllPeople, 3))
				stop := w.work(w.e)
				answer := w.sb.Hold()
				w.start("emails")
				w.until("emails", func(v fettle.EnrichmentView) bool { return !v.Planning && v.InFlight == 3 })
				answer() // the limit is reached once every row is open
				wantPaused(t, w.settle("emails"), fettle.PausedByLimit)
				stop()
				w.limit("emails", people, false)

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
				if rows := v.RemainingRows + v.Rows.Found; rows != people-page || v.Message != "its rows are being cleared" {
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
