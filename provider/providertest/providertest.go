// Package providertest holds what every provider must keep to, as tests: that
// a broken answer is unknown and not "not found", that what was not sent is
// said to be so, that no price exceeds its quote, and that no secret shows.
package providertest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf16"

	"fettle"
	"fettle/internal/safehttp"
	"fettle/provider"
)

// Case is a provider with a step and a call that it can answer.
type Case struct {
	Provider provider.Provider
	Conn     provider.Connection // its address and client are the suite's own
	Step     fettle.Step
	Call     provider.Call
	// Answer is the provider's server giving a good answer. It is nil for a
	// provider that computes here, which is then not tested for broken calls.
	Answer http.HandlerFunc
	// BasePath is put behind the address of the suite's server, such as /v1.
	BasePath string
}

// Secret is the key that every connection of the suite has. It must show in no
// error and no message.
const Secret = "conformance-secret-8d21f0"

// Run runs the whole suite.
func Run(t *testing.T, c Case) {
	t.Helper()
	c.Conn.Key = Secret
	t.Run("describes itself", c.describe)
	t.Run("refuses unknown names", c.refuse)
	t.Run("quotes and keeps to it", c.quote)
	if c.Answer == nil {
		return
	}
	t.Run("a page is unknown", func(t *testing.T) { c.unknown(t, page) })
	t.Run("a broken body is unknown", func(t *testing.T) { c.unknown(t, text(http.StatusOK, `{"found": tru`)) })
	t.Run("a cut body is unknown", func(t *testing.T) { c.unknown(t, cut) })
	t.Run("a reset is unknown", func(t *testing.T) { c.unknown(t, reset) })
	t.Run("a redirect is not followed", c.redirect)
	t.Run("text is decoded", c.charset)
	t.Run("a huge body is not held", c.huge)
	t.Run("429 is throttled", c.throttled)
	t.Run("a refused key is an auth error", c.refusedKey)
	t.Run("a failed dial is not sent", c.notSent)
	t.Run("a cancelled call is unknown", c.cancelled)
	t.Run("batches", c.batches)
}

// server starts the suite's server and counts what arrives.
func (c Case) server(t *testing.T, h http.HandlerFunc) (conn provider.Connection, arrivals *atomic.Int64) {
	t.Helper()
	arrivals = &atomic.Int64{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrivals.Add(1)
		h(w, r)
	}))
	t.Cleanup(srv.Close)
	return c.reach(t, srv.URL), arrivals
}

func (c Case) reach(t *testing.T, url string) provider.Connection {
	t.Helper()
	client, err := safehttp.NewClient(safehttp.Options{Allow: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	conn := c.Conn
	conn.BaseURL, conn.Client = url+c.BasePath, client
	return conn
}

func (c Case) prepare(t *testing.T, conn provider.Connection) provider.Operation {
	t.Helper()
	op, err := c.Provider.Prepare(c.Step, conn)
	if err != nil {
		t.Fatalf("Prepare: %v", err)
	}
	return op
}

func (c Case) describe(t *testing.T) {
	d := c.Provider.Describe()
	if d.Name == "" || d.Title == "" || d.Kind == "" || d.Unit == "" || len(d.Operations) == 0 {
		t.Errorf("the description is incomplete: %+v", d)
	}
	seen := map[string]bool{}
	for _, op := range d.Operations {
		only := op.ID == d.Name && len(d.Operations) == 1
		if !only && !strings.HasPrefix(op.ID, d.Name+"/") || seen[op.ID] {
			t.Errorf("operation %q: want a name of its own after %s/, or the provider's if it is the only one", op.ID, d.Name)
		}
		seen[op.ID] = true
		names := checkParams(t, op.ID+" inputs", op.Inputs)
		checkParams(t, op.ID+" options", op.Options)
		checkParams(t, op.ID+" outputs", op.Outputs)
		for _, set := range op.RequireAny {
			for _, n := range set {
				if !slices.Contains(names, n) {
					t.Errorf("%s requires %q, which is no input", op.ID, n)
				}
			}
		}
	}
	for _, p := range d.Limits {
		if p.ID == "" || p.Requests <= 0 || p.Per <= 0 {
			t.Errorf("rate policy %+v", p)
		}
	}
}

func checkParams(t *testing.T, of string, params []provider.Param) []string {
	t.Helper()
	var names []string
	for _, p := range params {
		if _, err := fettle.ParseFieldType(string(p.Type)); p.Name == "" || err != nil || slices.Contains(names, p.Name) {
			t.Errorf("%s: parameter %+v", of, p)
		}
		names = append(names, p.Name)
	}
	return names
}

func (c Case) refuse(t *testing.T) {
	conn := c.reach(t, "http://127.0.0.1:1")
	name, _, _ := strings.Cut(c.Step.Provider, "/")
	for _, tt := range []struct {
		wrong string
		step  func(*fettle.Step)
	}{
		{"no_such_operation", func(s *fettle.Step) { s.Provider = name + "/no_such_operation" }},
		{"no_such_option", func(s *fettle.Step) { s.Options = with(s.Options, "no_such_option", any("x")) }},
		{"no_such_input", func(s *fettle.Step) { s.Inputs = with(s.Inputs, "no_such_input", "name") }},
	} {
		step := c.Step
		tt.step(&step)
		_, err := c.Provider.Prepare(step, conn)
		var e *fettle.Error
		if !errors.As(err, &e) || e.Code != fettle.Invalid || e.Hint == "" || !strings.Contains(e.Message, tt.wrong) {
			t.Errorf("%s: want an invalid error that names it, with a hint; got %v", tt.wrong, err)
		}
		noSecret(t, fmt.Sprint(err))
	}
}

func with[V any](m map[string]V, key string, v V) map[string]V {
	out := maps.Clone(m)
	if out == nil {
		out = map[string]V{}
	}
	out[key] = v
	return out
}

func (c Case) quote(t *testing.T) {
	conn := c.Conn
	if c.Answer != nil {
		conn, _ = c.server(t, c.Answer)
	}
	op := c.prepare(t, conn)
	if a, b := op.Fingerprint(), c.prepare(t, conn).Fingerprint(); a == "" || a != b || strings.Contains(a, Secret) {
		t.Errorf("fingerprints %q and %q", a, b)
	}
	q, ok := op.Quote(c.Call)
	if !ok {
		t.Fatal("no highest price is known")
	}
	if q.Low < 0 || q.Low > q.Max() || q.Expected < 0 || q.Expected > q.HitMax || q.MissMax < 0 {
		t.Errorf("the bounds are out of order: %+v", q)
	}
	res := do(t, op, c.Call)
	if res.Outcome != provider.Found && res.Outcome != provider.Accepted {
		t.Fatalf("outcome %s (%s); want found or accepted", res.Outcome, res.Message)
	}
	if res.Units < 0 || res.Units > q.HitMax {
		t.Errorf("%s units were charged; the quote's highest is %s", res.Units, q.HitMax)
	}
	if res.Outcome == provider.Accepted && res.JobID == "" {
		t.Error("accepted without a job")
	}
	for name := range res.Outputs {
		if !slices.ContainsFunc(op.Info().Outputs, func(p provider.Param) bool { return p.Name == name }) {
			t.Errorf("output %q is not described", name)
		}
	}
}

// do makes a call and checks what holds for every result.
func do(t *testing.T, op provider.Operation, call provider.Call) provider.Result {
	t.Helper()
	return doIn(t.Context(), t, op, call)
}

func doIn(ctx context.Context, t *testing.T, op provider.Operation, call provider.Call) provider.Result {
	t.Helper()
	res, err := op.Do(ctx, call)
	if err != nil {
		t.Fatalf("what a provider does is a result, not an error: %v", err)
	}
	known := []provider.Outcome{
		provider.Found, provider.NotFound, provider.Accepted, provider.Pending, provider.Throttled, provider.Transient, provider.NotSent,
		provider.OutOfCredit, provider.AuthError, provider.BadInput, provider.Failed, provider.Unknown,
	}
	if !slices.Contains(known, res.Outcome) {
		t.Errorf("%q is not an outcome", res.Outcome)
	}
	noSecret(t, res.Message+string(res.Raw))
	return res
}

func noSecret(t *testing.T, s string) {
	t.Helper()
	if strings.Contains(s, Secret) {
		t.Errorf("the key shows: %s", s)
	}
}

// unknown makes one call to a server whose answer cannot be understood.
func (c Case) unknown(t *testing.T, h http.HandlerFunc) {
	t.Helper()
	conn, arrivals := c.server(t, h)
	res := do(t, c.prepare(t, conn), c.Call)
	if res.Outcome != provider.Unknown || res.Message == "" || res.Units != 0 {
		t.Errorf("outcome %s, units %s, message %q; want unknown with a message", res.Outcome, res.Units, res.Message)
	}
	if n := arrivals.Load(); n != 1 {
		t.Errorf("the request arrived %d times", n)
	}
}

func text(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// page is a web page where an answer should be.
func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = w.Write([]byte("<!doctype html><title>Just a moment…</title>"))
}

// cut announces more than it sends.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"found":`))
}

// reset breaks the connection instead of answering.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func (c Case) redirect(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		conn, arrivals := c.server(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/elsewhere" {
				c.Answer(w, r)
				return
			}
			w.Header().Set("Location", "/elsewhere?key="+Secret)
			w.WriteHeader(status)
		})
		res := do(t, c.prepare(t, conn), c.Call)
		if res.Outcome != provider.AuthError || res.Units != 0 || arrivals.Load() != 1 {
			t.Errorf("%d: outcome %s, %s units, after %d requests; want auth_error, which pauses and is not billed", status, res.Outcome, res.Units, arrivals.Load())
		}
		if !strings.Contains(res.Message, "/elsewhere") || strings.Contains(res.Message, "?") {
			t.Errorf("%d: the message names no target, or more than that: %s", status, res.Message)
		}
	}
}

// charset is a good answer in encodings that JSON is not meant to have.
func (c Case) charset(t *testing.T) {
	for name, encode := range map[string]func(body []byte) (kind string, out []byte){
		"byte order mark": func(b []byte) (string, []byte) { return "application/json", append([]byte("\xef\xbb\xbf"), b...) },
		"utf-16": func(b []byte) (string, []byte) {
			out := []byte("\xff\xfe")
			for _, c := range utf16.Encode([]rune(string(b))) {
				out = append(out, byte(c), byte(c>>8))
			}
			return "application/json; charset=utf-16", out
		},
	} {
		conn, _ := c.server(t, func(w http.ResponseWriter, r *http.Request) {
			plain := httptest.NewRecorder()
			c.Answer(plain, r)
			kind, body := encode(plain.Body.Bytes())
			maps.Copy(w.Header(), plain.Header())
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(plain.Code)
			_, _ = w.Write(body)
		})
		if res := do(t, c.prepare(t, conn), c.Call); res.Outcome != provider.Found && res.Outcome != provider.Accepted {
			t.Errorf("%s: outcome %s (%s)", name, res.Outcome, res.Message)
		}
	}
}

// hugeSize is what the server would like to send, and hugeMost the most that a
// client that stops at its bound leaves it to send, buffers included.
const (
	hugeSize = 50 << 20
	hugeMost = 20 << 20
)

func (c Case) huge(t *testing.T) {
	var sent atomic.Int64
	ended := make(chan struct{})
	conn, _ := c.server(t, func(w http.ResponseWriter, _ *http.Request) {
		defer close(ended)
		w.Header().Set("Content-Type", "application/json")
		chunk := []byte(strings.Repeat("x", 1<<16))
		_, _ = w.Write([]byte(`{"found":true,"data":"`))
		for sent.Load() < hugeSize {
			n, err := w.Write(chunk)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
		_, _ = w.Write([]byte(`"}`))
	})
	res := do(t, c.prepare(t, conn), c.Call)
	if res.Outcome != provider.Unknown || res.Message == "" {
		t.Errorf("outcome %s (%s), want unknown", res.Outcome, res.Message)
	}
	<-ended
	if n := sent.Load(); n > hugeMost {
		t.Errorf("%d bytes were taken", n)
	}
}

func (c Case) throttled(t *testing.T) {
	date := time.Now().Add(20 * time.Second).UTC().Format(http.TimeFormat)
	for header, want := range map[string][2]time.Duration{"7": {7 * time.Second, 7 * time.Second}, date: {15 * time.Second, 20 * time.Second}} {
		conn, arrivals := c.server(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			text(http.StatusTooManyRequests, `{"error":{"message":"slow down"}}`)(w, nil)
		})
		res := do(t, c.prepare(t, conn), c.Call)
		if res.Outcome != provider.Throttled || res.Units != 0 || res.RetryAfter < want[0] || res.RetryAfter > want[1] || arrivals.Load() != 1 {
			t.Errorf("Retry-After %s: outcome %s, %s units, wait %s, %d requests", header, res.Outcome, res.Units, res.RetryAfter, arrivals.Load())
		}
	}
}

// refusedKey is a server that repeats the whole request in its refusal.
func (c Case) refusedKey(t *testing.T) {
	conn, _ := c.server(t, func(w http.ResponseWriter, r *http.Request) {
		said := fmt.Sprintf("%s %v", r.URL, r.Header)
		said = strings.NewReplacer(`"`, "", `\`, "").Replace(said)
		text(http.StatusUnauthorized, `{"error":{"message":"not a key: `+said+`","code":"auth_error"}}`)(w, r)
	})
	if res := do(t, c.prepare(t, conn), c.Call); res.Outcome != provider.AuthError || res.Units != 0 {
		t.Errorf("outcome %s, %s units (%s)", res.Outcome, res.Units, res.Message)
	}
}

func (c Case) notSent(t *testing.T) {
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + ln.Addr().String()
	_ = ln.Close()
	res := do(t, c.prepare(t, c.reach(t, url)), c.Call)
	if res.Outcome != provider.NotSent || res.Message == "" {
		t.Errorf("outcome %s (%s), want not_sent", res.Outcome, res.Message)
	}
}

func (c Case) cancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	over := make(chan struct{})
	conn, _ := c.server(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel() // it has arrived
		select {
		case <-r.Context().Done():
		case <-over:
		}
	})
	defer close(over)
	op := c.prepare(t, conn)
	if res := doIn(ctx, t, op, c.Call); res.Outcome != provider.Unknown {
		t.Errorf("after sending: outcome %s (%s), want unknown", res.Outcome, res.Message)
	}
	if res := doIn(ctx, t, op, c.Call); res.Outcome != provider.NotSent {
		t.Errorf("before sending: outcome %s (%s), want not_sent", res.Outcome, res.Message)
	}
}
