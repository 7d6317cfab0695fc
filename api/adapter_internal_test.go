package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"fettle"
)

// bare is the API without an engine, with routes that fail in every way.
func bare(t *testing.T) (http.Handler, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	s := build(nil, Config{Log: slog.New(slog.NewTextHandler(&log, nil)), InProcess: true, Loopback: true, Local: fettle.Actor{Name: "test", Role: fettle.Admin}})
	handle(s, route{http.MethodGet, "/test/raw", "raw", "", "test"}, func(context.Context, fettle.Actor, *none) (none, error) {
		return none{}, errors.New("dial postgres: password=hunter2")
	})
	handle(s, route{http.MethodGet, "/test/panic", "panic", "", "test"}, func(context.Context, fettle.Actor, *none) (none, error) {
		panic("password=hunter2")
	})
	act(s, route{http.MethodPost, "/test/ours", "ours", "", "test"}, func(_ context.Context, _ fettle.Actor, in *struct {
		Body struct {
			Credits fettle.Credits `json:"credits"`
		}
	},
	) error {
		return fettle.Errorf(fettle.Refused, "the limit leaves %s", in.Body.Credits).WithHint("Raise it.").With("rows", 7)
	})
	return s.outer(s.headers(s.hosts(s.origins(s.authenticate(s.mux))))), &log
}

func TestErrorsTellNothingTheyShouldNot(t *testing.T) {
	handler, log := bare(t)
	for _, c := range []struct {
		name, method, path, body string
		header                   map[string]string
		status                   int
		code                     fettle.Code
		contains                 string
	}{
		{name: "raw error", method: "GET", path: "/test/raw", status: 500, code: fettle.Internal, contains: "Internal error."},
		{name: "panic", method: "GET", path: "/test/panic", status: 500, code: fettle.Internal, contains: "Internal error."},
		{name: "our error", method: "POST", path: "/test/ours", body: `{"credits": "0.4"}`, status: 409, code: fettle.Refused, contains: "the limit leaves 0.4"},
		{name: "unknown field", method: "POST", path: "/test/ours", body: `{"credits": "1", "credit": 2}`, status: 422, code: fettle.Invalid, contains: "credit: unexpected property"},
		{name: "not money", method: "POST", path: "/test/ours", body: `{"credits": "-1e5"}`, status: 422, code: fettle.Invalid, contains: "decimal number"},
		{name: "not JSON", method: "POST", path: "/test/ours", body: `{`, status: 400, code: fettle.Invalid},
		{name: "no body", method: "POST", path: "/test/ours", status: 400, code: fettle.Invalid},
		{name: "too large", method: "POST", path: "/test/ours", body: `{"credits": "` + strings.Repeat("1", maxBody) + `"}`, status: 413, code: fettle.Invalid},
		{name: "unknown parameter", method: "GET", path: "/test/raw?x=1", status: 422, code: fettle.Invalid, contains: "query.x: unknown"},
		{name: "unknown path", method: "GET", path: "/test/nothing", status: 404, code: fettle.NotFound},
		{name: "another host", method: "GET", path: "/test/raw", header: map[string]string{"Host": "evil.example"}, status: 403, code: fettle.NotAllowed},
		{name: "another site", method: "POST", path: "/test/ours", body: `{"credits": "1"}`, header: map[string]string{"Sec-Fetch-Site": "cross-site"}, status: 403, code: fettle.NotAllowed},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := httptest.NewRequest(c.method, "http://127.0.0.1:7070/api/v1"+c.path, strings.NewReader(c.body))
			req.Header.Set("Content-Type", "application/json")
			for k, v := range c.header {
				req.Header.Set(k, v)
			}
			if h := c.header["Host"]; h != "" {
				req.Host = h
			}
			rec := httptest.NewRecorder()
			handler.ServeHTTP(rec, req)
			if rec.Code != c.status {
				t.Errorf("status %d, want %d: %s", rec.Code, c.status, rec.Body)
			}
			if got := rec.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("content type %q", got)
			}
			if strings.Contains(rec.Body.String(), "hunter2") {
				t.Errorf("the answer leaks: %s", rec.Body)
			}
			var p Problem
			if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
				t.Fatalf("%v: %s", err, rec.Body)
			}
			if p.Code != c.code || p.Status != c.status || p.RequestID == "" || !strings.Contains(p.Detail, c.contains) {
				t.Errorf("problem %+v", p)
			}
		})
	}
	if n := strings.Count(log.String(), "hunter2"); n != 2 {
		t.Errorf("the log holds %d of the 2 causes: %s", n, log)
	}
}

func TestSecurityHeaders(t *testing.T) {
	handler, _ := bare(t)
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "http://localhost/healthz", nil))
	if rec.Code != http.StatusOK {
		t.Fatalf("status %d", rec.Code)
	}
	for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "X-Request-Id"} {
		if rec.Header().Get(h) == "" {
			t.Errorf("no %s", h)
		}
	}
	if strings.Contains(rec.Header().Get("Content-Security-Policy"), "unsafe-eval") {
		t.Error("the policy lets scripts be made of text")
	}
}

func TestMetricsNameRoutesNotRecords(t *testing.T) {
	handler, _ := bare(t)
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "http://localhost/api/v1/test/raw", nil))
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "http://localhost/metrics", nil))
	if !strings.Contains(rec.Body.String(), `fettle_http_requests_total{route="GET /api/v1/test/raw",status="500"} 1`) {
		t.Errorf("the request is not counted under its route:\n%s", rec.Body)
	}
}

// TestOpenAPIIsUpToDate holds the document that clients are made from to the
// code: make generate writes it.
func TestOpenAPIIsUpToDate(t *testing.T) {
	want, err := OpenAPI("v1")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("api/openapi.json is not what the code makes: run make generate")
	}
}

func TestWhereABrowserIs(t *testing.T) {
	for _, c := range []struct{ public, from, passed, want string }{
		{"", "127.0.0.1:1", "203.0.113.1", "127.0.0.1"},
		{"https://fettle.acme.example", "127.0.0.1:1", "198.51.100.9, 203.0.113.1", "203.0.113.1"},
		{"https://fettle.acme.example", "10.1.2.3:1", "203.0.113.1", "203.0.113.1"},
		{"https://fettle.acme.example", "203.0.113.7:1", "203.0.113.1", "203.0.113.7"}, // no proxy of ours
		{"https://fettle.acme.example", "[::1]:1", "not an address", "::1"},
	} {
		s := &server{cfg: Config{PublicURL: c.public}}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.from
		r.Header.Set("X-Forwarded-For", c.passed)
		if got := s.browserOf(r).remote; got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
