package run

import (
	"context"
	"fmt"
	"net/http/httptrace"
	"runtime/debug"
	"time"

	"fettle"
	"fettle/internal/gate"
	"fettle/internal/safehttp"
	"fettle/judge"
	"fettle/provider"
	"fettle/store"
)

// dispatch makes a request in a goroutine of its own.
func (w *Worker) dispatch(ctx context.Context, r *request) {
	for _, j := range r.jobs {
		w.begin(j)
	}
	done := r.step().Connection.Pacer.Load().Claim()
	w.calls.Go(func() {
		results, f := w.call(r.watched(ctx), r)
		done()
		switch f {
		case made:
			for _, l := range r.land(r.jobs, results, time.Now()) {
				w.results <- &l
			}
		case notSent:
			for _, j := range r.jobs {
				l := handBack(j, time.Now())
				w.results <- &l
			}
		case leftOpen:
			for _, j := range r.jobs {
				w.results <- &landing{j: j, handed: true, open: true}
			}
		}
	})
}

// fate is what became of a call in this process.
type fate int

const (
	made     fate = iota // it was made: its result says the rest
	notSent              // it was never sent: its claim is handed back
	leftOpen             // it was sent before and may be sent again under its key, by whoever may then
)

// begin counts a call that is under way until its result is settled.
func (w *Worker) begin(j *job) {
	w.open.Add(1)
	w.mu.Lock()
	j.begun = true
	w.flying[j.p.ID]++
	w.mu.Unlock()
}

// handBack gives back a claim that was not sent: its own worker may.
func handBack(j *job, now time.Time) landing {
	l := landing{j: j, row: j.row, kind: "release", handed: true}
	l.end = store.Ending{
		ID: j.attempt.ID, Worker: j.attempt.WorkerID, State: store.AttemptReleased, Outcome: string(provider.NotSent),
		Message: "stopped before it was sent", DoneUS: now.UnixMicro(),
	}
	l.row.State, l.row.Outcome, l.row.Detail, l.row.UpdatedUS = fettle.RowPending, "", "", now.UnixMicro()
	return l
}

// resends bounds how often a call with an unknown outcome is sent again under
// its own key, where that cannot be billed twice.
const resends = 6

// call makes the request when its turn has come, and gives a result for each of
// its jobs. It is not made where the enrichment was stopped or the lease has run
// out.
func (w *Worker) call(ctx context.Context, r *request) (results []provider.Result, f fate) {
	first := r.jobs[0]
	g := w.gate(ctx, first.p.ID)
	for try := range resends {
		turn, ok := g.Turn(first.seq)
		if !ok || (try > 0 && !sleep(turn, time.Second<<min(try-1, 4))) {
			return results, r.unmade(try)
		}
		got, left := w.once(ctx, turn, g, r)
		if !left {
			return results, r.unmade(try)
		}
		if results = got; try > 0 || first.resent {
			for i, res := range results {
				results[i] = afterLoss(res, len(results) == 1)
				results[i].Whole = res.Whole
			}
		}
		if !lost(results) || !first.attempt.Resend {
			return results, made
		}
		for _, j := range r.jobs {
			j.calls++
		}
	}
	return results, made
}

// lost reports whether no answer came that could be understood. A record that is
// missing from one is not found in a second answer either.
func lost(results []provider.Result) bool {
	return results[0].Outcome == provider.Unknown && (len(results) == 1 || results[0].Whole)
}

// afterLoss is what the answer to a call that was sent again says of the call
// as a whole. That it was not taken, or that the request was refused, this time
// says nothing of the time before, which may have been billed (some vendors refuse
// a key that they know): ended for nothing, it would be on no account; released, it
// would be bought anew under another key.
func afterLoss(r provider.Result, alone bool) provider.Result {
	if (alone || r.Whole) && refuses(r.Outcome) && r.Units == 0 {
		return unknownResult("sent again, and refused: " + r.Message)
	}
	switch r.Outcome {
	case provider.Throttled, provider.Transient, provider.NotSent, provider.AuthError, provider.OutOfCredit:
		return unknownResult("sent again, and not taken: " + r.Message)
	default:
		return r
	}
}

// unmade is the fate of a request whose try was not made. One that was sent
// before, here or elsewhere, is one that may be sent again.
func (r *request) unmade(try int) fate {
	if try == 0 && !r.jobs[0].resent {
		return notSent
	}
	return leftOpen
}

// once makes the request one time.
func (w *Worker) once(ctx, turn context.Context, g *gate.Gate, r *request) (results []provider.Result, made bool) {
	s, first := r.step(), r.jobs[0]
	slot, err := s.Connection.Pacer.Load().Slot(turn)
	if err != nil {
		return nil, false
	}
	var word provider.Result // nothing is said of the provider where nothing was sent
	defer func() { slot.Release(word) }()
	if w.db.Lost() != nil {
		return nil, false // the database file was deleted or replaced
	}
	if first.attempt.WorkerID != w.workerID() || time.Now().UnixMicro() > w.lease.Load() {
		return nil, false
	}
	left, ok := g.Enter(first.seq)
	if !ok {
		return nil, false
	}
	defer left()
	// A connection that was replaced meanwhile is not used: the row is claimed
	// anew, at the price, the address and with the key that hold now.
	leftIt, ok := s.Connection.Gate.Enter(0)
	if !ok {
		return nil, false
	}
	defer leftIt()
	cctx, cancel := safehttp.WithPatience(slot.Context(ctx), callMost)
	defer cancel()
	cctx = httptrace.WithClientTrace(cctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { left(); leftIt() }})
	name, began := s.Connection.Name, time.Now()
	results, err = w.ask(cctx, r)
	if err != nil {
		w.log.ErrorContext(ctx, "a provider's code failed", "provider", name, "attempt", first.attempt.ID, "error", err)
		results = r.all(unknownResult("internal error while calling"))
	}
	word = wordOf(results)
	w.cfg.Watch.called(ctx, name, s.Operation.Info().ID, word.Outcome, time.Since(began))
	return results, true
}

// ask makes the call. A provider's code that panics does not take the process,
// and every other call with it.
func (w *Worker) ask(ctx context.Context, r *request) (results []provider.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	s := r.step()
	if s.Batch == nil {
		res, err := s.Operation.Do(ctx, w.question(s, r.jobs[0]))
		return []provider.Result{res}, err
	}
	calls, places := r.sent, r.places
	if calls == nil {
		places = nil
		for i, j := range r.jobs {
			calls, places = append(calls, w.question(s, j)), append(places, i)
		}
	}
	all, err := s.Batch.DoBatch(ctx, calls)
	if err != nil {
		return nil, err
	}
	results = make([]provider.Result, len(r.jobs))
	for i, at := range places {
		if results[i] = all[at]; i > 0 && results[i].Whole {
			results[i].Raw = nil // it is kept with the first
		}
	}
	return results, nil
}

// question is what a job asks.
func (w *Worker) question(s *judge.Step, j *job) provider.Call {
	return provider.Call{Key: w.callKey(j.attempt.ID), Inputs: j.ask[0].Inputs, Options: s.Options, Covered: j.ask[0].Covered}
}

// wordOf is what a request says of its provider: an answer about records is a
// good one, whatever it says of them.
func wordOf(results []provider.Result) provider.Result {
	word := results[0]
	if len(results) > 1 && !word.Whole {
		word.Outcome = provider.Found
	}
	return word
}

func unknownResult(why string) provider.Result {
	return provider.Result{Outcome: provider.Unknown, Message: why}
}

// sleep waits unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
