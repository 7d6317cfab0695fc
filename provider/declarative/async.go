package declarative

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"fettle/internal/safehttp"
	"fettle/provider"
)

// BatchOperation asks for many records in one request, which the provider
// accepts as a job, and polls the job. A record is recognised in the job's
// result by its call's key.
type BatchOperation struct {
	*Operation
}

var (
	_ provider.Batcher = (*BatchOperation)(nil)
	_ provider.Poller  = (*BatchOperation)(nil)
)

// MaxBatch is how many records one request may hold.
func (o *BatchOperation) MaxBatch() int { return max(1, o.c.def.Request.MaxItems) }

// PollTimes are the waits between polls.
func (o *BatchOperation) PollTimes() (first, every, giveUp time.Duration) {
	p := o.c.def.Poll
	return p.First.or(30 * time.Second), p.Every.or(30 * time.Second), p.GiveUp.or(24 * time.Hour)
}

// Do asks for one record.
func (o *BatchOperation) Do(ctx context.Context, call provider.Call) (provider.Result, error) {
	out, err := o.DoBatch(ctx, []provider.Call{call})
	if err != nil {
		return provider.Result{}, err
	}
	return out[0], nil
}

// DoBatch asks for the records in one request. A record that cannot be asked
// for is bad input; the rest share their outcome, accepted if all is well.
func (o *BatchOperation) DoBatch(ctx context.Context, calls []provider.Call) ([]provider.Result, error) {
	out := make([]provider.Result, len(calls))
	var items []byte
	var asked []int
	for i, call := range calls {
		s := o.scope(call)
		if bad := o.check(s); bad != nil {
			out[i] = *bad
			continue
		}
		item, err := o.item(s)
		if err != nil {
			out[i] = o.unasked(err)
			continue
		}
		if len(items) > 0 {
			items = append(items, ',')
		}
		items, asked = append(items, item...), append(asked, i)
	}
	if len(asked) == 0 {
		return out, nil
	}
	shared := o.submit(ctx, calls[asked[0]], items)
	for _, i := range asked {
		out[i] = shared
	}
	return out, nil
}

// item writes one record.
func (o *BatchOperation) item(s *scope) ([]byte, error) {
	item, _, err := o.c.req.item.append(nil, s)
	if err != nil {
		return nil, err
	}
	if most := o.c.def.Request.MaxItemBytes; most > 0 && len(item) > most {
		return nil, fmt.Errorf("the record has %d bytes, at most %d are taken", len(item), most)
	}
	return item, nil
}

// submit sends the records and judges the answer, which is the same for all.
func (o *BatchOperation) submit(ctx context.Context, first provider.Call, items []byte) provider.Result {
	s := o.scope(first)
	body, err := o.batchBody(s, items)
	if err != nil {
		return o.unasked(err)
	}
	ctx, cancel := safehttp.WithPatience(ctx, o.p.def.timeout())
	defer cancel()
	req, err := o.request(ctx, s, body)
	if err != nil {
		return o.unasked(err)
	}
	res := o.judge(o.conn.send(ctx, req, s, o.c.headers), s, o.c.submit)
	if res.Outcome != provider.Accepted {
		return res
	}
	if v, err := o.c.jobID.value(s); err == nil && v != nil && !isNull(v) {
		res.JobID, err = toText(v)
		if err == nil && res.JobID != "" {
			return res
		}
	}
	res.Outcome, res.JobID, res.Message = provider.Unknown, "", "the job was accepted without an id"
	return res
}

// batchBody puts the records into the body.
func (o *BatchOperation) batchBody(s *scope, items []byte) ([]byte, error) {
	body, _, err := o.c.req.body.append(nil, s)
	if err != nil {
		return nil, err
	}
	key := appendString(nil, o.c.def.Request.ItemsAt)
	out := make([]byte, 0, len(body)+len(items)+len(key)+8)
	out = append(append(append(out, '{'), key...), ':', '[')
	out = append(append(out, items...), ']')
	if len(body) > 2 { // more than {}
		out = append(out, ',')
	}
	out = append(out, body[1:]...)
	if !json.Valid(out) {
		return nil, errors.New("the body of the batch is not an object")
	}
	return out, nil
}

// Poll asks how a job stands. Whatever goes wrong with asking leaves the job
// pending: asking again is free, and the job may still bill.
func (o *BatchOperation) Poll(ctx context.Context, jobID string, refs []string) (map[string]provider.Result, error) {
	s := o.scope(provider.Call{})
	s.jobID = jobID
	path, present, err := o.c.poll.path.render(s, url.PathEscape)
	if err != nil || !present {
		return all(refs, provider.Result{Outcome: provider.Pending, Message: "the poll's path cannot be written"}), nil
	}
	ctx, cancel := context.WithTimeout(ctx, o.p.def.timeout())
	defer cancel()
	a := o.conn.send(ctx, o.conn.request(ctx, o.c.poll.method, path, nil, nil), s, true)
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
	items, err := o.c.poll.items.value(s)
	list, ok := items.(traits.Lister)
	if err != nil || !ok {
		wait.Message = "the answer has no list of results"
		return all(refs, wait), nil
	}
	return o.settle(s, a, list, refs), nil
}

// settle judges each record of a job that is done.
func (o *BatchOperation) settle(s *scope, a answer, list traits.Lister, refs []string) map[string]provider.Result {
	out := all(refs, provider.Result{Outcome: provider.Unknown, HTTPStatus: a.status, Message: "the job is done and has no result for this record"})
	for it := list.Iterator(); it.HasNext() == types.True; {
		item := it.Next()
		s.item = item
		v, err := o.c.poll.match.value(s)
		if err != nil || v == nil {
			continue
		}
		ref, err := toText(v)
		if _, asked := out[ref]; err != nil || !asked {
			continue
		}
		s.ref = ref
		one := a
		one.raw = rawItem(item)
		res := o.judge(one, s, o.c.outcomes)
		o.fill(s, &res)
		out[ref] = res
	}
	return out
}

func rawItem(item ref.Val) []byte {
	b, err := appendJSON(nil, item)
	if err != nil {
		return nil
	}
	return b
}

func all(refs []string, res provider.Result) map[string]provider.Result {
	out := make(map[string]provider.Result, len(refs))
	for _, r := range refs {
		out[r] = res
	}
	return out
}
