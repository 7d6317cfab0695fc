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
	kind    string // a vendor's type or code of the error
	message string
}

// readFailure reads an error's body. It is not ok if the body is not a JSON
// object that names an error: a gateway's page, say, which tells nothing of
// what the vendor did.
func readFailure(body []byte) (failure, bool) {
	var b struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
		Type    string          `json:"type"`
	}
	if json.Unmarshal(body, &b) != nil {
		return failure{}, false
	}
	var inner struct {
		Type    string `json:"type"`
		Code    any    `json:"code"`
		Message string `json:"message"`
	}
	var text string
	switch {
	case json.Unmarshal(b.Error, &inner) == nil && (inner.Message != "" || inner.Type != ""):
		code, _ := inner.Code.(string)
		return failure{kind: inner.Type + " " + code, message: inner.Message}, true
	case json.Unmarshal(b.Error, &text) == nil && text != "": // Ollama
		return failure{message: text}, true
	case b.Message != "": // Mistral, vLLM
		return failure{kind: b.Type, message: b.Message}, true
	case len(b.Detail) > 0: // FastAPI
		return failure{message: string(b.Detail)}, true
	}
	return failure{}, false
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

// outcome tells what became of a request that has no answer to read; the
// result has no outcome if there is one. readErr is the vendor library's
// opinion of a response that came.
func (o *operation) outcome(x *exchange, readErr error) provider.Result {
	switch {
	case x.err != nil && !x.sent:
		return provider.Result{Outcome: provider.NotSent, Message: o.redact("The request did not leave: " + x.err.Error())}
	case x.err != nil:
		return provider.Result{Outcome: provider.Unknown, HTTPStatus: x.status, Message: o.redact("The answer was lost: " + x.err.Error())}
	case x.status == 0: // the library would not make it: it never reached the wire
		message := "The request could not be made."
		if readErr != nil {
			message = "The request could not be made: " + readErr.Error()
		}
		return provider.Result{Outcome: provider.Failed, Message: o.redact(message)}
	case x.status == http.StatusOK && readErr == nil:
		return provider.Result{}
	}
	res := provider.Result{HTTPStatus: x.status, Raw: o.keyless(x.body), Signals: o.provider.protocol.signals(x.header)}
	f, told := readFailure(x.body)
	res.Outcome = classify(x.status, f, told)
	res.Message = o.redact(f.message)
	switch {
	case res.Message != "":
	case x.status == http.StatusOK:
		res.Message = "The answer cannot be read as a model's answer."
	default:
		res.Message = "The server answered with status " + strconv.Itoa(x.status) + "."
	}
	if res.Outcome == provider.Throttled || res.Outcome == provider.Transient {
		res.RetryAfter = retryAfter(x.header, res.Signals, time.Now())
	}
	return res
}

// classify tells the outcome of a response that is no answer. told: its body
// is an error in a vendor's own form.
func classify(status int, f failure, told bool) provider.Outcome {
	switch {
	case status >= 300 && status < 400:
		return provider.AuthError // another address than the connection's, which is not followed
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound:
		return provider.AuthError // the key, or a model that is not there: no row will do better
	case status == http.StatusPaymentRequired:
		return provider.OutOfCredit
	case status == http.StatusTooManyRequests:
		if f.is("insufficient_quota", "billing", "credit balance", "exceeded your current quota") {
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

// retryAfter is how long the response asks to wait; 0 if it does not say.
func retryAfter(h http.Header, signals []provider.RateSignal, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms >= 0 && ms < 1e9 {
		return min(time.Duration(ms*float64(time.Millisecond)), maxWait)
	}
	text := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(text, 64); err == nil && s >= 0 && s < 1e6 {
		return min(time.Duration(s*float64(time.Second)), maxWait)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, min(at.Sub(now), maxWait))
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
	text := h.Get(reset)
	if d, err := time.ParseDuration(text); err == nil {
		s.Reset = d
	} else if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 && seconds < 1e6 {
		s.Reset = time.Duration(seconds * float64(time.Second))
	} else if at, err := time.Parse(time.RFC3339, text); err == nil {
		s.Reset = time.Until(at)
	}
	s.Reset = max(0, min(s.Reset, maxWait))
	return s, true
}
