package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// checkPrices are the four ways in which a check is billed, for three people: what
// is held for the first checks of whom nobody moved, what they cost, what is held
// for the second ones, when one moved, and what they cost.
var checkPrices = []struct {
	operation                   string
	held, first, again, another fettle.Credits
	every                       int // how many days there are between two that are paid, of a check every 7 days
}{
	{"job_change", 3, 3, 3, 3, 7},
	{"job_change_per_change", 15, 0, 15, 5, 7},
	{"job_change_minimum", 3, 3, 3, 3, 7},
	{"job_change_per_contact", 9, 9, 0, 0, 35},
}

// TestChecksAreBilledInFourWays polls three people twice at a vendor of each sort.
// The process is lost between reserve and settle of the first checks: what they
// cost at the most stays held until their answers land. What is reserved, charged
// and estimated agrees with the vendor's books.
func TestChecksAreBilledInFourWays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.employed("ada", "bob", "cy")
		for _, p := range checkPrices {
			rule := employmentCheck("all-people", "")
			rule.Provider, rule.Every = "sandbox/"+p.operation, interval("7d")
			w.rule(pollOf(p.operation), rule)
			if est := w.estimate(pollOf(p.operation)); est.HighCredits != p.held*fettle.Credit {
				t.Errorf("%s: estimated %s at the most, want %d", p.operation, est.HighCredits, p.held)
			} else if days := float64(est.ToRun) * 30.44 * float64(est.PerRowCredits) / float64(est.PerMonthCredits); int(days+0.5) != p.every {
				t.Errorf("%s: %s a month for %s a row: paid every %.1f days", p.operation, est.PerMonthCredits, est.PerRowCredits, days)
			}
		}
		answer := w.sb.Hold()
		w.work(w.e)
		for _, p := range checkPrices {
			w.start(pollOf(p.operation))
		}
		w.busy(0, 12)
		w.books("in flight", func(p int, v fettle.EnrichmentView) bool {
			return v.ReservedCredits+v.UnknownCredits == checkPrices[p].held*fettle.Credit && v.SpentCredits == 0
		})
		w.loseEverybody()
		w.work(w.engine())
		w.books("lost", func(p int, v fettle.EnrichmentView) bool {
			return v.ReservedCredits == 0 && v.UnknownCredits == checkPrices[p].held*fettle.Credit
		})
		answer()
		w.books("landed", func(p int, v fettle.EnrichmentView) bool {
			return v.UnknownCredits == 0 && v.SpentCredits == checkPrices[p].first*fettle.Credit
		})
		w.agree()

		w.know("ada", role("Analyst", "Acme", "acme.com", "2020-01", "2026-08"), role("VP", "Contoso", "contoso.com", "2026-09", ""))
		for _, p := range checkPrices {
			est, err := w.e.Estimate(ctx, admin, pollOf(p.operation), engine.EstimateOptions{Rerun: &engine.RerunOptions{}})
			if err != nil || est.HighCredits != p.again*fettle.Credit {
				t.Errorf("%s: again at the most %s, want %d, %v", p.operation, est.HighCredits, p.again, err)
			}
			if _, err := w.e.Rerun(ctx, admin, pollOf(p.operation), engine.RerunOptions{}, true); err != nil {
				t.Fatal(err)
			}
		}
		w.books("settled", func(p int, v fettle.EnrichmentView) bool {
			return v.InFlight == 0 && v.Rows.Pending == 0 && w.sb.Books().ByOperation[checkPrices[p].operation].Calls == 6 &&
				v.SpentCredits == (checkPrices[p].first+checkPrices[p].another)*fettle.Credit
		})
		w.agree()
		held := w.heldAgain()
		for _, p := range checkPrices {
			if held[pollOf(p.operation)] != p.again*fettle.Credit {
				t.Errorf("%s: %s was held for the second checks, want %d", p.operation, held[pollOf(p.operation)], p.again)
			}
		}
		w.sound()
	})
}

func pollOf(operation string) string { return strings.ReplaceAll(operation, "_", "-") }

// books waits until all polls are as they should be.
func (w *world) books(what string, ok func(p int, v fettle.EnrichmentView) bool) {
	w.t.Helper()
	for i, p := range checkPrices {
		w.until(pollOf(p.operation), func(v fettle.EnrichmentView) bool { return ok(i, v) })
		if b := w.sb.Books().ByOperation[p.operation]; what == "settled" && b.BilledCredits != (p.first+p.another)*fettle.Credit {
			w.t.Errorf("%s: %s billed", p.operation, b.BilledCredits)
		}
	}
}

// heldAgain is what was held, by poll, for the calls of reruns.
func (w *world) heldAgain() map[string]fettle.Credits {
	w.t.Helper()
	var ids []int64
	name := map[int64]string{}
	for _, j := range w.journal("all") { // a call of a process that was taken for dead lands late
		if j.Cause == fettle.CauseRerun && name[j.Attempt] == "" {
			ids, name[j.Attempt] = append(ids, j.Attempt), j.Enrichment
		}
	}
	out := map[string]fettle.Credits{}
	err := w.db.View(w.t.Context(), func(tx *store.Tx) error {
		calls, err := tx.AttemptsByID(w.t.Context(), ids)
		for _, a := range calls {
			out[name[a.ID]] += a.Hold.Held
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}
