package run

import (
	"slices"
	"testing"

	"fettle"
	"fettle/judge"
	"fettle/store"
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
