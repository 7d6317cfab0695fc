package declarative

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"time"

	"cel.dev/cel-go/common/types"

	"fettle"
	"fettle/internal/safehttp"
	"fettle/provider"
)

// Operation is a step made ready.
type Operation struct {
	p       *Provider
	c       *compiled
	conn    *connection
	options map[string]any // of the step, with the defaults
}

var _ provider.Operation = (*Operation)(nil)

// Info describes inputs and outputs.
func (o *Operation) Info() provider.OperationInfo { return o.c.info }

// Fingerprint is the operation and its options. The definition's version is
// left out: a corrected definition asks the same question.
func (o *Operation) Fingerprint() string {
	b, err := json.Marshal(o.options)
	if err != nil {
		b = fmt.Append(nil, o.options)
	}
	return o.c.info.ID + string(b)
}

func (o *Operation) scope(call provider.Call) *scope {
	s := &scope{input: plainMap(call.Inputs), options: o.options, caps: o.p.facts.Load().caps, ref: call.Key, covered: call.Covered}
	if len(call.Options) > 0 {
		s.options = maps.Clone(o.options)
		for k, v := range call.Options {
			s.options[k] = yamlNumber(v)
		}
	}
	return s
}

// amount evaluates a price. It fails on what is not an amount.
func amount(p *program, s *scope) (provider.Units, error) {
	v, err := p.value(s)
	if err != nil {
		return 0, err
	}
	f, ok := number(v)
	if !ok {
		return 0, errors.New("not a number")
	}
	return fettle.CreditsFromFloat(f)
}

// Quote gives the bounds of a call's price.
func (o *Operation) Quote(call provider.Call) (provider.Quote, bool) {
	s, p := o.scope(call), &o.c.price
	most, err := amount(p.estimate, s)
	if err != nil {
		return provider.Quote{}, false
	}
	var q provider.Quote
	if p.charged[provider.Found] {
		q.HitMax = most
	}
	for outcome, charged := range p.charged {
		if charged && outcome != provider.Found {
			q.MissMax = most
		}
	}
	if p.miss != nil {
		if q.MissMax, err = amount(p.miss, s); err != nil {
			return provider.Quote{}, false
		}
	}
	q.Expected, q.Low = q.HitMax, min(q.HitMax, q.MissMax)
	if p.low != nil {
		if q.Low, err = amount(p.low, s); err != nil {
			return provider.Quote{}, false
		}
	}
	if p.expected != nil {
		if q.Expected, err = amount(p.expected, s); err != nil {
			return provider.Quote{}, false
		}
	}
	return o.billed(q, s)
}

// Recovery says what may be done with a call whose outcome is unknown. It may
// change with the capabilities.
func (o *Operation) Recovery() provider.Recovery {
	id := o.c.def.Idempotent
	var r provider.Recovery
	switch o.mode() {
	case "key":
		r = provider.Recovery{Resend: true, Retention: id.Retention.or(24 * time.Hour)}
	case "provider_dedup", "safe_method":
		r = provider.Recovery{Resend: true, Retention: time.Duration(id.Retention)}
	}
	if o.c.def.AfterTime == "unsafe" {
		r.Resend = false
	}
	return r
}

// mode is how a resent call is kept from being billed twice.
func (o *Operation) mode() string {
	mode, _, err := o.c.mode.render(&scope{caps: o.p.facts.Load().caps, options: o.options}, nil)
	if err != nil {
		return "none"
	}
	return mode
}

// check refuses a call that cannot be asked.
func (o *Operation) check(s *scope) *provider.Result {
	if o.conn.key == "" && o.p.def.needsKey() {
		return &provider.Result{Outcome: provider.AuthError, Message: o.p.def.Name + " has no key"}
	}
	given := func(name string) bool { _, ok := s.input[name]; return ok }
	if !o.c.enough(given) {
		return &provider.Result{Outcome: provider.BadInput, Message: "needs " + o.c.needs()}
	}
	for name, re := range o.c.patterns {
		if v, ok := s.input[name]; ok && !re.MatchString(fettle.FormatValue(v)) {
			return &provider.Result{Outcome: provider.BadInput, Message: fmt.Sprintf("%s does not have the form %s", name, re)}
		}
	}
	return nil
}

// Do makes the call and waits for its outcome.
func (o *Operation) Do(ctx context.Context, call provider.Call) (provider.Result, error) {
	s := o.scope(call)
	if bad := o.check(s); bad != nil {
		return *bad, nil
	}
	ctx, cancel := safehttp.WithPatience(ctx, o.p.def.timeout())
	defer cancel()
	var body []byte
	if o.c.req.body != nil {
		var err error
		if body, _, err = o.c.req.body.append(make([]byte, 0, 256), s); err != nil {
			return o.unasked(err), nil
		}
	}
	req, err := o.request(ctx, s, body)
	if err != nil {
		return o.unasked(err), nil
	}
	a := o.conn.send(ctx, req, s, o.c.headers)
	res := o.judge(a, s, o.c.outcomes)
	if res.Outcome == provider.Found && o.c.cand != nil {
		o.choose(s, &res)
	}
	o.fill(s, &res)
	return res, nil
}

// unasked is the result of a request that could not be written.
func (o *Operation) unasked(err error) provider.Result {
	return provider.Result{Outcome: provider.BadInput, Message: o.conn.clean("the request cannot be written: " + firstLine(err.Error()))}
}

// request fills the request's templates in.
func (o *Operation) request(ctx context.Context, s *scope, body []byte) (*http.Request, error) {
	r := &o.c.req
	path, present, err := r.path.render(s, url.PathEscape)
	if err != nil || !present {
		return nil, errors.Join(errors.New("the path needs a value"), err)
	}
	var query url.Values
	if len(r.query) > 0 {
		query = make(url.Values, len(r.query))
	}
	for _, q := range r.query {
		text, present, err := q.tmpl.render(s, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.key, err)
		}
		if present {
			query.Set(q.key, text)
		}
	}
	req := o.conn.request(ctx, r.method, path, query, body)
	if req == nil {
		return nil, errors.New("the path")
	}
	for _, h := range r.headers {
		text, present, err := h.tmpl.render(s, nil)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.key, err)
		}
		if present {
			req.Header.Set(h.key, text)
		}
	}
	o.addKey(req, s.ref)
	return req, nil
}

// addKey adds the idempotency key.
func (o *Operation) addKey(req *http.Request, key string) {
	name := o.c.def.Idempotent.Header
	if name == "" && o.mode() == "key" {
		name = "Idempotency-Key"
	}
	if name != "" && key != "" {
		req.Header[textproto.CanonicalMIMEHeaderKey(name)] = []string{key}
	}
}

// fill adds outputs and price to a judged result.
func (o *Operation) fill(s *scope, res *provider.Result) {
	if res.Outcome == provider.Found {
		o.outputs(s, res)
		if o.c.employment != nil {
			o.verify(s, res)
		}
		if o.c.identity != nil {
			res.About = o.c.identity.about(s)
		}
	}
	if o.c.price.charged[res.Outcome] {
		o.charge(s, res)
	}
}

// outputs reads what the answer gives. An expression that fails, as over a
// part that is not there, gives nothing.
func (o *Operation) outputs(s *scope, res *provider.Result) {
	res.Outputs = make(map[string]any, len(o.c.outputs))
	for i := range o.c.outputs {
		p := &o.c.outputs[i]
		v, err := p.value.value(s)
		if err != nil || v == nil {
			continue
		}
		out, ok := goValue(v, p.kind)
		if !ok {
			if v != types.NullValue && v != types.String("") && res.Message == "" {
				res.Message = fmt.Sprintf("%s is left out: not a %s", p.field, p.kind)
			}
			continue
		}
		res.Outputs[p.field] = out
		if p.status == nil {
			continue
		}
		if res.Status == nil {
			res.Status = map[string]fettle.Status{}
		}
		res.Status[p.field] = readStatus(p.status, s)
	}
}

// readStatus reads what the provider says of a value. What cannot be told, and
// any word that the vocabulary does not have, is unknown.
func readStatus(p *program, s *scope) fettle.Status {
	v, err := p.value(s)
	if err != nil || v == nil {
		return fettle.StatusUnknown
	}
	text, err := toText(v)
	if err != nil {
		return fettle.StatusUnknown
	}
	st, _ := fettle.ParseStatus(text)
	return st
}

// charge reads what the answer cost. Where the definition cannot tell, it is
// taken to be the most that it can be.
func (o *Operation) charge(s *scope, res *provider.Result) {
	prog := o.c.price.actual
	if prog == nil {
		if o.free(s) {
			return
		}
		prog = o.c.price.estimate
	}
	units, err := amount(prog, s)
	if err == nil && units > 0 && o.c.price.actual == nil {
		units, err = o.atLeast(units, s)
	}
	if err == nil {
		res.Units = units
		return
	}
	q, _ := o.Quote(provider.Call{Inputs: s.input, Options: s.options, Covered: s.covered})
	res.Units = q.MissMax
	if res.Outcome == provider.Found {
		res.Units = q.HitMax
	}
	res.Message = "the answer does not tell its price; the highest is taken"
}
