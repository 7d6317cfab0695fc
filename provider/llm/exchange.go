package llm

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"fettle/internal/safehttp"
	"fettle/provider"
)

// maxAnswer bounds the body of a response, in bytes.
const maxAnswer = 8 << 20

// exchange is the HTTP client of one request. It keeps what came back as it
// came, so that the outcome is told from the wire and not from what a vendor's
// library makes of it.
type exchange struct {
	client *http.Client
	base   string
	secret string

	sent   bool // the request may have left
	err    error
	status int
	header http.Header
	body   []byte
}

// Do sends the request, once.
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	resp, sent, err := safehttp.Do(x.client, req)
	x.sent = sent
	if err == nil {
		x.status, x.header = resp.StatusCode, resp.Header
		x.body, err = safehttp.ReadBody(resp, maxAnswer)
	}
	if err != nil {
		x.err = err
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(x.body))
	if json.Valid(x.body) {
		// Some compatible servers send JSON under another type.
		resp.Header = resp.Header.Clone()
		resp.Header.Set("Content-Type", "application/json")
	}
	return resp, nil
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
		x := &exchange{client: o.conn.Client, base: o.base, secret: o.conn.Key}
		answer, err := o.provider.protocol.ask(ctx, x, q)
		if res := o.outcome(x, err); res.Outcome != "" {
			if lesson < maxLessons && o.learn(x, q, learntMode, learntField) {
				continue
			}
			return reply{}, res
		}
		return answer, provider.Result{HTTPStatus: x.status, Raw: o.keyless(x.body), Signals: inCalls(o.provider.protocol.signals(x.header), answer.usage)}
	}
}

// learn notes what a refusal says of the endpoint. It is false if the request
// cannot be put another way.
func (o *operation) learn(x *exchange, q question, learntMode int32, learntField bool) bool {
	if x.err != nil || (x.status != http.StatusBadRequest && x.status != http.StatusUnprocessableEntity) {
		return false
	}
	failure, _ := readFailure(x.body)
	said := strings.ToLower(failure.message)
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
