package engine_test

import (
	"testing"
	"time"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestWhatComesDue buys for some people, of whom one has no value, one left the
// audience, one is suppressed, and has two values be older: the weeks ahead count
// the others when their time passes, and each time after.
func TestWhatComesDue(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		cfg.HitRate = 0.8
		w, ctx := newWorld(t, db, cfg), t.Context()
		w.people(0, 12, "x")
		w.audience("xs", `title == "x"`)
		def := findEmail("xs", 100)
		def.Refresh, def.NotFoundRetry = interval("28d"), interval("49d")
		w.save("emails", def)
		if v, err := w.e.Due(ctx, admin, "emails"); err != nil || v.PerRowCredits != fettle.Credit || len(v.Weeks) != 12 || v.Weeks[4].Rows != 0 || !v.Paused {
			t.Errorf("a draft: %+v, %v", v, err)
		}
		w.work(w.e)
		w.start("emails")
		found := w.settle("emails").Rows.Found
		if found < 5 || found == 12 {
			t.Fatalf("%d found", found)
		}
		var had []int64
		for id, r := range w.rows("emails") {
			if r.Outcome == fettle.Found {
				had = append(had, id)
			}
		}
		w.edit(had[0], "title", "y")
		if _, err := w.e.SuppressRecords(ctx, admin, []int64{had[1]}, "", true); err != nil {
			t.Fatal(err)
		}
		err := db.Update(ctx, func(tx *store.Tx) error {
			cells, err := tx.Cells(ctx, had[2:4])
			var old []store.Cell
			for _, c := range cells {
				c.BoughtUS -= (20 * 24 * time.Hour).Microseconds()
				old = append(old, c)
			}
			if err != nil {
				return err
			}
			return tx.PutCells(ctx, old)
		})
		if err != nil {
			t.Fatal(err)
		}
		v, err := w.e.Due(ctx, admin, "emails")
		if err != nil || v.Paused || v.OverdueRows != 0 {
			t.Fatalf("%+v, %v", v, err)
		}
		fresh, missed := found-4, 12-found
		want := []int64{0, 2, 0, fresh, 0, 2, missed, fresh, 0, 2, 0, fresh} // the hour is counted from its beginning
		for i, week := range v.Weeks {
			if week.Rows != want[i] || week.ExpectedCredits != fettle.Credits(week.Rows)*v.PerRowCredits {
				t.Errorf("week %d: %d rows, %s credits, want %d rows", i, week.Rows, week.ExpectedCredits, want[i])
			}
		}
	})
}
