package api_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"fettle/api"
	"fettle/engine"
	"fettle/internal/secret"
	"fettle/provider"
	"fettle/store/storetest"
)

// TestMetricsOfCalls tells what a worker did, at the address of operators and, by
// the token for it alone, at the server's.
func TestMetricsOfCalls(t *testing.T) {
	t.Parallel()
	db, log := storetest.Open(t), slog.New(slog.DiscardHandler)
	m := api.NewMetrics("v1.2.3")
	e, err := engine.New(t.Context(), engine.Config{DB: db, Log: log, SecretKey: secret.NewKey(), Watch: m.Watch()})
	if err != nil {
		t.Fatal(err)
	}
	m.Of(e)
	w := m.Watch()
	w.Called(t.Context(), "hunter", "hunter/find", provider.Found, 300*time.Millisecond)
	w.Called(t.Context(), "hunter", "hunter/find", provider.Throttled, time.Millisecond)
	w.Settled(20 * time.Millisecond)
	observed := api.Observe(e, m)
	server := api.New(e, api.Config{Log: log, Metrics: m, Scrape: "scrape-me", SpoolDir: t.TempDir()})
	ask := func(h http.Handler, path, token string) (int, string) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1"+path, nil)
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		return rec.Code, rec.Body.String()
	}
	code, text := ask(observed, "/metrics", "")
	for _, want := range []string{
		`fettle_build_info{goversion="go`, `version="v1.2.3"} 1`, `fettle_provider_calls_total{operation="hunter/find",outcome="found",provider="hunter"} 1`,
		`outcome="throttled"`, `fettle_provider_call_duration_seconds_count{operation="hunter/find",provider="hunter"} 2`, "fettle_settle_lag_seconds_count 1",
		"fettle_calls_unknown 0", "fettle_workers 0", "fettle_database_up 1", `go_sql_open_connections{db_name="fettle"}`,
	} {
		if code != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%d: no %s", code, want)
		}
	}
	if problems, err := promlint.New(strings.NewReader(text)).Lint(); err != nil || len(problems) > 0 {
		t.Errorf("%v: %v", problems, err)
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/": 404, "/api/v1/people": 404} {
		if code, _ := ask(observed, path, ""); code != want {
			t.Errorf("observed %s: %d", path, code)
		}
	}
	for _, c := range []struct {
		path, token string
		want        int
	}{{"/metrics", "scrape-me", 200}, {"/metrics", "scrape-you", 401}, {"/metrics", "", 401}, {"/api/v1/people", "scrape-me", 401}} {
		if code, _ := ask(server, c.path, c.token); code != c.want {
			t.Errorf("%s with %q: %d, not %d", c.path, c.token, code, c.want)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if code, text := ask(observed, "/readyz", ""); code != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d %s", code, text)
	}
}

// TestDashboardsNameMetricsThatExist reads the dashboard and the alerts that ship:
// a metric that is renamed would leave an empty panel, and an alert that never comes.
func TestDashboardsNameMetricsThatExist(t *testing.T) {
	t.Parallel()
	db, log := storetest.Open(t), slog.New(slog.DiscardHandler)
	m := api.NewMetrics("v1")
	e, err := engine.New(t.Context(), engine.Config{DB: db, Log: log, SecretKey: secret.NewKey()})
	if err != nil {
		t.Fatal(err)
	}
	m.Of(e)
	known := m.Names()
	name := regexp.MustCompile(`\b(?:fettle|go|process)_[a-z_]+`)
	for _, file := range []string{"grafana-dashboard.json", "prometheus-alerts.yml"} {
		b, err := os.ReadFile(filepath.Join("..", "deploy", file))
		if err != nil {
			t.Fatal(err)
		}
		all := name.FindAllString(string(b), -1)
		if len(all) < 5 {
			t.Errorf("%s names %d metrics", file, len(all))
		}
		for _, n := range all {
			for _, end := range []string{"_bucket", "_count", "_sum"} {
				n = strings.TrimSuffix(n, end)
			}
			if !known[n] {
				t.Errorf("%s: there is no metric %s", file, n)
			}
		}
	}
}
