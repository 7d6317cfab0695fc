package run

import (
	"context"
	"time"

	"fettle/provider"
)

// poll asks for the outcome of a call that the provider accepted, until it is
// there or the provider's time for it is over. A process that ends leaves the
// job to the next one: its id is stored.
func (w *Worker) poll(ctx context.Context, j *job, jobID string) {
	w.begin(j)
	w.calls.Go(func() {
		p, ok := j.p.Steps[j.ask[0].Step].Operation.(provider.Poller)
		if !ok {
			w.results <- land(j, unknownResult("the provider accepted the call, but cannot be asked for its outcome"), time.Now())
			return
		}
		if res, ok := w.pollUntil(ctx, p, j, jobID); ok {
			w.results <- land(j, res, time.Now())
			return
		}
		w.open.Add(-1)
	})
}

func (w *Worker) pollUntil(ctx context.Context, p provider.Poller, j *job, jobID string) (provider.Result, bool) {
	wait, every, giveUp := p.PollTimes()
	ref := w.callKey(j.attempt.ID)
	end := time.UnixMicro(j.attempt.ReservedUS).Add(giveUp)
	for {
		select {
		case <-w.ended:
			return provider.Result{}, false
		case <-time.After(wait):
		}
		wait = every
		pctx, cancel := context.WithTimeout(ctx, callMost)
		p = w.pollerNow(p, j)
		results, err := p.Poll(pctx, jobID, []string{ref})
		cancel()
		res, ok := results[ref]
		switch {
		case err != nil:
			w.log.WarnContext(ctx, "a job could not be asked for", "provider", j.attempt.Provider, "job", jobID, "error", err)
		case ok && final(res.Outcome):
			return res, true
		}
		if time.Now().After(end) {
			return unknownResult("no outcome within the provider's own time"), true
		}
	}
}

// pollerNow is what asks for a job now: where only the key was changed since
// the provider accepted the call, the job is asked for with the new one. A job
// is never asked for at another address than the one that accepted it.
func (w *Worker) pollerNow(p provider.Poller, j *job) provider.Poller {
	s := &j.p.Steps[j.ask[0].Step]
	if _, ok := s.Connection.Gate.Turn(0); ok {
		return p
	}
	now, op, err := w.conns.Prepare(j.p.Definition.Steps[j.ask[0].Step])
	if err != nil || now.Conn.BaseURL != s.Connection.Conn.BaseURL || op.Fingerprint() != s.Operation.Fingerprint() {
		return p
	}
	if n, ok := op.(provider.Poller); ok {
		return n
	}
	return p
}

// final reports whether a job's outcome will not change.
func final(o provider.Outcome) bool {
	switch o {
	case provider.Pending, provider.Accepted, provider.Throttled, provider.Transient, provider.NotSent, provider.AuthError, provider.Unknown:
		return false
	case provider.Found, provider.NotFound, provider.OutOfCredit, provider.BadInput, provider.Failed:
	}
	return true
}
