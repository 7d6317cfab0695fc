package declarative

import (
	"context"
	"net/url"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/traits"

	"fettle/provider"
)

// JobOperation is a BatchOperation whose requests the provider accepts as jobs,
// which are polled. A record is recognised in the job's result by its call's key.
type JobOperation struct {
	*BatchOperation
}

var (
	_ provider.Batcher = (*JobOperation)(nil)
	_ provider.Poller  = (*JobOperation)(nil)
)

// PollTimes are the waits between polls.
func (o *BatchOperation) PollTimes() (first, every, giveUp time.Duration) {
	p := o.c.def.Poll
	return p.First.or(30 * time.Second), p.Every.or(30 * time.Second), p.GiveUp.or(24 * time.Hour)
}

// Poll asks how a job stands. Whatever goes wrong with asking leaves the job
// pending: asking again is free, and the job may still bill.
func (o *JobOperation) Poll(ctx context.Context, jobID string, refs []string) (map[string]provider.Result, error) {
	s := o.scope(provider.Call{})
	s.jobID = jobID
	path, present, err := o.c.poll.path.render(s, url.PathEscape)
	if err != nil || !present {
		return all(refs, provider.Result{Outcome: provider.Pending, Message: "the poll's path cannot be written"}), nil
	}
	var body []byte
	if o.c.poll.body != nil {
		if body, _, err = o.c.poll.body.append(nil, s); err != nil {
			return all(refs, provider.Result{Outcome: provider.Pending, Message: "the poll's body cannot be written"}), nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, o.p.def.timeout())
	defer cancel()
	a := o.conn.send(ctx, o.conn.request(ctx, o.c.poll.method, path, nil, body), s, true)
	if a.failure != nil {
		return all(refs, provider.Result{Outcome: provider.Pending, Message: a.failure.Message}), nil
	}
	now := time.Now()
	wait := provider.Result{
		Outcome: provider.Pending, HTTPStatus: a.status, RetryAfter: o.conn.retryAfter(a.header, now), Signals: o.conn.signals(a.header, now),
	}
	if a.form != jsonBody || a.status >= 300 {
		wait.Message = o.conn.clean(o.message(a, s, true))
		return all(refs, wait), nil
	}
	if o.c.poll.pending.holds(s) {
		return all(refs, wait), nil
	}
	items, err := o.c.items.value(s)
	list, ok := items.(traits.Lister)
	if err != nil || !ok {
		wait.Message = "the answer has no list of results"
		return all(refs, wait), nil
	}
	return o.settle(s, a, list, refs), nil
}

// settle judges each record of a job that is done.
func (o *JobOperation) settle(s *scope, a answer, list traits.Lister, refs []string) map[string]provider.Result {
	out := all(refs, provider.Result{Outcome: provider.Unknown, HTTPStatus: a.status, Message: "the job is done and has no result for this record"})
	places := make(map[string]int, len(refs))
	for i, r := range refs {
		places[r] = i
	}
	for it := list.Iterator(); it.HasNext() == types.True; {
		item := it.Next()
		if i, ok := o.matched(s, item, places); ok {
			s.item, s.ref = item, refs[i]
			out[refs[i]] = o.judgeItem(s, a)
		}
	}
	return out
}

func all(refs []string, res provider.Result) map[string]provider.Result {
	out := make(map[string]provider.Result, len(refs))
	for _, r := range refs {
		out[r] = res
	}
	return out
}
