package sandbox

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

// Address is what a sandbox in this process is called by. No name server knows
// it, and nothing listens: only the client of Inside answers there.
const Address = "http://simulated.invalid"

// insideKept is how many calls a sandbox in this process remembers.
const insideKept = 20_000

// Inside makes a sandbox in this process, for people who want to see what a
// provider would do: it finds most, takes a moment, fails never, and forgets its
// oldest calls.
func Inside() *Server {
	s := New(Config{HitRate: 0.9, Latency: 150 * time.Millisecond, Idempotent: true, Seed: 1})
	s.ledger.kept = insideKept
	return s
}

// Client gives a client whose every request this server answers, whatever its
// address: it opens no connection and can reach nobody.
func (s *Server) Client() *http.Client {
	return &http.Client{
		Transport:     inside{s.Handler()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// inside answers requests by a handler.
type inside struct{ handler http.Handler }

// RoundTrip has the handler answer. As soon as it is asked the request counts as
// sent: it is in the books.
func (t inside) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI = r.URL.RequestURI()
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.WroteHeaders != nil {
		trace.WroteHeaders()
	}
	w := &answered{header: http.Header{}}
	t.handler.ServeHTTP(w, in)
	_ = in.Body.Close() // the request was read, or nobody will
	if err := r.Context().Err(); err != nil && w.status == 0 {
		return nil, err
	}
	w.WriteHeader(http.StatusOK) // if it said none
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// answered keeps what a handler writes.
type answered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answered) Header() http.Header { return a.header }

func (a *answered) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answered) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}
