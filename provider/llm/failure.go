package llm

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"fettle/provider"
)

// failure is what an error response says, in any of the vendors' shapes.
type failure struct {
	status  int    // the HTTP status that it names, or 0
	kind    string // a vendor's type, code and status of the error
	message string
	named   bool // under a key that names an error
}

// errorBody are the shapes of errors: OpenAI's and Anthropic's object, Ollama's
// text, the message of Mistral and vLLM, and FastAPI's detail.
type errorBody struct {
	Error   json.RawMessage `json:"error"`
	Errors  json.RawMessage `json:"errors"`
	Message string          `json:"message"`
	Detail  json.RawMessage `json:"detail"`
	Type    string          `json:"type"`
	Object  string          `json:"object"`
	Code    json.RawMessage `json:"code"`
}

// readFailure reads an error's body. It is not ok if the body is not a JSON
// object that names an error: a gateway's page, say, which tells nothing of
// what the vendor did.
func readFailure(body []byte) (failure, bool) {
	var b errorBody
	if !decode(only(body), &b) {
		return failure{}, false
	}
	if f, ok := namedFailure(b.Error); ok {
		return f, true
	}
	if f, ok := namedFailure(b.Errors); ok {
		return f, true
	}
	switch {
	case b.Message != "":
		f := failure{kind: b.Type, message: b.Message, named: b.Type == "error" || b.Object == "error"}
		f.code(b.Code)
		return f, true
	case present(b.Detail):
		return failure{message: string(b.Detail)}, true
	}
	return failure{}, false
}

// only takes an error out of the list that Google puts it in.
func only(body []byte) []byte {
	var list []json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list) > 0 {
		return list[0]
	}
	return body
}

// namedFailure reads the value of a key that names an error.
func namedFailure(raw json.RawMessage) (failure, bool) {
	if !present(raw) {
		return failure{}, false
	}
	raw = only(raw)
	var inner struct {
		Type     string          `json:"type"`
		Code     json.RawMessage `json:"code"`
		Status   json.RawMessage `json:"status"`
		Message  string          `json:"message"`
		Metadata struct {
			Raw json.RawMessage `json:"raw"` // OpenRouter: the vendor's own words
		} `json:"metadata"`
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return failure{message: text, named: true}, text != ""
	}
	if !decode(raw, &inner) {
		return failure{}, false
	}
	f := failure{kind: inner.Type, message: inner.Message, named: true}
	f.code(inner.Code)
	f.code(inner.Status)
	if more := (reply{}); present(inner.Metadata.Raw) {
		more.hear(inner.Metadata.Raw)
		f.message = strings.TrimSpace(f.message + ": " + more.text)
	}
	return f, f.kind != "" || f.message != "" || f.status != 0
}

// code notes a code: a number that is an HTTP status, or a word.
func (f *failure) code(raw json.RawMessage) {
	if !present(raw) {
		return
	}
	text := strings.Trim(string(raw), `"`)
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		if n >= 400 && n < 600 && f.status == 0 {
			f.status = int(n)
		}
		return
	}
	f.kind = strings.TrimSpace(f.kind + " " + text)
}

// words are how errors name an HTTP status where they give no number: the
// first that is found counts.
var words = []struct {
	status int
	any    []string
}{
	{http.StatusPaymentRequired, []string{
		"insufficient_quota", "billing", "credit balance", "exceeded your current quota", "insufficient credit", "insufficient_credit", "insufficient balance",
		"insufficient_balance", "insufficient funds", "insufficient_funds", "payment required", "payment_required", "out of credit", "out_of_credit", "not enough credit", "no credits",
	}},
	{http.StatusTooManyRequests, []string{
		"rate_limit", "rate limit", "ratelimit", "rate-limit", "too many requests", "too_many_requests", "throttl", "resource_exhausted", "resource exhausted", "slow down", "quota exceeded", "quota_exceeded",
	}},
	{http.StatusUnauthorized, []string{
		"invalid_api_key", "invalid api key", "incorrect api key", "authentication", "unauthorized", "unauthenticated", "permission_denied", "permission_error", "permission denied", "no auth credentials",
	}},
	{http.StatusNotFound, []string{"model_not_found", "not_found_error", "model not found", "no endpoints found", "no such model", "does not exist"}},
	{http.StatusGatewayTimeout, []string{"timeout", "timed out", "deadline"}},
	{http.StatusBadRequest, []string{
		"content_policy", "content policy", "content_filter", "moderation", "flagged", "context_length", "context length", "maximum context", "too long", "invalid_request", "invalid request",
		"invalid_argument", "bad_request", "bad request", "unsupported", "not supported",
	}},
}

// means is the HTTP status of an error that came in a 200. What nothing is
// known of is the server's own failure.
func (f failure) means() int {
	if f.status != 0 {
		return f.status
	}
	for _, w := range words {
		if f.is(w.any...) {
			return w.status
		}
	}
	return http.StatusInternalServerError
}

// is reports whether the failure's kind or message holds one of the words.
func (f failure) is(words ...string) bool {
	said := strings.ToLower(f.kind + " " + f.message)
	for _, w := range words {
		if strings.Contains(said, w) {
			return true
		}
	}
	return false
}

// receive reads what came back. The result has an outcome if it is no answer.
func (o *operation) receive(x *exchange) (reply, provider.Result) {
	switch {
	case x.err != nil && !x.sent:
		return reply{}, provider.Result{Outcome: provider.NotSent, Message: o.redact("The request did not leave: " + x.err.Error())}
	case x.err != nil:
		return reply{}, provider.Result{Outcome: provider.Unknown, HTTPStatus: x.status, Message: o.redact("The answer was lost: " + x.err.Error())}
	}
	if x.status == http.StatusOK {
		if answer, ok := o.provider.protocol.read(x.body); ok && !answer.failed() {
			return answer, provider.Result{}
		}
	}
	res := provider.Result{HTTPStatus: x.status, Raw: o.keyless(x.body), Signals: o.provider.protocol.signals(x.header)}
	f, told := x.refusal()
	if x.failed = &f; x.status == http.StatusOK {
		if told = told && f.named; told {
			x.status = f.means()
		}
	}
	res.Outcome = classify(x.status, f, told)
	res.Message = o.redact(f.message)
	switch {
	case x.status >= 300 && x.status < 400:
		res.Message = o.redact(elsewhere(x.status, x.target))
	case res.Message != "":
	case x.status == http.StatusOK:
		res.Message = "The answer cannot be read as a model's answer."
	default:
		res.Message = "The server answered with status " + strconv.Itoa(x.status) + "."
	}
	if res.Outcome == provider.Throttled || res.Outcome == provider.Transient {
		res.RetryAfter = retryAfter(x.header, res.Signals, time.Now())
	}
	return reply{}, res
}

// failed reports whether the answer is an error for which nothing was written.
// One that counts what was written is an answer, which is booked.
func (r reply) failed() bool {
	if r.finish != failedUpstream {
		return false
	}
	counted := max(r.figures.prompt, r.figures.output, r.figures.total) > 0
	return !counted || r.figures.output <= 0 && r.bytes() == 0
}

// refusal reads the error of a response that is no answer: its own, or that of
// its first choice.
func (x *exchange) refusal() (failure, bool) {
	if f, ok := readFailure(x.body); ok {
		return f, true
	}
	var got completion
	if decode(x.body, &got) && len(got.Choices) > 0 {
		if f, ok := namedFailure(got.Choices[0].Error); ok {
			return f, true
		}
		if strings.EqualFold(got.Choices[0].FinishReason, "error") {
			return failure{kind: "server_error", message: "The server says that the model failed.", named: true}, true
		}
	}
	return failure{}, false
}

// elsewhere says that a redirect is not followed: the request, with its key,
// would go to an address that nobody gave.
func elsewhere(status int, target string) string {
	to := "elsewhere"
	if target != "" {
		to = "to " + target
	}
	return "The server answered with status " + strconv.Itoa(status) + " and points " + to + ", which is not followed. If that is right, set it as the provider's address."
}

// classify tells the outcome of a response that is no answer. told: its body
// is an error in a vendor's own form.
func classify(status int, f failure, told bool) provider.Outcome {
	switch {
	case status >= 300 && status < 400:
		return provider.AuthError // another address than the connection's, which is not followed
	case status == http.StatusForbidden && f.is("moderation", "flagged", "content policy", "content_policy"):
		return provider.BadInput // this prompt, not the key
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound:
		return provider.AuthError // the key, or a model that is not there: no row will do better
	case status == http.StatusPaymentRequired:
		return provider.OutOfCredit
	case status == http.StatusTooManyRequests:
		if f.is(words[0].any...) {
			return provider.OutOfCredit
		}
		return provider.Throttled
	case status == http.StatusGatewayTimeout, status == http.StatusRequestTimeout:
		return provider.Unknown // the work may have been done and billed
	case status >= 500 && told:
		return provider.Transient // the vendor's own word that it failed
	case status >= 400 && status < 500 && f.is("credit balance is too low", "insufficient_quota", "billing_error"):
		return provider.OutOfCredit
	case status >= 400 && status < 500 && f.is("model_not_found", "invalid_api_key", "authentication_error"):
		return provider.AuthError
	case status == http.StatusConflict && told:
		return provider.Transient
	case status >= 400 && status < 500:
		return provider.BadInput
	}
	return provider.Unknown
}

// redact keeps the key out of what people read, and the message short.
func (o *operation) redact(message string) string {
	return clip(string(o.keyless([]byte(message))), 500)
}

// keyless takes the key out of what a server sent, which may repeat it. A
// made-up key of a few letters is no secret, and would be found in any text.
func (o *operation) keyless(text []byte) []byte {
	if len(o.conn.Key) < 8 {
		return text
	}
	return bytes.ReplaceAll(text, []byte(o.conn.Key), []byte("[key]"))
}

// maxWait bounds how long a response can make us wait.
const maxWait = time.Hour

// retryAfter is how long the response asks to wait, as a length or as a time; 0
// if it does not say.
func retryAfter(h http.Header, signals []provider.RateSignal, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms >= 0 && ms < 1e9 {
		return min(time.Duration(ms*float64(time.Millisecond)), maxWait)
	}
	if wait, ok := provider.Wait(h.Get("Retry-After"), now); ok {
		return min(wait, maxWait)
	}
	var wait time.Duration
	for _, s := range signals {
		if s.Remaining == 0 {
			wait = max(wait, s.Reset)
		}
	}
	return min(wait, maxWait)
}

// signal reads one pair of rate headers: what is left, and until when, as a
// duration (6m0s), in seconds, or as a time.
func signal(h http.Header, policy, remaining, reset string) (provider.RateSignal, bool) {
	left, err := strconv.Atoi(h.Get(remaining))
	if err != nil || left < 0 {
		return provider.RateSignal{}, false
	}
	s := provider.RateSignal{Policy: policy, Remaining: left}
	wait, _ := provider.Wait(h.Get(reset), time.Now())
	s.Reset = min(wait, maxWait)
	return s, true
}
