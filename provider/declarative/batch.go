package declarative

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"fettle/internal/safehttp"
	"fettle/provider"
)

// BatchOperation asks for many records in one request. The answer has a result
// for each, known by its call's key or by its place; or it is the id of a job
// (JobOperation).
type BatchOperation struct {
	*Operation
}

var _ provider.Batcher = (*BatchOperation)(nil)

// MaxBatch is how many records one request may hold.
func (o *BatchOperation) MaxBatch() int { return o.c.maxBatch() }

// Minimum is the least of a request that is billed at all.
func (o *BatchOperation) Minimum() (provider.Units, bool) {
	if o.c.price.minimum == nil {
		return 0, true
	}
	least, err := amount(o.c.price.minimum, o.scope(provider.Call{}))
	return least, err == nil
}

// QuoteBeside is the price of a call without the minimum.
func (o *BatchOperation) QuoteBeside(call provider.Call) (provider.Quote, bool) {
	return o.Operation.Quote(call)
}

// Quote is the price of a call that has a request of its own. In a request with
// others that fall short of the minimum a miss bears a part of it too. What is
// expected goes by full requests.
func (o *BatchOperation) Quote(call provider.Call) (provider.Quote, bool) {
	q, ok := o.Operation.Quote(call)
	least, known := o.Minimum()
	if !ok || !known || q.Max() == 0 {
		return q, ok && known
	}
	if least > 0 {
		n := provider.Units(o.MaxBatch())
		part := (least + n - 1) / n
		if q.Low > 0 {
			q.Low = max(q.Low, part)
		}
		q.Expected, q.HitMax, q.MissMax = max(q.Expected, part), max(q.HitMax, least), max(q.MissMax, least)
	}
	return q, true
}

// Refuse says what is wrong with a call that cannot be asked.
func (o *BatchOperation) Refuse(call provider.Call) (provider.Result, bool) {
	s := o.scope(call)
	if bad := o.check(s); bad != nil {
		return *bad, true
	}
	if _, err := o.item(s); err != nil {
		return o.unasked(err), true
	}
	return provider.Result{}, false
}

// Do asks for one record, in a request of its own.
func (o *BatchOperation) Do(ctx context.Context, call provider.Call) (provider.Result, error) {
	out, err := o.DoBatch(ctx, []provider.Call{call})
	if err != nil {
		return provider.Result{}, err
	}
	res := out[0]
	if least, ok := o.Minimum(); ok && res.Units > 0 {
		res.Units = max(res.Units, least)
	}
	return res, nil
}

// DoBatch asks for the records in one request.
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
	s := o.scope(calls[asked[0]])
	shared, a := o.submit(ctx, s, items)
	if shared.Outcome == provider.Accepted && o.c.poll == nil {
		if o.results(s, a, calls, asked, out) {
			return out, nil
		}
		shared.Outcome, shared.Message = provider.Unknown, "the answer has no list of results that are those that were asked for"
	}
	shared.Whole = true
	for _, i := range asked {
		out[i] = shared
	}
	return out, nil
}

// item writes one record.
func (o *BatchOperation) item(s *scope) ([]byte, error) {
	item, present, err := o.c.req.item.append(nil, s)
	if err == nil && !present {
		err = errors.New("the record is empty")
	}
	if err != nil {
		return nil, err
	}
	if most := o.c.def.Request.MaxItemBytes; most > 0 && len(item) > most {
		return nil, fmt.Errorf("the record has %d bytes, at most %d are taken", len(item), most)
	}
	return item, nil
}

// submit sends the records and judges the answer as a whole.
func (o *BatchOperation) submit(ctx context.Context, s *scope, items []byte) (provider.Result, answer) {
	body, err := o.batchBody(s, items)
	if err != nil {
		return o.unasked(err), answer{}
	}
	ctx, cancel := safehttp.WithPatience(ctx, o.p.def.timeout())
	defer cancel()
	req, err := o.request(ctx, s, body)
	if err != nil {
		return o.unasked(err), answer{}
	}
	a := o.conn.send(ctx, req, s, o.c.headers)
	res := o.judge(a, s, o.c.submit)
	if res.Outcome != provider.Accepted || o.c.poll == nil {
		return res, a
	}
	if v, err := o.c.jobID.value(s); err == nil && v != nil && !isNull(v) {
		res.JobID, err = toText(v)
		if err == nil && res.JobID != "" {
			return res, a
		}
	}
	res.Outcome, res.JobID, res.Message = provider.Unknown, "", "the job was accepted without an id"
	return res, a
}

// batchBody puts the records into the body.
func (o *BatchOperation) batchBody(s *scope, items []byte) ([]byte, error) {
	if o.c.def.Request.ItemsAt == "" && o.c.poll != nil {
		return items, nil // a job of one record
	}
	if o.c.def.Request.ItemsAt == "" {
		return append(append([]byte{'['}, items...), ']'), nil
	}
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

// results judges each record of an answer that has them. ok is false where it
// has no list, or one of another length whose places say nothing. A record that
// is missing from it may have been billed.
func (o *BatchOperation) results(s *scope, a answer, calls []provider.Call, asked []int, out []provider.Result) (ok bool) {
	v, err := o.c.items.value(s)
	list, is := v.(traits.Lister)
	if err != nil || !is || (o.c.match == nil && list.Size() != types.Int(len(asked))) {
		return false
	}
	byRef := make(map[string]int, len(asked))
	for _, i := range asked {
		byRef[calls[i].Key] = i
		out[i] = provider.Result{Outcome: provider.Unknown, HTTPStatus: a.status, Message: "the answer has no result for this record"}
	}
	n := 0
	for it := list.Iterator(); it.HasNext() == types.True; n++ {
		item := it.Next()
		var i int
		if o.c.match == nil {
			i = asked[n]
		} else if i, ok = o.matched(s, item, byRef); !ok {
			continue
		}
		one := o.scope(calls[i])
		one.resp, one.body, one.item = s.resp, s.body, item
		out[i] = o.judgeItem(one, a)
	}
	return true
}

// matched finds whose result an item is.
func (o *BatchOperation) matched(s *scope, item ref.Val, byRef map[string]int) (int, bool) {
	s.item = item
	if o.c.match == nil { // a job of one record
		return 0, len(byRef) == 1
	}
	v, err := o.c.match.value(s)
	if err != nil || v == nil {
		return 0, false
	}
	text, err := toText(v)
	i, asked := byRef[text]
	return i, asked && err == nil
}

// judgeItem gives one record its outcome, outputs and price.
func (o *BatchOperation) judgeItem(s *scope, a answer) provider.Result {
	a.raw = rawItem(s.item)
	res := o.judge(a, s, o.c.outcomes)
	o.fill(s, &res)
	return res
}

func rawItem(item ref.Val) []byte {
	b, err := appendJSON(nil, item)
	if err != nil {
		return nil
	}
	return b
}
