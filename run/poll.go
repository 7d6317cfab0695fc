package run

import (
	"context"
	"time"

	"fettle/provider"
	"fettle/store"
)

// pollAll begins to ask for what providers accepted, once for each job of
// theirs: calls of one request are answered together.
func (w *Worker) pollAll(ctx context.Context, batch []landing, late map[int64]bool) {
	type key struct {
		in  *request
		job string
	}
	var order []key
	jobs := map[key][]*job{}
	for _, l := range batch {
		if l.end.State != store.AttemptAccepted || l.open || late[l.j.attempt.ID] {
			continue
		}
		k := key{l.j.in, l.end.JobID}
		if jobs[k] == nil {
			order = append(order, k)
		}
		jobs[k] = append(jobs[k], l.j)
	}
	for _, k := range order {
		w.poll(ctx, k.in, jobs[k], k.job)
	}
}

// poll asks for the outcome of calls that the provider accepted as one job of
// its own, until each is there or the provider's time for it is over. A process
// that ends leaves the job to the next one: its id is stored.
func (w *Worker) poll(ctx context.Context, r *request, jobs []*job, jobID string) {
	for _, j := range jobs {
		w.begin(j)
	}
	w.calls.Go(func() {
		p, ok := jobs[0].p.Steps[jobs[0].ask[0].Step].Operation.(provider.Poller)
		if !ok {
			w.landSame(r, jobs, "the provider accepted the call, but cannot be asked for its outcome")
			return
		}
		w.pollUntil(ctx, p, r, jobs, jobID)
	})
}

// landSame ends calls of which nothing is known.
func (w *Worker) landSame(r *request, jobs []*job, why string) {
	results := make([]provider.Result, len(jobs))
	for i := range results {
		results[i] = unknownResult(why)
	}
	for _, l := range r.land(jobs, results, time.Now()) {
		w.results <- &l
	}
}

func (w *Worker) pollUntil(ctx context.Context, p provider.Poller, r *request, jobs []*job, jobID string) {
	wait, every, giveUp := p.PollTimes()
	end := time.UnixMicro(jobs[0].attempt.ReservedUS).Add(giveUp)
	for {
		select {
		case <-w.ended:
			w.open.Add(-int64(len(jobs)))
			return
		case <-time.After(wait):
		}
		wait = every
		refs := make([]string, len(jobs))
		for i, j := range jobs {
			refs[i] = w.callKey(j.attempt.ID)
		}
		pctx, cancel := context.WithTimeout(ctx, callMost)
		p = w.pollerNow(p, jobs[0])
		results, err := p.Poll(pctx, jobID, refs)
		cancel()
		if err != nil {
			w.log.WarnContext(ctx, "a job could not be asked for", "provider", jobs[0].attempt.Provider, "job", jobID, "error", err)
		}
		if jobs = w.landFinal(r, jobs, refs, results); len(jobs) == 0 {
			return
		}
		if time.Now().After(end) {
			w.landSame(r, jobs, "no outcome within the provider's own time")
			return
		}
	}
}

// landFinal lands the calls whose outcome will not change, and gives the others.
func (w *Worker) landFinal(r *request, jobs []*job, refs []string, results map[string]provider.Result) (left []*job) {
	var ended []*job
	var final []provider.Result
	for i, j := range jobs {
		if res, ok := results[refs[i]]; ok && isFinal(res.Outcome) {
			ended, final = append(ended, j), append(final, res)
		} else {
			left = append(left, j)
		}
	}
	for _, l := range r.land(ended, final, time.Now()) {
		w.results <- &l
	}
	return left
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

// isFinal reports whether a job's outcome will not change.
func isFinal(o provider.Outcome) bool {
	switch o {
	case provider.Pending, provider.Accepted, provider.Throttled, provider.Transient, provider.NotSent, provider.AuthError, provider.Unknown:
		return false
	case provider.Found, provider.NotFound, provider.OutOfCredit, provider.BadInput, provider.Failed:
	}
	return true
}
