package declarative

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"cel.dev/cel-go/common/types"

	"fettle/internal/safehttp"
	"fettle/provider"
)

// connection is a definition's server as one workspace reaches it.
type connection struct {
	def     *Definition
	base    *url.URL
	client  *http.Client
	key     string
	secrets []string // forms in which the key could show
	header  http.Header
}

func newConnection(def *Definition, base *url.URL, client *http.Client, key string) *connection {
	c := &connection{def: def, base: base, client: client, key: key, header: http.Header{}}
	c.header.Set("Accept", "application/json")
	c.header.Set("User-Agent", "fettle/1")
	for k, v := range def.Server.Headers {
		c.header.Set(k, v)
	}
	if key == "" {
		return c
	}
	basic := base64.StdEncoding.EncodeToString([]byte(key + ":"))
	c.secrets = []string{key, url.QueryEscape(key), strings.Trim(string(appendString(nil, key)), `"`), basic}
	switch def.Auth.Type {
	case "api_key":
		if def.Auth.In == "header" {
			c.header.Set(def.Auth.Name, def.Auth.Prefix+key)
		}
	case "bearer":
		c.header.Set("Authorization", "Bearer "+key)
	case "basic":
		c.header.Set("Authorization", "Basic "+basic)
	}
	return c
}

// clean takes the secret out of a text.
func (c *connection) clean(s string) string {
	for _, secret := range c.secrets {
		if strings.Contains(s, secret) {
			s = strings.ReplaceAll(s, secret, "[secret]")
		}
	}
	return s
}

// cleanRaw takes the secret out of an answer that shows it.
func (c *connection) cleanRaw(raw []byte) []byte {
	for _, secret := range c.secrets {
		if bytes.Contains(raw, []byte(secret)) {
			raw = bytes.ReplaceAll(raw, []byte(secret), []byte("[secret]"))
		}
	}
	return raw
}

// request makes a request. It is nil if the path cannot be written.
func (c *connection) request(ctx context.Context, method, path string, query url.Values, body []byte) *http.Request {
	u, err := join(c.base, path)
	if err != nil {
		return nil
	}
	if c.key != "" && c.def.Auth.Type == "api_key" && c.def.Auth.In != "header" {
		query, body = c.sign(query, body)
	}
	if len(query) > 0 {
		u.RawQuery = query.Encode()
	}
	header := make(http.Header, len(c.header)+2)
	maps.Copy(header, c.header)
	req := &http.Request{Method: method, URL: u, Host: u.Host, Header: header, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
	if body != nil {
		header["Content-Type"] = []string{"application/json"}
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	return req.WithContext(ctx)
}

// sign puts the key into the query; or into the body, if the definition says so
// and the body is an object.
func (c *connection) sign(query url.Values, body []byte) (url.Values, []byte) {
	if c.def.Auth.In == "body" && len(body) >= 2 && body[0] == '{' {
		out := append(make([]byte, 0, len(body)+len(c.def.Auth.Name)+len(c.key)+8), '{')
		out = appendString(append(appendString(out, c.def.Auth.Name), ':'), c.key)
		if len(body) > 2 { // more than {}
			out = append(out, ',')
		}
		return query, append(out, body[1:]...)
	}
	if query == nil {
		query = url.Values{}
	}
	query.Set(c.def.Auth.Name, c.key)
	return query, body
}

// bodyForm is what a response's body is.
type bodyForm uint8

const (
	jsonBody bodyForm = iota
	emptyBody
	otherBody // HTML, text, broken JSON, or a body that broke off
)

// answer is what came back.
type answer struct {
	status  int
	header  http.Header
	target  string // where a redirect points
	raw     []byte
	form    bodyForm
	trouble string           // what is wrong with the body
	failure *provider.Result // no answer at all
}

// send makes the request once, reads the answer and puts it into the scope.
func (c *connection) send(ctx context.Context, req *http.Request, s *scope, headers bool) answer {
	if req == nil {
		return answer{failure: &provider.Result{Outcome: provider.BadInput, Message: "the request's path cannot be written"}}
	}
	resp, sent, err := safehttp.Do(c.client, req) //nolint:bodyclose // ReadText closes it
	if err != nil {
		outcome := provider.Unknown
		if !sent {
			outcome = provider.NotSent
		}
		return answer{failure: &provider.Result{Outcome: outcome, Message: c.clean(c.explain(ctx, err, sent))}}
	}
	a := answer{status: resp.StatusCode, header: resp.Header, target: safehttp.Target(resp)}
	a.raw, err = safehttp.ReadText(resp, c.def.maxBytes())
	var large *safehttp.BodyTooLargeError
	switch {
	case errors.As(err, &large):
		a.raw, a.form, a.trouble = nil, otherBody, large.Error()
	case err != nil:
		a.raw, a.form, a.trouble = nil, otherBody, "the answer broke off: "+c.clean(c.explain(ctx, err, true))
	default:
		c.parse(&a, s)
	}
	r := map[string]any{"status": int64(a.status)}
	if headers {
		r["headers"] = flat(a.header)
	}
	s.resp = types.NewStringInterfaceMap(types.DefaultTypeAdapter, r)
	return a
}

// parse reads the body as JSON, whatever its type is said to be.
func (c *connection) parse(a *answer, s *scope) {
	if len(bytes.TrimSpace(a.raw)) == 0 {
		a.form = emptyBody
		s.body = types.NullValue
		return
	}
	var body any
	if err := json.Unmarshal(a.raw, &body); err != nil {
		a.form, a.trouble = otherBody, "the answer is not JSON"
		if bytes.HasPrefix(bytes.TrimSpace(a.raw), []byte("<")) {
			a.trouble = "the answer is HTML, not JSON"
		}
		return
	}
	s.body = nativeToValue(body)
}

// flat gives headers by lower-case name.
func flat(h http.Header) map[string]any {
	out := make(map[string]any, len(h))
	for k := range h {
		out[strings.ToLower(k)] = h.Get(k)
	}
	return out
}

// explain says in words why there is no answer.
func (c *connection) explain(ctx context.Context, err error, sent bool) string {
	var timeout net.Error
	var blocked *safehttp.BlockedError
	switch {
	case errors.As(err, &blocked):
		return blocked.Error()
	case errors.Is(context.Cause(ctx), context.Canceled):
		if sent {
			return "the call was cancelled after it was sent"
		}
		return "the call was cancelled before it was sent"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		if sent {
			return fmt.Sprintf("no answer within %s", c.def.timeout())
		}
		return "no connection in time"
	case sent:
		return "the connection broke after the call was sent: " + err.Error()
	}
	return err.Error()
}

// retryAfter reads how long to wait: seconds, or a date.
func (c *connection) retryAfter(h http.Header, now time.Time) time.Duration {
	name := c.def.Limits.RetryAfter.Header
	if name == "" {
		name = "Retry-After"
	}
	return readWait(h.Get(name), "", now)
}

// signals reads what headers say of rate policies.
func (c *connection) signals(h http.Header, now time.Time) []provider.RateSignal {
	var out []provider.RateSignal
	for _, s := range c.def.Limits.Signals {
		text := h.Get(s.Remaining)
		if s.Key != "" {
			text = within(text, s.Key)
		}
		left, ok := readCount(text)
		if !ok {
			continue
		}
		out = append(out, provider.RateSignal{Policy: s.Policy, Remaining: left, Reset: readWait(h.Get(s.Reset), s.ResetFormat, now)})
	}
	return out
}
