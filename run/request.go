package run

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/ledger"
	"fettle/limits"
	"fettle/provider"
	"fettle/store"
)

// request is what leaves as one call: a job alone or, where the operation asks
// for several records at once, jobs of one step that were claimed together. Each
// job has its attempt, its hold, its result and its row; they share the slot at
// the provider, the idempotency key, and what a request is billed at the least.
type request struct {
	jobs   []*job
	least  fettle.Credits  // what it is billed at the least, if at all
	sent   []provider.Call // of one that was taken over: all its calls, in their order …
	places []int           // … and which of them each job is
	others fettle.Credits  // of one that was taken over: what calls that are not these jobs cost, or hold

	mu    sync.Mutex
	ended map[int64]fettle.Credits // by attempt: what the jobs that have landed cost, or hold
}

func newRequest(jobs ...*job) *request {
	r := &request{jobs: jobs}
	for _, j := range jobs {
		j.in = r
	}
	return r
}

func (r *request) step() *judge.Step { return &r.jobs[0].p.Steps[r.jobs[0].ask[0].Step] }

// all gives each job the same result.
func (r *request) all(res provider.Result) []provider.Result {
	res.Whole = len(r.jobs) > 1
	return slices.Repeat([]provider.Result{res}, len(r.jobs))
}

// land decides what results mean for some jobs of the request, and what each of
// them bears of its minimum.
func (r *request) land(jobs []*job, results []provider.Result, now time.Time) []landing {
	out := make([]landing, len(jobs))
	for i, j := range jobs {
		if res := results[i]; res.Whole && r.together() && refuses(res.Outcome) {
			out[i] = refusedTogether(j, res, now)
		} else {
			out[i] = land(j, res, now)
		}
		out[i].echo = i > 0 && results[i].Whole
	}
	if r.least > 0 {
		r.shareLeast(out)
	}
	return out
}

func (r *request) together() bool { return len(r.jobs) > 1 || len(r.sent) > 1 }

// shareLeast divides what is missing to the minimum among those that have landed
// now, evenly, and none above what it holds: together they hold it. What has not
// landed, or is unknown, counts as what it holds, so that nothing is understated.
// A request that billed none of its calls is not billed.
func (r *request) shareLeast(out []landing) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended == nil {
		r.ended = make(map[int64]fettle.Credits, len(r.jobs))
	}
	counted := r.others
	room := make([]fettle.Credits, len(out))
	now := make(map[int64]bool, len(out))
	for i := range out {
		l := &out[i]
		now[l.j.attempt.ID] = true
		switch {
		case l.end.State == store.AttemptAccepted:
			return
		case l.lost:
			counted += l.j.attempt.Hold.Step
		case l.end.State == store.AttemptSettled:
			counted += l.charged
			room[i] = max(0, l.j.attempt.Hold.Step-l.charged)
		}
	}
	for _, j := range r.jobs {
		if cost, landed := r.ended[j.attempt.ID]; landed {
			counted += cost
		} else if !now[j.attempt.ID] {
			counted += j.attempt.Hold.Step
		}
	}
	if counted > 0 {
		for i, part := range ledger.Split(r.least-counted, room) {
			out[i].bear(part)
		}
	}
	for _, l := range out {
		r.ended[l.j.attempt.ID] = l.charged
		if l.lost {
			r.ended[l.j.attempt.ID] = l.j.attempt.Hold.Step
		}
	}
}

// bear charges a part of what the request is billed at the least.
func (l *landing) bear(part fettle.Credits) {
	if part <= 0 {
		return
	}
	l.charged += part
	l.end.Charged += part
	l.end.Units += ledger.UnitsOf(part, l.j.attempt.UnitPrice)
	l.row.Paid = true
}

// refuses reports whether a request was refused because of what is in it.
func refuses(o provider.Outcome) bool { return o == provider.BadInput || o == provider.Failed }

// refusedTogether is the landing of a job whose request was refused as a whole,
// which is not billed: one record in it may be the cause. Its row is asked again
// in a request of half as many, at last alone.
func refusedTogether(j *job, res provider.Result, now time.Time) landing {
	l := land(j, provider.Result{Outcome: provider.NotSent, Message: "refused with others: " + res.Message}, now)
	l.res, l.end.Outcome, l.failing = res, string(res.Outcome), false
	l.row = j.row
	l.row.UpdatedUS = now.UnixMicro()
	l.row.State, l.row.Outcome, l.row.Detail = fettle.RowPending, "", ""
	return l
}

// grouping is what calls must have in common to leave in one request.
type grouping struct {
	p    *judge.Program
	step int
	pays limits.Payer
	seq  int64
	most int // how many it may hold
}

// forming is a request that may take more calls.
type forming struct {
	r   *request
	own fettle.Credits // the sum of the highest prices of its calls, without the minimum
}

// most is what the request costs at the most if its calls cost so much.
func (r *request) most(own fettle.Credits) fettle.Credits {
	if own == 0 {
		return 0
	}
	return max(r.least, own)
}

// groups puts jobs into requests.
type groups struct {
	open map[grouping]*forming
	all  []*request
}

// room is the request that a call may join; nil for none. part is by how much the
// request's highest price rises with it.
func (g *groups) room(k grouping, q judge.Question) (f *forming, part fettle.Credits) {
	if f = g.open[k]; f == nil || len(f.r.jobs) >= k.most {
		return nil, 0
	}
	return f, f.r.most(f.own+q.Beside) - f.r.most(f.own)
}

// add puts a job into a request that has room, or into a new one.
func (g *groups) add(f *forming, k grouping, j *job, least fettle.Credits) {
	if f != nil {
		f.r.jobs, f.own = append(f.r.jobs, j), f.own+j.ask[0].Beside
		j.in = f.r
		return
	}
	r := newRequest(j)
	r.least = least
	g.all = append(g.all, r)
	if k.most == 1 {
		return
	}
	if g.open == nil {
		g.open = map[grouping]*forming{}
	}
	g.open[k] = &forming{r: r, own: j.ask[0].Beside}
}

// close divides what each request costs at the most among its calls: each holds
// its own highest price, and those that can be billed an even part of what is
// missing to the minimum.
func (g *groups) close() {
	for _, r := range g.all {
		if r.least == 0 || len(r.jobs) == 1 {
			continue
		}
		var own fettle.Credits
		room := make([]fettle.Credits, len(r.jobs))
		for i, j := range r.jobs {
			if own += j.ask[0].Beside; j.ask[0].Beside > 0 {
				room[i] = r.least
			}
		}
		for i, part := range ledger.Split(r.most(own)-own, room) {
			r.jobs[i].hold(r.jobs[i].ask[0].Beside + part)
		}
	}
}

// nextCall is what a row's first call takes: the request that it joins, nil for
// one of its own, and what is to be reserved for it there.
type nextCall struct {
	joins *forming
	with  grouping
	least fettle.Credits
	hold  ledger.Hold
}

// callOf finds the request that a row's first call leaves in. Calls go together
// that ask the same operation at the same price on the same accounts. One that
// would be refused before it is sent, and one that was refused with others, is
// not put with as many.
func (b *batch) callOf(r store.Row, v judge.Verdict, s *judge.Step) (nextCall, error) {
	q := v.Ask[0]
	c := nextCall{with: grouping{step: q.Step, most: 1, pays: limits.Payer{Opener: r.OpenedBy}}, hold: b.p.Hold(q, v.Held, v.Called)}
	if s.Batch == nil {
		return c, nil
	}
	least, most, err := b.w.together(s, q)
	if err != nil {
		return c, err
	}
	if n, refused := b.refused[store.RefusedKey{RecordID: r.RecordID, Operation: s.Fingerprint}]; refused {
		most = min(most, max(1, n/2))
	}
	c.with.most, c.least = most, least
	f, part := b.groups.room(c.with, q)
	if c.joins = f; f != nil && least > 0 {
		ask := judge.InPart(v.Ask, part)
		c.hold = b.p.Hold(ask[0], b.p.RowMax(ask), v.Called)
	}
	return c, nil
}

// together is what a request of a step is billed at the least, and with how many
// others a call may leave.
func (w *Worker) together(s *judge.Step, q judge.Question) (least fettle.Credits, most int, err error) {
	if s.Batch == nil {
		return 0, 1, nil
	}
	unit := fettle.Credits(0)
	if s.Connection.Conn.UnitCredits != nil {
		unit = *s.Connection.Conn.UnitCredits
	}
	least, ok := s.Least(unit)
	if !ok {
		return 0, 0, fettle.Errorf(fettle.Refused, "what a request to %s is billed at the least is not known, so it is not asked", s.Operation.Info().ID).
			WithHint("Correct cost.minimum in its definition.")
	}
	call := provider.Call{Key: w.callKey(math.MaxInt64), Inputs: q.Inputs, Options: s.Options, Covered: q.Covered}
	if _, bad := s.Batch.Refuse(call); bad {
		return least, 1, nil
	}
	return least, s.Together(), nil
}

// readRefused reads which of the rows' calls were refused together with others.
func (b *batch) readRefused(ctx context.Context, rows []store.Row) (err error) {
	if !slices.ContainsFunc(b.p.Steps, func(s judge.Step) bool { return s.Batch != nil }) {
		return nil
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.RecordID
	}
	b.refused, err = b.tx.RefusedTogether(ctx, ids)
	return err
}

// hold sets what the open call costs at the most, and with it what its row holds.
func (j *job) hold(part fettle.Credits) {
	j.ask = judge.InPart(j.ask, part)
	j.attempt.Hold.Step, j.attempt.Hold.Held = part, j.p.RowMax(j.ask)
}

// note writes down which calls leave together.
func (g *groups) note(ctx context.Context, tx *store.Tx) error {
	var batches [][]int64
	for _, r := range g.all {
		if len(r.jobs) == 1 {
			continue
		}
		ids := make([]int64, len(r.jobs))
		for i, j := range r.jobs {
			ids[i] = j.attempt.ID
		}
		batches = append(batches, ids)
	}
	if len(batches) == 0 {
		return nil
	}
	return tx.PutBatches(ctx, batches)
}
