package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"fettle/internal/safehttp"
	"fettle/provider"
)

// maxAnswer bounds the body of a response, in bytes.
const maxAnswer = 8 << 20

// exchange is one request and what came back.
type exchange struct {
	sent   bool // the request may have left
	err    error
	status int // as the server means it: of an error in a 200, the error's own
	header http.Header
	target string // where a redirect points
	body   []byte // as UTF-8
	failed *failure
}

// send makes the request, once.
func (o *operation) send(ctx context.Context, q question) *exchange {
	p, x := o.provider.protocol, &exchange{}
	var body bytes.Buffer
	text := json.NewEncoder(&body)
	text.SetEscapeHTML(false)
	if x.err = text.Encode(p.body(q)); x.err != nil {
		return x
	}
	var req *http.Request
	if req, x.err = http.NewRequestWithContext(ctx, http.MethodPost, o.base+p.endpoint(), &body); x.err != nil {
		return x
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "fettle/1")
	p.authorize(req.Header, o.conn.Key)
	if q.key != "" {
		req.Header.Set("Idempotency-Key", q.key)
	}
	var resp *http.Response
	if resp, x.sent, x.err = safehttp.Do(o.conn.Client, req); x.err != nil { //nolint:bodyclose // ReadText closes it
		return x
	}
	x.status, x.header, x.target = resp.StatusCode, resp.Header, safehttp.Target(resp)
	x.body, x.err = safehttp.ReadText(resp, maxAnswer)
	return x
}

// mode is how structured output is asked for.
type mode int32

// The modes, the best first. An endpoint that refuses one is asked the next.
const (
	strictFull  mode = iota // the schema with its bounds, enforced by the vendor
	strictPlain             // the schema without the keywords that some refuse
	anyObject               // any JSON object; the schema is in the prompt
	inWords                 // only the prompt says it
)

// capabilities is what was learnt of an endpoint.
type capabilities struct {
	mode          mode
	oldTokenField bool
	learntMode    atomic.Int32 // modes given up
	learntField   atomic.Bool  // the token field was the wrong one
}

// maxLessons bounds how often a request is refused and put another way.
const maxLessons = 5

// ask makes a request, put another way where the endpoint refuses its form
// (which no vendor bills). The result has an outcome if there is no answer.
func (o *operation) ask(ctx context.Context, q question) (reply, provider.Result) {
	for lesson := 0; ; lesson++ {
		learntMode, learntField := o.caps.learntMode.Load(), o.caps.learntField.Load()
		q.mode = min(o.caps.mode+mode(learntMode), inWords)
		q.oldField = o.caps.oldTokenField != learntField
		x := o.send(ctx, q)
		answer, res := o.receive(x)
		if res.Outcome != "" {
			if lesson < maxLessons && o.learn(x, q, learntMode, learntField) {
				continue
			}
			return reply{}, res
		}
		answer.used = answer.figures.booked(o.tariff, o.ceiling(q, answer))
		return answer, provider.Result{HTTPStatus: http.StatusOK, Raw: o.keyless(x.body), Signals: inCalls(o.provider.protocol.signals(x.header), answer.used)}
	}
}

// ceiling is what a request can have used.
func (o *operation) ceiling(q question, answer reply) ceiling {
	return ceiling{
		prompt: int64(len(q.system)+len(q.user)+len(q.bad)+len(q.complaint)+schemaCopies*len(o.schema.text)) + framingTokens,
		output: o.settings.maxOutput, said: answer.bytes(),
	}
}

// learn notes what a refusal says of the endpoint. It is false if the request
// cannot be put another way.
func (o *operation) learn(x *exchange, q question, learntMode int32, learntField bool) bool {
	if x.failed == nil || (x.status != http.StatusBadRequest && x.status != http.StatusUnprocessableEntity) {
		return false
	}
	said := strings.ToLower(x.failed.message)
	mentions := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(said, w) })
	}
	switch {
	case !learntField && mentions("max_tokens", "max_completion_tokens") && mentions("support", "unknown", "unrecognized", "extra", "permitted", "instead"):
		o.caps.learntField.CompareAndSwap(false, true)
		return true
	case q.mode < inWords && mentions("response_format", "json_schema", "schema", "output_config", "structured", "json_object"):
		o.caps.learntMode.CompareAndSwap(learntMode, learntMode+1)
		return true
	}
	return false
}

// inCalls turns what is left of a policy on tokens into calls like this one,
// which is what a pace is kept in.
func inCalls(signals []provider.RateSignal, used provider.Usage) []provider.RateSignal {
	tokens := max(1, used.Input+used.CacheRead+used.CacheWrite+used.Output)
	for i, s := range signals {
		if s.Policy != "requests" {
			signals[i].Remaining = int(int64(s.Remaining) / tokens)
		}
	}
	return signals
}
