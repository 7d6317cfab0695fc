package run

import (
	"log/slog"
	"slices"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/judge"
	"fettle/store"
	"fettle/store/storetest"
)

// TestNothingIsClaimedBehindAPlan: rows that a plan under way has not come to may be
// of records that left since.
func TestNothingIsClaimedBehindAPlan(t *testing.T) {
	page := judgedPage{judged: make([]judge.Verdict, 3), last: 7, more: true}
	for _, id := range []int64{3, 5, 7} {
		page.rows = append(page.rows, store.Row{RecordID: id})
	}
	cases := map[string]struct {
		e    store.Enrichment
		want []int64
	}{
		"planned":                        {store.Enrichment{State: fettle.Live, PlanState: store.Planned}, []int64{3, 5, 7}},
		"after a resume":                 {store.Enrichment{State: fettle.Live, PlanState: store.Planning, PlanCause: store.CatchUp, PlanCursor: 5}, []int64{3, 5}},
		"after an edit":                  {store.Enrichment{State: fettle.Live, PlanState: store.Edited, PlanCause: fettle.CauseEntered}, nil},
		"who came or went by time alone": {store.Enrichment{State: fettle.Live, PlanState: store.Planning, PlanCause: store.TimePassed}, []int64{3, 5, 7}},
		"a pilot":                        {store.Enrichment{State: fettle.Paused, PlanState: store.Edited, PilotRunID: 1}, []int64{3, 5, 7}},
	}
	for name, c := range cases {
		got := upToPlan(page, c.e)
		var ids []int64
		for _, r := range got.rows {
			ids = append(ids, r.RecordID)
		}
		if !slices.Equal(ids, c.want) || len(got.judged) != len(got.rows) || got.more != (len(ids) == 3) {
			t.Errorf("%s: records %v (more: %t), want %v", name, ids, got.more, c.want)
		}
	}
}

// TestWhatAPlanLedToIsNotWaitedFor: how far the log has to be followed is asked before
// a plan opens its rows. What they write while it goes on is much, and following all of
// it first would leave the calls idle when it ends.
func TestWhatAPlanLedToIsNotWaitedFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := New(Config{DB: db, Log: slog.New(slog.DiscardHandler)})
		e := store.Enrichment{ID: 1, State: fettle.Live, PlanState: store.Planning, PlanCause: fettle.CauseEntered}
		write := func(tx *store.Tx, id string) {
			t.Helper()
			if _, err := ingest.Upsert(t.Context(), tx, ingest.UpsertInput{Entity: fettle.People, Source: "crm", Origin: 1, Actor: "ann", Fields: []string{"external_id"}, Rows: []ingest.Row{{Values: []any{id}}}}); err != nil {
				t.Fatal(err)
			}
		}
		keeps := func(tx *store.Tx, want bool) {
			t.Helper()
			if ok, err := w.keepsUp(t.Context(), tx, e); err != nil || ok != want {
				t.Errorf("%s, followed to %d: %t, %v", e.PlanState, e.FollowCursor, ok, err)
			}
		}
		if err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
			write(tx, "1")
			keeps(tx, true) // the plan itself looks at all
			if e.FollowCursor, err = tx.NewestChange(t.Context()); err != nil {
				return err
			}
			write(tx, "2")
			e.PlanState = store.Planned
			keeps(tx, true)
			e.FollowCursor--
			keeps(tx, false)
			e.ControlSeq++ // a stop, and what was written since the last
			e.FollowCursor++
			keeps(tx, false)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
