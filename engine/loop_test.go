package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// scored asks the sandbox for a score of some text, and keeps it in a field.
func scored(of, to string) fettle.Definition {
	return fettle.Definition{
		Audience: []string{fettle.AllPeople},
		Steps:    []fettle.Step{{Provider: "sandbox/variable", Inputs: map[string]string{"name": of}}},
		Outputs:  fettle.Outputs{{Name: "score", Field: to}}, Follow: true, Write: fettle.Overwrite, RerunOn: "inputs",
		Limit: &fettle.Limit{Credits: credits(10_000)},
	}
}

// computed is an enrichment of a formula alone.
func computed(of, to string) fettle.Definition {
	d := scored("", to)
	d.Steps = []fettle.Step{{Provider: "formula", Formula: map[string]string{"score": of}}}
	return d
}

func (w *world) refusedLoop(name string, def fettle.Definition, says ...string) {
	w.t.Helper()
	_, err := w.e.SaveEnrichment(w.t.Context(), admin, name, def)
	e := fettle.AsError(err)
	if err == nil || e.Code != fettle.Refused || !strings.Contains(e.Hint, "rerun_on: never") {
		w.t.Fatalf("%s: %v", name, err)
	}
	for _, s := range says {
		if !strings.Contains(e.Message, s) {
			w.t.Errorf("%q does not say %q", e.Message, s)
		}
	}
}

// TestALoopIsRefused saves enrichments that feed each other, from each side last:
// two, three with a formula between, and through a person's company.
func TestALoopIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	for _, f := range []string{"x", "y", "z"} {
		w.field(f, fettle.Number)
	}
	ax, by := scored(`"a" + string(y)`, "x"), scored(`"b" + string(x)`, "y")
	w.save("a", ax)
	w.refusedLoop("b", by, "b and a feed each other", "b writes y, which opens rows of a again", "a writes x, which opens rows of b again")
	if w.exists("b") {
		t.Error("it was saved all the same")
	}
	never := by
	never.RerunOn = "never"
	w.save("b", never)
	w.refusedLoop("b", by)    // an edit of the second
	ay := scored(`name`, "x") // the first lets go of it
	w.save("a", ay)
	w.save("b", by)
	w.refusedLoop("a", ax, "a and b feed each other") // and wants it back

	// Three, with a formula between.
	w.save("b", scored(`"b" + string(z)`, "y"))
	w.save("c", computed("x + 1.0", "z"))
	w.refusedLoop("a", ax, "a, c and b feed each other")

	// A person who goes to another company has other values of it.
	w.save("a", scored(`name`, "x"))
	w.save("b", scored("company.name", "y"))
	d := scored(`"d" + string(y)`, "company_domain")
	d.Steps[0] = fettle.Step{Provider: "formula", Formula: map[string]string{"score": `"d" + string(y) + ".com"`}}
	w.refusedLoop("d", d, "d writes company_domain, which opens rows of b again")

	// With a bound at one of them it is allowed; without it the other is refused.
	w.save("b", scored(`"b" + string(x)`, "y"))
	bound := ax
	bound.Loop = 2
	w.save("a", bound)
	w.refusedLoop("a", ax)
	ax.Loop = 101
	if _, err := w.e.SaveEnrichment(t.Context(), admin, "a", ax); fettle.CodeOf(err) != fettle.Invalid {
		t.Errorf("a bound of 101: %v", err)
	}
}

func (w *world) exists(name string) bool {
	w.t.Helper()
	_, err := w.e.Enrichment(w.t.Context(), admin, name)
	return err == nil
}

// TestALoopIsRefusedByApply applies both at once, in either order, and what
// replaces a loop by none.
func TestALoopIsRefusedByApply(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.field("x", fettle.Number)
	w.field("y", fettle.Number)
	doc := func(name, reads, writes, more string) string {
		return "apiVersion: fettle/v1\nkind: Enrichment\nname: " + name + "\naudience: all-people\nsteps:\n  - provider: sandbox/variable\n    inputs: {name: 'name + string(" + reads +
			")'}\noutputs: {score: " + writes + "}\nrerun_on: inputs\nlimit: {credits: 100}\n" + more + "---\n"
	}
	for _, both := range []string{doc("a", "y", "x", "") + doc("b", "x", "y", ""), doc("b", "x", "y", "") + doc("a", "y", "x", "")} {
		if _, err := w.e.Apply(t.Context(), admin, []byte(both), true); err == nil || !strings.Contains(err.Error(), "feed each other") || w.exists("a") {
			t.Fatalf("applied: %v", err)
		}
	}
	if _, err := w.e.Apply(t.Context(), admin, []byte(doc("a", "y", "x", "loop: 1\n")+doc("b", "x", "y", "")), true); err != nil {
		t.Fatal(err)
	}
	// The bound goes, and with it what made the loop: judged as it is afterwards.
	if _, err := w.e.Apply(t.Context(), admin, []byte(doc("a", "y", "x", "")+doc("b", "y", "x", "")), true); err != nil {
		t.Fatal(err)
	}
}

// TestALoopEndsAtItsBound lets two enrichments feed each other, of which one
// says how often a record may come back.
func TestALoopEndsAtItsBound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.field("x", fettle.Number)
		w.field("y", fettle.Number)
		w.people(0, 10, "t")
		off := int64(0)
		a, b := scored(`name + title + (filled(y) ? string(y) : "")`, "x"), scored(`name + string(x)`, "y")
		a.Loop, a.Guards, b.Guards = 2, &fettle.Guards{Again: &off}, &fettle.Guards{Again: &off}
		w.save("a", a)
		w.save("b", b)
		w.work(w.e)
		w.start("a")
		w.settle("a")
		w.start("b")
		done := func(v fettle.EnrichmentView) bool { return v.GuardRows == 10 }
		v := w.until("a", done)
		w.looked()
		if calls := w.sb.Books().Calls; calls != 80 || v.State != fettle.Live {
			t.Errorf("%d calls for 10 people, each of whom may come back twice: %s %s", calls, v.State, v.PauseDetail)
		}
		// A write from outside begins a new chain for whoever was not set aside; a
		// person lets the others go on.
		if _, err := w.e.Approve(t.Context(), admin, "a", true, w.ids(fettle.AllPeople)[0]); err != nil {
			t.Fatal(err)
		}
		w.until("b", func(fettle.EnrichmentView) bool { return w.sb.Books().Calls == 86 })
		w.until("a", done)
		w.looked()
		if calls := w.sb.Books().Calls; calls != 86 {
			t.Errorf("%d calls after one was let go on", calls)
		}
		if w.notified("guard") != 1 {
			t.Errorf("%d notifications", w.notified("guard"))
		}
		w.agree()
		w.sound()
	})
}

// TestAFirstTimeLoopIsAllowed has e-mail and LinkedIn find each other, once.
func TestAFirstTimeLoopIsAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.people(0, 20, "t")
	mail := findEmail(fettle.AllPeople, 1000)
	mail.Steps[0].When = `filled(linkedin_url) || filled(name)`
	w.save("mail", mail)
	link := findEmail(fettle.AllPeople, 1000)
	link.Steps = []fettle.Step{{Provider: "sandbox/job_title", Inputs: map[string]string{"email": "email"}}}
	link.Outputs = fettle.Outputs{{Name: "linkedin_url", Field: "linkedin_url"}}
	v, err := w.e.SaveEnrichment(t.Context(), admin, "link", link)
	if err != nil || !strings.Contains(v.Message, "the first time only") {
		t.Fatalf("%q, %v", v.Message, err)
	}
	w.work(w.e)
	w.start("mail")
	w.start("link")
	w.settle("mail")
	w.looked()
	w.settle("link")
	w.looked()
	by := map[string]int{}
	for _, j := range w.journal("") {
		by[j.Enrichment+j.Kind]++
	}
	if b := w.sb.Books(); b.Calls != 40 || b.Repeats != 0 {
		t.Errorf("books %+v, %v", b, by)
	}
	w.sound()
}

// TestALoopThroughASignalIsRefused has what an enrichment writes raise the signal
// that opens its rows, saved from either side. A bound does not help: returns are
// not counted through signals.
func TestALoopThroughASignalIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	w.field("x", fettle.Number)
	rule := fettle.SignalRule{Entity: fettle.People, Type: "rescored", Detect: "changes", When: "changed(x)", To: map[string]string{"score": "string(x)"}, By: "any"}
	quiet := rule
	quiet.By = ""
	rulesSave := func(def fettle.SignalRule) error {
		_, err := w.e.SaveSignalRule(t.Context(), admin, "rescored", def)
		return err
	}
	if err := rulesSave(quiet); err != nil {
		t.Fatal(err)
	}
	def := scored("name + title", "x")
	def.Audience, def.RerunOn, def.Loop = []string{"rescored"}, "signal", 2
	w.save("a", def)
	err := rulesSave(rule)
	if e := fettle.AsError(err); err == nil || e.Code != fettle.Refused || !strings.Contains(e.Message, "the signal rescored and a feed each other") || !strings.Contains(e.Hint, "by: any") {
		t.Fatalf("the rule: %v", err)
	}
	def.RerunOn, def.Loop = "never", 0
	w.save("a", def)
	if err := rulesSave(rule); err != nil {
		t.Fatal(err)
	}
	def.RerunOn = "signal"
	_, err = w.e.SaveEnrichment(t.Context(), admin, "a", def)
	if e := fettle.AsError(err); err == nil || e.Code != fettle.Refused || !strings.Contains(e.Message, "a and the signal rescored feed each other") {
		t.Fatalf("the enrichment: %v", err)
	}
	other := fettle.Audience{Name: "other", Entity: fettle.People, Where: `signals.exists(s, s.type == "hired")`}
	if _, err := w.e.SaveAudience(t.Context(), admin, other, true); err != nil {
		t.Fatal(err)
	}
	def.Audience = []string{"other"}
	w.save("a", def)
	other.Where = `signals.exists(s, s.type == "rescored")`
	_, err = w.e.SaveAudience(t.Context(), admin, other, true)
	if e := fettle.AsError(err); err == nil || e.Code != fettle.Refused || !strings.Contains(e.Message, "a and the signal rescored feed each other") {
		t.Fatalf("the audience: %v", err)
	}
}
