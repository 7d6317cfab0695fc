package api

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"fettle"
	"fettle/engine"
)

// TestWhenToTryAgain holds that whoever is turned away for now is told for how long,
// also where no handler of an operation answers.
func TestWhenToTryAgain(t *testing.T) {
	s := &server{log: slog.New(slog.DiscardHandler)}
	for _, c := range []struct {
		err                 *fettle.Error
		status              int
		after, policy, used string
	}{
		{fettle.Errorf(fettle.Unavailable, "the database does not answer"), 503, "5", "", ""},
		{fettle.Errorf(fettle.Refused, "too many tries").With("retry_after", 17), 429, "17", "", ""},
		{fettle.Errorf(fettle.Unavailable, "too fast").With("retry_after", 60).With(engine.QuotaDetail, `"hook";q=600;w=60`), 429, "60", `"hook";q=600;w=60`, `"hook";r=0;t=60`},
		{fettle.Errorf(fettle.Refused, "no"), 409, "", "", ""},
	} {
		rec := httptest.NewRecorder()
		s.write(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), c.err)
		h := rec.Header()
		if rec.Code != c.status || h.Get("Retry-After") != c.after || h.Get("RateLimit-Policy") != c.policy || h.Get("RateLimit") != c.used {
			t.Errorf("%s: %d, Retry-After %q, %q, %q", c.err.Message, rec.Code, h.Get("Retry-After"), h.Get("RateLimit-Policy"), h.Get("RateLimit"))
		}
	}
}
