package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// many is more movers than go into a live enrichment unasked.
const many = 150

// following is a workspace in which those who moved get a line.
func following(t *testing.T, db *store.DB) *world {
	t.Helper()
	w := newWorld(t, db, sandbox.Defaults())
	w.field("line", fettle.Text)
	w.audience("movers", movers)
	line := copyLine("movers", 5000)
	line.Steps[0].Prompt = "Write to {{ name }}, who is {{ signal.to.title }}."
	w.save("copy", line)
	return w
}

// bought waits until as many rows are bought, none is left, and nothing paused.
func (w *world) bought(what string, n int64) {
	w.t.Helper()
	w.looked()
	v := w.until("copy", func(v fettle.EnrichmentView) bool {
		return v.State == fettle.Paused || !v.Planning && v.InFlight == 0 && v.Rows.Pending == 0 && v.SpentCredits >= fettle.Credits(n)*fettle.Credit
	})
	if v.State != fettle.Live || v.SpentCredits != fettle.Credits(n)*fettle.Credit {
		w.t.Fatalf("%s: %s %s, %s credits, want %d", what, v.State, v.PauseReason, v.SpentCredits.Text(), n)
	}
}

// asksFor looks at a refusal that names the rows and their price.
func (w *world) asksFor(what string, err error, rows int64) {
	w.t.Helper()
	w.code(fettle.Confirm, err, what)
	over, _ := fettle.AsError(err).Details["quiet_spend"].([]fettle.QuietSpend)
	if len(over) != 1 || over[0].ToBuy != rows {
		w.t.Errorf("%s: %+v", what, over)
	}
	if n := len(w.signals(engine.SignalsQuery{Type: "job_change"})); n != 0 {
		w.t.Errorf("%s: %d signals were written", what, n)
	}
}

// TestPostsAreJudged posts what many rows follow: it is priced and asked about, who
// may not spend is refused, and what was confirmed runs without the guard. What a
// hook brings waits for somebody.
func TestPostsAreJudged(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := following(t, db), t.Context()
		rows := make([]map[string]any, 2*many)
		for i := range rows {
			rows[i] = map[string]any{"name": fmt.Sprintf("Person Number%d", i), "email": fmt.Sprintf("p%d@acme.com", i)}
		}
		w.upsert(fettle.People, rows...)
		ids := w.ids(fettle.AllPeople)
		w.work(w.e)
		w.start("copy")
		w.settle("copy") // what comes now is followed, and is in no plan
		posts := make([]fettle.SignalPost, many)
		for i := range posts {
			posts[i] = moved(ids[i], "VP", "CTO")
		}
		in := engine.PostInput{Source: "vendor", Signals: posts}
		_, err := w.e.PostSignals(ctx, admin, in)
		w.asksFor("not confirmed", err, many)
		_, err = w.e.PostSignals(ctx, fettle.Actor{Name: "ed", Role: fettle.Editor}, in)
		w.code(fettle.NotAllowed, err, "by who may not spend")
		in.Confirm = true
		if v, err := w.e.PostSignals(ctx, admin, in); err != nil || v.Added != many {
			t.Fatalf("%d new, %d further, %d invalid: %v", v.Added, v.Witnesses, v.Invalid, err)
		}
		w.bought("confirmed", many)
		if v, err := w.e.PostSignals(ctx, admin, engine.PostInput{Source: "other", Signals: posts}); err != nil || v.Witnesses != many {
			t.Errorf("witnesses open nothing and are not asked about: %d %v", v.Witnesses, err)
		}
		w.rule("vendor", fettle.SignalRule{
			Entity: fettle.People, Type: "job_change", Detect: fettle.DetectPosted, To: map[string]string{"title": "body.title"},
			Hook: &fettle.SignalHook{Each: "body.events", Match: map[string]string{"email": "body.email"}},
		})
		token, err := w.e.MakeHookToken(ctx, admin, "vendor")
		if err != nil {
			t.Fatal(err)
		}
		var events []string
		for i := many; i < 2*many; i++ {
			events = append(events, fmt.Sprintf(`{"email": %q, "title": "CTO"}`, fmt.Sprintf("p%d@acme.com", i)))
		}
		events = append(events, `{"email": "p1@acme.com", "title": "C\u0000O"}`)
		v, err := w.e.ReceiveHook(ctx, "vendor", token.Token, strings.NewReader(`{"events": [`+strings.Join(events, ",")+`]}`))
		if err != nil || v.Added != many || v.Invalid != 1 {
			t.Fatalf("%d new, %d further, %d invalid: %v", v.Added, v.Witnesses, v.Invalid, err)
		}
		w.until("copy", func(v fettle.EnrichmentView) bool { return v.Rows.Waiting == many || v.State == fettle.Paused })
		w.bought("by a hook", many)
		w.sound()
	})
}

// TestAnImportForeseesItsSignals imports a list in which many have moved: its price
// has the lines that they get, and what is confirmed runs without the guard.
// Another list that says otherwise buys nothing.
func TestAnImportForeseesItsSignals(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := following(t, db), t.Context()
		w.rule("job-change", jobChange())
		a := parliament(0, many+5)
		w.sync("congress", a)
		w.work(w.e)
		w.start("copy")
		w.settle("copy") // what comes now is followed, and is in no plan
		other := append([]member(nil), a...)
		for i := range other {
			other[i].title = "Somebody"
		}
		if v, err := w.snapshot("list", other, engine.ImportInput{DryRun: true}); err != nil || len(v.WouldRun) != 0 {
			t.Errorf("a first word of another list: %+v %v", v.WouldRun, err)
		}
		for i := range many {
			a[i].title = "Senator"
		}
		a[many].title = " representative "
		v, err := w.snapshot("congress", a, engine.ImportInput{DryRun: true})
		if err != nil || len(v.WouldRun) != 1 || v.WouldRun[0].ToBuy != many {
			t.Fatalf("%+v %v", v.WouldRun, err)
		}
		_, err = w.snapshot("congress", a, engine.ImportInput{})
		w.asksFor("not confirmed", err, many)
		// The signals come after what was imported is followed: the answer is theirs too.
		w.ruleGoes(false)
		if _, err := w.snapshot("congress", a, engine.ImportInput{Confirm: true}); err != nil {
			t.Fatal(err)
		}
		w.looked()
		w.ruleGoes(true)
		w.bought("confirmed", many)
		if n := len(w.signals(engine.SignalsQuery{Type: "job_change"})); n != many {
			t.Errorf("%d signals", n)
		}
		if err := w.e.EditRecord(ctx, admin, w.ids(fettle.AllPeople)[0], "title", "Mayor", false); err != nil {
			t.Fatal(err)
		}
		w.bought("an edit", many+1)
		w.sound()
	})
}

// ruleGoes pauses or resumes the rule.
func (w *world) ruleGoes(on bool) {
	w.t.Helper()
	if _, err := w.e.PauseSignalRule(w.t.Context(), admin, "job-change", !on); err != nil {
		w.t.Fatal(err)
	}
}
