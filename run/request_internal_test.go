package run

import (
	"context"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fettle"
	"fettle/connect"
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
	one, billed := provider.Result{Outcome: provider.BadInput}, provider.Result{Outcome: provider.Failed, Units: provider.Unit}
	for _, tt := range []struct {
		res   provider.Result
		alone bool
		want  provider.Outcome
	}{
		{refused, false, provider.Unknown},
		{one, true, provider.Unknown},
		{one, false, provider.BadInput}, // the request was taken: this is said of the record
		{billed, true, provider.Failed},
	} {
		if res := afterLoss(tt.res, tt.alone); res.Outcome != tt.want {
			t.Errorf("%+v sent again, alone %v: %+v", tt.res, tt.alone, res)
		}
	}
}

// TestARequestIsSentAgainWhole: of a request of four, of which one is settled and one
// unknown, a process takes over two. It sends all four again, in their order, lands
// its two, and counts what the others cost or hold.
func TestARequestIsSentAgainWhole(t *testing.T) {
	op := &many{}
	p := &judge.Program{Steps: []judge.Step{{Operation: op, Batch: op}}}
	var members []store.Attempt
	for i, state := range []store.AttemptState{store.AttemptSettled, store.AttemptReserved, store.AttemptUnknown, store.AttemptReserved} {
		members = append(members, store.Attempt{
			ID: int64(i + 1), State: state, Charged: 2, UnitPrice: fettle.Credit, Hold: ledger.Hold{Step: 3}, Inputs: map[string]any{"n": i},
		})
	}
	with := companions{}
	for _, a := range members {
		with[a.ID] = members
	}
	var jobs []*job
	for _, i := range []int{1, 3} {
		jobs = append(jobs, &job{p: p, attempt: members[i], ask: []judge.Question{{}}})
	}
	w := New(Config{DB: new(store.DB), Workspace: "w"})
	list := w.requestsOf(jobs, with)
	if len(list) != 1 {
		t.Fatalf("%d requests", len(list))
	}
	r := list[0]
	if r.least != 7 || r.others != 2+3 {
		t.Errorf("at least %s, the others %s", r.least, r.others)
	}
	results, err := w.ask(t.Context(), r)
	if err != nil || !slices.Equal(op.keys, []string{"w-1", "w-2", "w-3", "w-4"}) {
		t.Errorf("sent %v, %v", op.keys, err)
	}
	if len(results) != 2 || results[0].Message != "w-2" || results[1].Message != "w-4" {
		t.Errorf("landed %+v", results)
	}
	if members[2].Inputs = nil; with.complete(2) {
		t.Error("sent again without the inputs of one")
	}
}

// many is an operation for many records, which keeps the keys that it was asked with.
type many struct {
	counted

	keys []string
}

func (*many) MaxBatch() int                   { return 4 }
func (*many) Minimum() (provider.Units, bool) { return 7, true }
func (*many) QuoteBeside(provider.Call) (provider.Quote, bool) {
	return provider.Quote{HitMax: 3}, true
}
func (*many) Refuse(provider.Call) (res provider.Result, ok bool) { return res, false }

func (m *many) DoBatch(_ context.Context, calls []provider.Call) ([]provider.Result, error) {
	out := make([]provider.Result, len(calls))
	for i, c := range calls {
		m.keys = append(m.keys, c.Key)
		out[i] = provider.Result{Outcome: provider.Found, Message: c.Key}
	}
	return out, nil
}

// TestARequestHoldsWhatWasTaken: calls of a first step join requests one by one, each
// taking what the request's highest price rises by. When the whole is divided, the
// rows hold together no more than was taken, and none more than it would alone: else
// the limit refuses the claim, again and again.
func TestARequestHoldsWhatWasTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		price := func(name string) fettle.Credits { return fettle.Credits(rapid.IntRange(0, 12).Draw(t, name)) }
		op := &many{}
		unit := fettle.Credit
		conn := &connect.Connection{Description: provider.Description{Name: "p"}, Conn: provider.Connection{UnitCredits: &unit}}
		p := &judge.Program{
			Steps:      []judge.Step{{Connection: conn, Operation: op, Batch: op}, {Connection: conn, Operation: op}},
			Definition: fettle.Definition{Until: rapid.SampledFrom([]string{"", "all"}).Draw(t, "until")},
		}
		b := &batch{w: New(Config{DB: new(store.DB), Workspace: "w"}), p: p}
		var taken, held fettle.Credits
		var alone []fettle.Credits
		for i := range rapid.IntRange(1, 9).Draw(t, "rows") {
			hit, miss := price("hit"), price("miss")
			least := fettle.Credits(0) // nothing bills a call that can cost nothing
			if max(hit, miss) > 0 {
				least = 7
			}
			ask := []judge.Question{
				{Hit: max(hit, least), Miss: max(miss, least), Beside: max(hit, miss), Priced: true},
				{Step: 1, Hit: price("then"), Miss: price("then, not"), Priced: true},
			}
			v := judge.Verdict{Ask: ask, Held: p.RowMax(ask)}
			c, err := b.callOf(store.Row{RecordID: int64(i)}, v, &p.Steps[0])
			if err != nil {
				t.Fatal(err)
			}
			j := &job{p: p, ask: ask, attempt: store.Attempt{ID: int64(i + 1), Hold: p.Hold(ask[0], v.Held, nil)}}
			b.groups.add(c.joins, c.with, j, c.least)
			taken, alone = taken+c.hold.Held, append(alone, v.Held)
		}
		b.groups.close()
		for _, r := range b.groups.all {
			for _, j := range r.jobs {
				held += j.attempt.Hold.Held
				if i := j.attempt.ID - 1; j.attempt.Hold.Held > alone[i] {
					t.Errorf("row %d holds %d, alone %d", i, j.attempt.Hold.Held, alone[i])
				}
			}
		}
		if held > taken {
			t.Errorf("%d are held, %d were taken", held, taken)
		}
	})
}
