package engine_test

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

func (w *world) charges(q engine.JournalQuery) []fettle.JournalEntry {
	w.t.Helper()
	out, _, err := w.e.Journal(w.t.Context(), admin, q)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// TestSpendIsExplained buys for two causes, by two versions, and holds that the
// journal's filters, its CSV and the explanation agree with each other.
func TestSpendIsExplained(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 30, "=in")
		w.save("emails", findEmail(fettle.AllPeople, 100))
		w.work(w.e)
		begin := time.Now()
		w.start("emails")
		w.settle("emails")
		middle := time.Now()
		w.people(100, 12, "=in")
		w.until("emails", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 42 && v.InFlight == 0 })
		end := time.Now()

		if n := len(w.charges(engine.JournalQuery{})); n != 42 {
			t.Errorf("%d charges", n)
		}
		entered := w.charges(engine.JournalQuery{Enrichment: "emails", Version: 1, Provider: "sandbox", Cause: fettle.CauseEntered})
		if len(entered) != 12 || entered[0].Cause != fettle.CauseEntered || !strings.HasPrefix(entered[0].Record, "Person Number1") {
			t.Errorf("%d entered: %+v", len(entered), entered[:min(1, len(entered))])
		}
		for _, c := range []struct {
			q engine.JournalQuery
			n int
		}{
			{engine.JournalQuery{From: begin, To: middle}, 30},
			{engine.JournalQuery{From: middle, To: end}, 12},
			{engine.JournalQuery{From: end}, 0},
			{engine.JournalQuery{To: begin}, 0},
			{engine.JournalQuery{Version: 2}, 0},
			{engine.JournalQuery{Provider: "prospeo"}, 0},
			{engine.JournalQuery{Model: "gpt"}, 0},
			{engine.JournalQuery{Kind: "reserve"}, 42},
			{engine.JournalQuery{Kind: "all"}, 84},
			{engine.JournalQuery{RecordID: entered[0].RecordID}, 1},
		} {
			if got := w.charges(c.q); len(got) != c.n {
				t.Errorf("%+v: %d entries, want %d", c.q, len(got), c.n)
			}
		}

		var out bytes.Buffer
		if err := w.e.JournalCSV(t.Context(), admin, engine.JournalQuery{Cause: fettle.CauseEntered}, &out); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 13 || rows[1][0] != strconv.FormatInt(entered[0].ID, 10) {
			t.Errorf("%d rows: %v", len(rows), err)
		}

		v, err := w.e.WhySpend(t.Context(), admin, middle, middle.Add(middle.Sub(begin)).Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		if v.SettledCredits != 12*fettle.Credit || v.BeforeCredits != 30*fettle.Credit {
			t.Errorf("%s, before %s: %s", v.SettledCredits, v.BeforeCredits, v.Summary)
		}
		found := false
		for _, d := range v.Drivers {
			if d.Kind != "cause" || d.Journal.Cause != fettle.CauseEntered {
				continue
			}
			found = true
			linked := w.charges(engine.JournalQuery{Enrichment: d.Journal.Enrichment, Cause: d.Journal.Cause, From: d.Journal.From, To: d.Journal.To})
			if int64(len(linked)) != d.Calls || d.Credits != 12*fettle.Credit {
				t.Errorf("%q links to %d charges", d.Text, len(linked))
			}
		}
		if !found {
			t.Errorf("does not say that records entered: %+v", v.Drivers)
		}
		if _, err := w.e.WhySpend(t.Context(), admin, end, begin); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("a time that ends before it begins: %v", err)
		}
	})
}

// TestJournalCSVRunsNoFormula holds that what a file brought in is not run by
// the spreadsheet that opens the journal.
func TestJournalCSVRunsNoFormula(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 1, "x")
	id := w.ids(fettle.AllPeople)[0]
	w.edit(id, "name", `=HYPERLINK("http://evil.test")`)
	w.save("emails", findEmail(fettle.AllPeople, 10))
	w.work(w.e)
	w.start("emails")
	w.settle("emails")
	var out bytes.Buffer
	if err := w.e.JournalCSV(t.Context(), admin, engine.JournalQuery{}, &out); err != nil {
		t.Fatal(err)
	}
	if s := out.String(); !strings.Contains(s, `"'=HYPERLINK`) || strings.Contains(s, `,"=`) {
		t.Error(s)
	}
}

func TestForecasts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 20, "x")
		w.save("emails", findEmail(fettle.AllPeople, 15))
		if _, err := w.e.Grant(t.Context(), admin, *credits(1000), ""); err != nil {
			t.Fatal(err)
		}
		if err := w.e.SetLimit(t.Context(), admin, "workspace", "", fettle.Limit{Credits: credits(500), Per: fettle.PerMonth}); err != nil {
			t.Fatal(err)
		}
		verdicts := func() map[string]fettle.LimitForecast {
			t.Helper()
			all, err := w.e.Forecasts(t.Context(), admin)
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]fettle.LimitForecast{}
			for _, f := range all {
				out[f.Scope+f.Key] = f
			}
			return out
		}
		if f := verdicts(); len(f) != 3 || f["enrichmentemails"].Forecast.Verdict != fettle.ForecastIdle || f["balance"].Forecast.Verdict != fettle.ForecastIdle {
			t.Errorf("before: %+v", f)
		}
		w.work(w.e)
		w.start("emails")
		wantPaused(t, w.paused("emails"), fettle.PausedByLimit)
		f := verdicts()
		if x := f["enrichmentemails"]; x.Forecast.Verdict != fettle.ForecastReached || x.UsedCredits != 15*fettle.Credit {
			t.Errorf("the enrichment's limit: %+v", x)
		}
		if x := f["balance"].Forecast; x.Verdict != fettle.ForecastTooLittle {
			t.Errorf("the balance: %+v", x)
		}
		if x := f["workspace"].Forecast; x.Verdict != fettle.ForecastTooLittle || x.ResetsAt == nil {
			t.Errorf("the month's limit: %+v", x)
		}
	})
}
