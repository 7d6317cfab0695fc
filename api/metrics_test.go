package api_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"fettle"
	"fettle/api"
	"fettle/engine"
	"fettle/internal/secret"
	"fettle/store/storetest"
)

// TestMetricsWithoutADatabase takes the database away from a server: what needs
// none is told all the same, and that the rest is missing.
func TestMetricsWithoutADatabase(t *testing.T) {
	t.Parallel()
	db, log := storetest.Open(t), slog.New(slog.DiscardHandler)
	e, err := engine.New(t.Context(), engine.Config{DB: db, Log: log, SecretKey: secret.NewKey()})
	if err != nil {
		t.Fatal(err)
	}
	b := bundle{t: t, handler: api.New(e, api.Config{Log: log, InProcess: true, Local: fettle.Actor{Name: "test", Role: fettle.Admin}, SpoolDir: t.TempDir()})}
	for _, c := range []struct {
		has, lacks string
		after      func() error
	}{
		{"fettle_database_up 1", "fettle_database_up 0", db.Close},
		{"fettle_database_up 0", "fettle_credits{", nil},
	} {
		rec := b.do(http.MethodGet, "/metrics", "")
		if body := rec.Body.String(); rec.Code != http.StatusOK || !strings.Contains(body, c.has) || strings.Contains(body, c.lacks) || !strings.Contains(body, "fettle_worker_passes_total 0") {
			t.Errorf("%d, not %q: %s", rec.Code, c.has, body)
		}
		if c.after != nil {
			if err := c.after(); err != nil {
				t.Fatal(err)
			}
		}
	}
}
