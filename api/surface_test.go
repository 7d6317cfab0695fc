package api_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fettle"
	"fettle/api"
)

// TestEveryAnswerTellsTheBrowserItsBounds looks at answers of every kind.
func TestEveryAnswerTellsTheBrowserItsBounds(t *testing.T) {
	done := make(chan struct{})
	close(done)
	b := served(t, func(c *api.Config) {
		c.Done, c.PublicURL = done, "https://fettle.acme.example"
		c.UI = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<!doctype html>")) })
	})
	ada := b.join("ada@acme.example", fettle.Admin, "engine no. one")
	for _, c := range []struct {
		method, path, cookie string
		status               int
	}{
		{"GET", "/", "", 200},
		{"GET", "/people", "", 200},
		{"GET", "/healthz", "", 200},
		{"GET", "/api/v1/openapi.json", "", 200},
		{"GET", "/api/v1/status", "", 401},
		{"GET", "/api/v1/nothing", ada, 404},
		{"GET", "/api/v1/status", ada, 200},
		{"GET", "/api/v1/export?entity=people", ada, 200},
		{"GET", "/api/v1/events", ada, 200},
		{"GET", "/api/v1/audiences/nobody", ada, 404},
		{"GET", "/metrics", ada, 200},
		{"GET", "/api/v1/sign-in/oidc", "", 404},
	} {
		rec := b.do(c.method, c.path, "", "Cookie", c.cookie)
		if rec.Code != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, rec.Code, c.status)
		}
		bounded(t, c.path, rec.Header())
	}
	req := httptest.NewRequest(http.MethodGet, "http://evil.example/api/v1/status", nil)
	rec := httptest.NewRecorder()
	if b.handler.ServeHTTP(rec, req); rec.Code != 403 {
		t.Errorf("another host: %d", rec.Code)
	}
	bounded(t, "another host", rec.Header())
}

func bounded(t *testing.T, what string, h http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %s is %q", what, name, got)
		}
	}
	policy := map[string]string{}
	for part := range strings.SplitSeq(h.Get("Content-Security-Policy"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), " ")
		policy[name] = value
	}
	for name, want := range map[string]string{
		"default-src": "'self'", "object-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'", "form-action": "'self'", "script-src": "",
	} {
		if policy[name] != want {
			t.Errorf("%s: the policy's %s is %q", what, name, policy[name])
		}
	}
	if strings.HasPrefix(what, "/api/") && h.Get("Cache-Control") != "no-store" {
		t.Errorf("%s may be kept: %q", what, h.Get("Cache-Control"))
	}
	if h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%s may be read by other sites", what)
	}
}

// flood is a body that does not end.
type flood struct{ read int64 }

func (f *flood) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	if f.read == 0 {
		copy(p, `{"x": "`)
	}
	f.read += int64(len(p))
	return len(p), nil
}

// TestBodiesAreBounded sends every operation a body without end, announced and
// not, with an Idempotency-Key and without.
func TestBodiesAreBounded(t *testing.T) {
	b := setup(t)
	raw, err := api.OpenAPI("v1")
	if err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if method == "get" || op.OperationID == "import" { // an import streams to disk, under a bound of its own
				continue
			}
			asked++
			address, _ := doc.ask(t, path, op.OperationID, op)
			most := int64(10 << 20)
			if leastStanding[op.OperationID] == nobody {
				most = 64 << 10
			}
			for _, key := range []string{"", op.OperationID} {
				body := &flood{}
				req := httptest.NewRequest(strings.ToUpper(method), "http://localhost"+address, io.NopCloser(body))
				req.ContentLength = -1
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Idempotency-Key", key)
				rec := httptest.NewRecorder()
				b.handler.ServeHTTP(rec, req)
				if body.read > most+most/4+64<<10 {
					t.Errorf("%s reads %d bytes", op.OperationID, body.read)
				}
				if op.RequestBody != nil && (rec.Code < 400 || rec.Code >= 500) {
					t.Errorf("%s takes a body without end: %d %.200s", op.OperationID, rec.Code, rec.Body)
				}
			}
		}
	}
	if asked < 40 {
		t.Errorf("only %d operations were asked", asked)
	}
}

// TestAnEmptyChoiceIsNotEverything: a list that chooses some of what there is may
// be left out, which means all, but not be empty or null: a program whose own list
// came out empty would buy, release or delete everything.
func TestAnEmptyChoiceIsNotEverything(t *testing.T) {
	raw, err := api.OpenAPI("v1")
	if err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	found := 0
	for path, operations := range doc.Paths {
		for _, op := range operations {
			if op.RequestBody == nil {
				continue
			}
			body := op.RequestBody.Content["application/json"].Schema
			if name, ok := strings.CutPrefix(body.Ref, "#/components/schemas/"); ok {
				body = doc.Components.Schemas[name]
			}
			for name, s := range body.Properties {
				if s.Items == nil || s.Items.Type != "integer" {
					continue
				}
				found++
				if s.MinItems < 1 || s.Type != "array" {
					t.Errorf("%s: %s may be empty or null: %v", path, name, s.Type)
				}
			}
		}
	}
	if found < 5 {
		t.Errorf("%d lists of ids were looked at", found)
	}
}
