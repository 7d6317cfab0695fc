package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"fettle"
	"fettle/internal/text"
	"fettle/internal/trace"
)

// request is what is known of the request being served. It travels in the
// context from the outer handlers to the adapter, and no further.
type request struct {
	id      string
	actor   fettle.Actor
	browser browser
	session bool              // the actor is known by the browser's session
	apart   []text.Unstorable // what was taken out of the body's list
}

type requestKey struct{}

func requestOf(ctx context.Context) *request {
	if r, ok := ctx.Value(requestKey{}).(*request); ok {
		return r
	}
	return &request{}
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// outer numbers a request, logs and counts it, and turns a panic into a
// problem.
func (s *server) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began, rec := time.Now(), &recorder{ResponseWriter: w}
		id := rand.Text()[:16]
		ctx, span := s.cfg.Trace.Begin(s.cfg.Trace.Remote(r.Context(), r.Header.Get("Traceparent")), began)
		r = r.WithContext(context.WithValue(ctx, requestKey{}, &request{id: id, browser: s.browserOf(r)}))
		w.Header().Set("X-Request-Id", id)
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				s.log.ErrorContext(r.Context(), "handler panicked", "request_id", id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				if rec.status == 0 {
					s.write(rec, r, fettle.Errorf(fettle.Internal, "Internal error."))
				}
			}
			took := time.Since(began)
			s.metrics.observe(r, rec.status, took)
			traced(span, r, rec.status)
			s.log.DebugContext(r.Context(), "request", "request_id", id, "method", r.Method, "path", r.URL.Path, "status", rec.status, "took", took)
		}()
		next.ServeHTTP(rec, r)
	})
}

// traced ends the span of a request. It is told under its route's pattern: what
// stands in an address may be somebody's name.
func traced(span *trace.Span, r *http.Request, status int) {
	if span == nil {
		return
	}
	name, failed := cmp.Or(r.Pattern, "none"), ""
	if status >= http.StatusInternalServerError {
		failed = http.StatusText(status)
	}
	_, route, _ := strings.Cut(name, " ")
	span.End(name, trace.Server, failed, trace.Attr{Key: "http.request.method", Text: r.Method}, trace.Attr{Key: "http.route", Text: cmp.Or(route, name)},
		trace.Attr{Key: "http.response.status_code", Number: int64(status)})
}

// headers sets what browsers are told about every answer.
func (s *server) headers(next http.Handler) http.Handler {
	const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if strings.HasPrefix(s.cfg.PublicURL, "https://") {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if strings.HasPrefix(r.URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
		}
		next.ServeHTTP(w, r)
	})
}

// hosts refuses, on a loopback listener, requests that name another host: a
// page of the web that points its own name at 127.0.0.1 must not reach us.
func (s *server) hosts(next http.Handler) http.Handler {
	if !s.cfg.Loopback {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(r.Host); err == nil {
			host = h
		}
		if !IsLoopback(host) {
			s.write(w, r, fettle.Errorf(fettle.NotAllowed, "the host %q is not served here", r.Host).WithHint("Use http://127.0.0.1 or http://localhost."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// IsLoopback reports whether host names this machine only.
func IsLoopback(host string) bool {
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// origins refuses writes that a browser sends from another site's page.
func (s *server) origins(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.write(w, r, fettle.Errorf(fettle.NotAllowed, "the request comes from a page of another site"))
	}))
	return guard.Handler(next)
}
