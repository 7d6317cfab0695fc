package engine_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestWhatWasAskedAgainIsNotAskedTwiceAcrossRuns has rows asked again whose
// second step is throttled, and begins another run in between, as the next
// thousand of a limit per run does: the first step is asked once more, not
// twice.
func TestWhatWasAskedAgainIsNotAskedTwiceAcrossRuns(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var full atomic.Bool
		var refused atomic.Int64
		w := between(t, db, sandbox.Config{HitRate: 0, BillMiss: true, Seed: 5}, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "variable") && full.Load() {
					refused.Add(1)
					rw.Header().Set("Retry-After", "1") // else each refusal doubles the wait
					http.Error(rw, "slow down", http.StatusTooManyRequests)
					return
				}
				next.ServeHTTP(rw, r)
			})
		})
		w.field("found", fettle.Text)
		w.people(0, 3, "x")
		w.save("answers", answer("found", 1000, byEmail, byScore))
		w.work(w.e)
		w.start("answers")
		wantRows(t, w.settle("answers"), fettle.RowCounts{NotFound: 3})
		w.pause("answers")
		if _, err := w.e.Retry(t.Context(), admin, "answers", fettle.NotFoundRow, true); err != nil {
			t.Fatal(err)
		}
		full.Store(true)
		// The first step of each was asked again, the second was refused, and no row
		// ends before it is not: that stays, whether rows wait or are due.
		waits := func(v fettle.EnrichmentView) bool {
			asked, _ := w.hits("find_email")
			return asked >= 6 && refused.Load() >= 1 && !v.Planning && v.InFlight == 0 && v.RemainingRows == 3
		}
		w.resume("answers")
		w.until("answers", waits)
		for range 2 { // each claim in a run of its own
			w.pause("answers")
			refused.Store(0)
			w.start("answers")
			w.until("answers", waits)
		}
		full.Store(false)
		v := w.until("answers", func(v fettle.EnrichmentView) bool { return v.RemainingRows == 0 })
		wantRows(t, v, fettle.RowCounts{NotFound: 3})
		if asked, _ := w.hits("find_email"); asked != 6 {
			t.Errorf("the first step was asked %d times of 3 records: once, and once again", asked)
		}
		w.agree()
		w.sound()
	})
}

// TestARowThatSharesItsFirstQuestionMayCostNothing has two records ask the same
// first and something of their own afterwards: the second pays only where the
// first found nothing.
func TestARowThatSharesItsFirstQuestionMayCostNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, BillMiss: true, Seed: 5})
	w.field("found", fettle.Text)
	w.namesakes("Ann Lee", "one.com", "two.com")
	w.save("answers", answer("found", 1000, byScore, byEmail))
	est := w.estimate("answers")
	if est.ToRun != 2 || est.Reused != 0 || est.LowCredits != fettle.Credit/10 {
		t.Errorf("estimate: %+v", est)
	}
	w.work(w.e)
	w.start("answers")
	v := w.settle("answers")
	wantRows(t, v, fettle.RowCounts{Found: 1, Reused: 1})
	if v.SpentCredits < est.LowCredits || v.SpentCredits > est.HighCredits {
		t.Errorf("%s spent, %s to %s were estimated", v.SpentCredits, est.LowCredits, est.HighCredits)
	}
	w.sound()
}

// namesakes imports a person of the name at each domain.
func (w *world) namesakes(name string, domains ...string) {
	w.t.Helper()
	rows := make([]map[string]any, len(domains))
	for i, d := range domains {
		rows[i] = map[string]any{"external_id": d, "name": name, "company_domain": d}
	}
	if _, err := w.e.UpsertRecords(w.t.Context(), admin, engine.UpsertInput{Entity: fettle.People, Source: "csv", Rows: rows, Confirm: true}); err != nil {
		w.t.Fatal(err)
	}
}
