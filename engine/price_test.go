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

// TestOnePriceEverywhere sets up a condition, missing inputs, an overlap and a
// limit, and reads the price wherever it is shown.
func TestOnePriceEverywhere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		ctx := t.Context()
		w.people(0, 40, "bought")
		w.people(40, 60, "new")
		w.people(100, 10, "clerk")
		w.people(110, 5, "nowhere")
		w.audience("bought", `title == "bought"`)
		w.audience("nowhere", `title == "nowhere"`)
		for _, id := range w.ids("nowhere") {
			w.edit(id, "company_domain", nil)
		}
		w.save("first", findEmail("bought", 1000))
		w.work(w.e)
		w.start("first")
		w.settle("first")

		def := findEmail(fettle.AllPeople, 25)
		def.When = `title != "clerk"`
		w.save("second", def)
		est := w.estimate("second")
		if est.ToRun != 60 || est.Reused != 40 || est.Skipped != 10 || est.MissingInput != 5 {
			t.Fatalf("rows: %+v", est)
		}
		if est.HighCredits != 25*fettle.Credit || est.UnlimitedCredits != 60*fettle.Credit ||
			est.ExpectedCredits > est.HighCredits || *est.EnoughCredits != 60*fettle.Credit {
			t.Errorf("within a limit of 25: %+v", est)
		}
		if len(est.Basis) != 1 || !strings.Contains(est.Basis[0], "Find work email by Simulated provider found something in 40 of 40 calls") {
			t.Errorf("it goes by %q", est.Basis)
		}
		var rest fettle.HubFillRest
		for _, r := range hubField(t, w.hub(fettle.People, ""), "email").FillRest {
			if r.Enrichment == "second" {
				rest = r
			}
		}
		if rest.Rows != est.ToRun || rest.ExpectedCredits != est.ExpectedCredits || rest.HighCredits != est.HighCredits {
			t.Errorf("the Data Hub says %+v, the estimate %+v", rest, est)
		}
		if est.SavedCredits != 40*fettle.Credit || est.FoundCredits != fettle.Credit || !est.FoundFixed {
			t.Errorf("saved %s; a row that finds something costs %s, always: %v", est.SavedCredits, est.FoundCredits, est.FoundFixed)
		}
		if !strings.Contains(strings.Join(est.Warnings, ""), "leaves 25 credits: it will most likely pause") {
			t.Errorf("60 rows at 1 credit within 25: %q", est.Warnings)
		}
		v := w.view("second")
		if v.RemainingRows != est.ToRun+est.Reused || v.ReusableRows != 40 || v.RemainingRows+v.IdleRows != est.AudienceRows {
			t.Errorf("%d rows are left to do, %d of them free, %d are nothing to do; the estimate is of %d", v.RemainingRows, v.ReusableRows, v.IdleRows, est.AudienceRows)
		}

		// Bought to the limit: what would be enough is what is spent and the rest.
		w.start("second")
		w.until("second", func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused && v.InFlight == 0 })
		after := w.estimate("second")
		if after.ToRun != 35 || after.HighCredits != 0 || after.UnlimitedCredits != 35*fettle.Credit || *after.EnoughCredits != 60*fettle.Credit {
			t.Errorf("at the limit: %+v", after)
		}
		w.limit("second", int64(*after.EnoughCredits/fettle.Credit), true)
		w.settle("second")
		if v := w.view("second"); v.SpentCredits != *after.EnoughCredits {
			t.Errorf("with the limit that was to be enough it spent %s of %s", v.SpentCredits, after.EnoughCredits)
		}

		// A filter that lets more in warns by what is to be bought; a rerun counts
		// those that are in the audience now.
		w.people(200, 150, "late")
		w.audience("some", `title == "bought"`)
		third := findEmail("some", 1000)
		w.save("third", third)
		w.start("third")
		w.settle("third")
		_, err := w.e.SaveAudience(ctx, admin, fettle.Audience{Name: "some", Entity: fettle.People, Where: `title != "new"`}, false)
		quiet, ok := fettle.AsError(err).Details["quiet_spend"].([]fettle.QuietSpend)
		if !ok || len(quiet) != 1 || quiet[0].ToBuy != 160 || quiet[0].Rows != 165 || quiet[0].HighCredits != 160*fettle.Credit {
			t.Errorf("the warning: %v, %+v", err, quiet)
		}
		w.pause("third")
		_, err = w.e.Rerun(ctx, admin, "third", engine.RerunOptions{}, false)
		quiet, ok = fettle.AsError(err).Details["quiet_spend"].([]fettle.QuietSpend)
		if !ok || len(quiet) != 1 || quiet[0].Rows != 40 || quiet[0].ToBuy != 40 || quiet[0].HighCredits != 40*fettle.Credit {
			t.Errorf("a rerun: %v, %+v", err, quiet)
		}
		w.audience("some", `title == "nobody"`)
		if _, err := w.e.Rerun(ctx, admin, "third", engine.RerunOptions{}, false); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("a rerun of an empty audience: %v", err)
		}
	})
}

// TestWhatIsReusedSavesItsOwnPrice: half of what was asked found nothing, free; a
// value that was found costs its own price again, not the mean of all that was asked.
func TestWhatIsReusedSavesItsOwnPrice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Config{HitRate: 0.5, Seed: 1})
		w.people(0, 40, "x")
		w.save("emails", findEmail(fettle.AllPeople, 1000))
		w.work(w.e)
		if _, err := w.e.Pilot(t.Context(), admin, "emails", 20); err != nil {
			t.Fatal(err)
		}
		v := w.until("emails", func(v fettle.EnrichmentView) bool { return !v.Piloting && v.Rows.Found+v.Rows.NotFound == 20 })
		est := w.estimate("emails")
		if found := fettle.Credits(v.Rows.Found); v.Rows.NotFound == 0 || est.Reused != v.Rows.Found || est.SavedCredits != found*fettle.Credit {
			t.Errorf("%d found, %d reused, which saves %s", v.Rows.Found, est.Reused, est.SavedCredits)
		}
	})
}

// TestTheNextThousand: with a limit per run, resume begins the next run, and
// nobody is bought twice.
func TestTheNextThousand(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 50, "x")
		w.audience("xs", `title == "x"`)
		def := findEmail("xs", 1000)
		n := int64(20)
		def.Limit = &fettle.Limit{Records: &n, Per: fettle.PerRun}
		w.save("emails", def)
		w.work(w.e)
		w.start("emails")
		paused := func(v fettle.EnrichmentView) bool { return v.State == fettle.Paused && v.InFlight == 0 }
		w.until("emails", paused)
		for _, want := range []int64{40, 50} {
			est := w.estimate("emails")
			if !est.NextRun || est.NoRoom != "" || est.HighCredits != fettle.Credit*fettle.Credits(min(20, est.ToRun)) {
				t.Fatalf("the next run: %+v", est)
			}
			v, err := w.e.Resume(t.Context(), admin, "emails", engine.StartOptions{})
			if err != nil || !strings.Contains(v.Message, "buys the next") {
				t.Fatalf("%q, %v", v.Message, err)
			}
			if want == 50 {
				w.settle("emails")
			} else {
				w.until("emails", paused)
			}
			if b := w.sb.Books(); b.BilledCalls != want || b.Repeats != 0 {
				t.Fatalf("%d were billed, %d twice; wanted %d", b.BilledCalls, b.Repeats, want)
			}
		}
	})
}

// TestAnotherModelIsPricedByItsOwnTable: no price of another model, and none of
// another prompt, is taken for this one's.
func TestAnotherModelIsPricedByItsOwnTable(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cfg := sandbox.Defaults()
		cfg.ModelTokens = 80
		w := newWorld(t, db, cfg)
		w.people(0, 60, "a")
		w.people(60, 60, "b")
		w.audience("as", `title == "a"`)
		w.audience("bs", `title == "b"`)
		w.field("line", fettle.Text)
		def := func(audience, model, prompt string) fettle.Definition {
			return fettle.Definition{
				Audience: []string{audience}, Outputs: fettle.Outputs{{Name: "line", Field: "line"}}, Limit: &fettle.Limit{None: true},
				Steps: []fettle.Step{{
					Provider: "llm/openai", Model: model, Prompt: prompt,
					Output: map[string]any{"line": map[string]any{"type": "string"}}, MaxOutputTokens: 2000,
				}},
			}
		}
		w.save("lines", def("as", "one", "Write about {{ name }}."))
		first := w.estimate("lines")
		if !first.PilotAdvised || !strings.Contains(first.Basis[0], "nothing to go by") {
			t.Errorf("a first start: %+v", first)
		}
		w.work(w.e)
		w.start("lines")
		spent := w.settle("lines").SpentCredits
		w.save("lines", def("bs", "one", "Write about {{ name }}."))
		same := w.estimate("lines")
		if same.PilotAdvised || float64(same.ExpectedCredits) < 0.9*float64(spent) || float64(same.ExpectedCredits) > 1.1*float64(spent) {
			t.Errorf("60 more of the same, after %s: %s expected (%v)", spent, same.ExpectedCredits, same.Basis)
		}
		w.save("lines", def("bs", "one", strings.Repeat("Write about {{ name }}. ", 200)))
		long := w.estimate("lines")
		if long.ExpectedCredits <= same.ExpectedCredits || !long.PilotAdvised {
			t.Errorf("a prompt of 200 times the length: %s expected, it was %s (%v)", long.ExpectedCredits, same.ExpectedCredits, long.Basis)
		}
		w.save("lines", def("bs", "another", "Write about {{ name }}."))
		if other := w.estimate("lines"); !other.PilotAdvised || !strings.Contains(other.Basis[0], "another model") {
			t.Errorf("another model: %+v", other)
		}
	})
}

// view is an enrichment as it stands.
func (w *world) view(name string) fettle.EnrichmentView {
	w.t.Helper()
	v, err := w.e.Enrichment(w.t.Context(), admin, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}
