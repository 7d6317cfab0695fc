package run

import (
	"slices"
	"testing"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/ledger"
	"fettle/provider"
	"fettle/store"
)

// requestOf is a request whose calls hold so much, at a price of a credit a unit.
func requestOf(least fettle.Credits, held ...fettle.Credits) *request {
	r := newRequest()
	r.least = least
	for i, h := range held {
		r.jobs = append(r.jobs, &job{
			in: r, p: &judge.Program{Steps: make([]judge.Step, 1)}, ask: []judge.Question{{}}, row: store.Row{RecordID: int64(i + 1)},
			attempt: store.Attempt{ID: int64(i + 1), UnitPrice: fettle.Credit, Hold: ledger.Hold{Held: h, Step: h}},
		})
	}
	return r
}

func billed(o provider.Outcome, units fettle.Credits) provider.Result {
	return provider.Result{Outcome: o, Units: units}
}

// TestWhatARequestIsBilledIsShared: the charges of its calls add up to what a
// request is billed, in whatever parts its results come, and none is above what it
// held.
func TestWhatARequestIsBilledIsShared(t *testing.T) {
	hit, miss, lost := provider.Found, provider.NotFound, provider.Unknown
	for name, tt := range map[string]struct {
		least   fettle.Credits
		held    []fettle.Credits
		others  fettle.Credits
		parts   [][]provider.Result // of the calls in their order
		charged []fettle.Credits
	}{
		"enough":                   {least: 10, held: []fettle.Credits{4, 4, 4}, parts: [][]provider.Result{{billed(hit, 4), billed(hit, 4), billed(hit, 4)}}, charged: []fettle.Credits{4, 4, 4}},
		"the remainder is first":   {least: 11, held: []fettle.Credits{6, 5}, parts: [][]provider.Result{{billed(hit, 4), billed(hit, 4)}}, charged: []fettle.Credits{6, 5}},
		"a miss bears a part":      {least: 10, held: []fettle.Credits{4, 4, 4}, parts: [][]provider.Result{{billed(hit, 4), billed(miss, 0), billed(hit, 4)}}, charged: []fettle.Credits{4, 2, 4}},
		"none is billed":           {least: 10, held: []fettle.Credits{5, 5}, parts: [][]provider.Result{{billed(miss, 0), billed(miss, 0)}}, charged: []fettle.Credits{0, 0}},
		"an unknown one holds":     {least: 10, held: []fettle.Credits{4, 4, 4}, parts: [][]provider.Result{{billed(hit, 4), billed(miss, 0), billed(lost, 0)}}, charged: []fettle.Credits{4, 2, 0}},
		"in two parts":             {least: 10, held: []fettle.Credits{5, 5}, parts: [][]provider.Result{{billed(hit, 4)}, {billed(hit, 1)}}, charged: []fettle.Credits{5, 5}},
		"the last one makes it up": {least: 10, held: []fettle.Credits{4, 4, 4}, parts: [][]provider.Result{{billed(hit, 4), billed(hit, 4)}, {billed(miss, 0)}}, charged: []fettle.Credits{4, 4, 2}},
		"after a crash":            {least: 10, held: []fettle.Credits{5}, others: 5, parts: [][]provider.Result{{billed(hit, 4)}}, charged: []fettle.Credits{5}},
		"without a minimum":        {held: []fettle.Credits{4, 4}, parts: [][]provider.Result{{billed(hit, 4), billed(miss, 0)}}, charged: []fettle.Credits{4, 0}},
		"it could not be billed":   {least: 10, held: []fettle.Credits{10, 0}, parts: [][]provider.Result{{billed(hit, 4), billed(hit, 0)}}, charged: []fettle.Credits{10, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			r := requestOf(tt.least, tt.held...)
			r.others = tt.others
			var got []fettle.Credits
			for at := 0; len(tt.parts) > 0; tt.parts = tt.parts[1:] {
				for _, l := range r.land(r.jobs[at:at+len(tt.parts[0])], tt.parts[0], time.Now()) {
					got = append(got, l.charged)
					if l.charged > l.j.attempt.Hold.Step || l.charged != l.end.Charged+l.end.Overrun || (l.charged > 0) != l.row.Paid || l.end.Units != l.charged {
						t.Errorf("call %d: %s of %s, ends %+v", l.j.attempt.ID, l.charged, l.j.attempt.Hold.Step, l.end)
					}
				}
				at += len(tt.parts[0])
			}
			if !slices.Equal(got, tt.charged) {
				t.Errorf("charged %v, want %v", got, tt.charged)
			}
		})
	}
}

// TestARefusalOfManyIsNobodys: a request that is refused as a whole gives its rows
// back, unbilled; one call alone is refused for good, and the answer to a request
// that was sent again says nothing of the first time.
func TestARefusalOfManyIsNobodys(t *testing.T) {
	refused := provider.Result{Outcome: provider.BadInput, Whole: true, Message: "no"}
	r := requestOf(10, 5, 5)
	for i, l := range r.land(r.jobs, []provider.Result{refused, refused}, time.Now()) {
		if l.end.State != store.AttemptReleased || l.end.Outcome != "bad_input" || l.row.State != fettle.RowPending || l.failing || l.row.Tries != 0 || l.echo != (i > 0) {
			t.Errorf("together: %+v, %+v", l.end, l.row)
		}
	}
	alone := requestOf(10, 10)
	if l := alone.land(alone.jobs, []provider.Result{refused}, time.Now())[0]; l.end.State != store.AttemptSettled || l.row.Outcome != fettle.Failed {
		t.Errorf("alone: %+v, %+v", l.end, l.row)
	}
	if res := afterLoss(refused); res.Outcome != provider.Unknown {
		t.Errorf("sent again: %+v", res)
	}
}
