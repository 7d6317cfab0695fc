package sandbox

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fettle"
)

// TestBatchBooks: a request of many is one call in the books, billed its minimum at
// the least and nothing where it is refused or finds nobody; who was billed before
// is a repeat.
func TestBatchBooks(t *testing.T) {
	one := func(name string) string {
		return `{"ref": "` + name + `", "full_name": "` + name + `", "company_domain": "x.com"}`
	}
	for _, tt := range []struct {
		name    string
		hits    float64
		bodies  []string
		status  int
		billed  fettle.Credits // in tenths
		repeats int64
	}{
		{"below the minimum", 1, []string{one("a") + "," + one("b")}, 200, 10, 0},
		{"above it", 1, []string{one("a") + "," + one("b") + "," + one("c")}, 200, 12, 0},
		{"nobody", 0, []string{one("a") + "," + one("b")}, 200, 0, 0},
		{"twice", 1, []string{one("a") + "," + one("b"), one("b")}, 200, 20, 1},
		{"one is bad", 1, []string{one("a") + "," + one(strings.Repeat("y", 1200))}, 400, 0, 0},
		{"too many", 1, []string{strings.Repeat(one("a")+",", 25) + one("b")}, 400, 0, 0},
	} {
		cfg := Defaults()
		cfg.HitRate = tt.hits
		s := New(cfg)
		last := 0
		for _, body := range tt.bodies {
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/find_email_batch", strings.NewReader(`{"records": [`+body+`]}`)))
			last = w.Code
		}
		if b := s.Books(); last != tt.status || b.BilledCredits != tt.billed*fettle.Credit/10 || b.Repeats != tt.repeats || b.Calls != int64(len(tt.bodies)) {
			t.Errorf("%s: %d, %s billed in %d calls, %d repeats", tt.name, last, b.BilledCredits, b.Calls, b.Repeats)
		}
	}
}

// TestAJobIsOne: a request that is repeated under its key is the job that it was, and
// is billed once; it is busy while jobs are held.
func TestAJobIsOne(t *testing.T) {
	cfg := Defaults()
	cfg.Idempotent = true
	s := New(cfg)
	done := s.Hold()
	ask := func(method, path, body string) (int, string) {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Idempotency-Key", "k")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	for range 2 {
		if code, body := ask(http.MethodPost, "/v1/find_email_job", `{"records": [{"ref": "r", "full_name": "A", "company_domain": "x.com"}]}`); code != 202 || body != `{"job":"job-1"}` {
			t.Errorf("%d %s", code, body)
		}
	}
	if _, body := ask(http.MethodGet, "/v1/jobs/job-1", ""); !strings.Contains(body, `"busy"`) {
		t.Error(body)
	}
	done()
	if _, body := ask(http.MethodGet, "/v1/jobs/job-1", ""); !strings.Contains(body, `"a@x.com"`) {
		t.Error(body)
	}
	if code, _ := ask(http.MethodGet, "/v1/jobs/job-2", ""); code != 404 {
		t.Error(code)
	}
	if b := s.Books(); b.BilledCredits != fettle.Credit || b.Replayed != 1 {
		t.Errorf("%+v", b)
	}
}
