package engine_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/identity/employment"
	"fettle/provider"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

func role(title, company, domain, start, end string) sandbox.Role {
	return sandbox.Role{Title: title, Company: company, CompanyDomain: domain, Start: start, End: end, Current: end == ""}
}

func (w *world) know(person string, roles ...sandbox.Role) {
	w.sb.Know(sandbox.Profile{LinkedInURL: "https://www.linkedin.com/in/" + person, Roles: roles})
}

// employed posts people of one company, whom the provider knows there.
func (w *world) employed(people ...string) {
	w.t.Helper()
	rows := make([]map[string]any, len(people))
	for i, p := range people {
		rows[i] = map[string]any{
			"external_id": p, "name": "Person " + p, "linkedin_url": "https://www.linkedin.com/in/" + p, "title": "Analyst", "company_domain": "acme.com",
		}
		w.know(p, role("Analyst", "Acme", "acme.com", "2020-01", ""))
	}
	w.upsert(fettle.People, rows...)
}

func employmentCheck(audience string, lookBack string) fettle.SignalRule {
	r := fettle.SignalRule{
		Entity: fettle.People, Type: "job_change", Detect: fettle.DetectPoll, Audience: audience, Provider: "sandbox/job_change",
		Inputs: map[string]string{"linkedin_url": "linkedin_url", "title": "title", "company_domain": "company_domain"},
		Every:  interval("30d"), Limit: &fettle.Limit{Credits: new(100 * fettle.Credit), Per: fettle.PerMonth},
	}
	if lookBack != "" {
		r.LookBack = interval(lookBack)
	}
	return r
}

func interval(s string) fettle.Interval {
	d, err := fettle.ParseInterval(s)
	if err != nil {
		panic(err)
	}
	return d
}

// told compares the signals that stand with what is wanted, once the log is read
// to its end: signals that were read before that may lack the last ones.
func (w *world) told(what string, want ...string) {
	w.t.Helper()
	w.logRead()
	var got []string
	for _, s := range w.signals(engine.SignalsQuery{}) {
		got = append(got, fmt.Sprintf("%s %s %s→%s ×%d", s.Record, s.Kind, s.From["company"], s.To["company"], s.Witnesses))
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		w.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// logRead waits until every signal rule has read the log to its end.
func (w *world) logRead() {
	w.t.Helper()
	behind := func(r fettle.SignalRuleView) bool { return r.Behind > 0 }
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		rules, err := w.e.SignalRules(w.t.Context(), admin)
		if err == nil && !slices.ContainsFunc(rules, behind) {
			return
		}
		if err != nil || time.Now().After(end) {
			w.t.Fatalf("the log is not read to its end: %+v, %v", rules, err)
		}
	}
}

// TestAPollTellsWhatChanged asks about three people, who stay, move, and leave
// between two checks. The first check is a baseline; the same answer again is
// nothing; each check is paid once, as a poll.
func TestAPollTellsWhatChanged(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.employed("ada", "bob", "cy")
		w.know("cy", role("Analyst", "Acme", "acme.com", "2020-01", "2025-03"), role("CFO", "Initech", "initech.com", "2025-04", "")) // before anybody asked
		rule, err := w.e.SaveSignalRule(ctx, admin, "employment-check", employmentCheck("all-people", ""))
		if err != nil || rule.Retry != interval("7d") {
			t.Fatalf("%+v, %v", rule, err)
		}
		w.start("employment-check")
		w.work(w.e)
		w.until("employment-check", func(v fettle.EnrichmentView) bool { return v.PaidRows == 3 && v.InFlight == 0 })
		w.told("a baseline")
		w.know("ada", role("Analyst", "Acme", "acme.com", "2020-01", "2026-08"), role("VP", "Contoso", "contoso.com", "2026-09", ""))
		w.know("bob", role("Analyst", "Acme", "acme.com", "2020-01", "2026-10"))
		again := func(billed int64) {
			t.Helper()
			if _, err := w.e.Rerun(ctx, admin, "employment-check", engine.RerunOptions{}, true); err != nil {
				t.Fatal(err)
			}
			w.billed(billed)
			w.until("employment-check", func(v fettle.EnrichmentView) bool { return v.InFlight == 0 && v.Rows.Pending == 0 })
			if n := w.sb.Books().BilledCalls; n != billed {
				t.Errorf("%d calls were billed, want %d", n, billed)
			}
		}
		again(6)
		w.told("changes", "Person ada moved acme.com→contoso.com ×1", "Person bob left acme.com→ ×1")
		again(9)
		w.told("the same answers again", "Person ada moved acme.com→contoso.com ×1", "Person bob left acme.com→ ×1")
		for _, j := range w.journal("settle") {
			if j.Cause != fettle.CausePoll && j.Cause != fettle.CauseRerun {
				t.Errorf("a check was bought because of %s", j.Cause)
			}
		}
		if title := w.value(w.ids("all-people")[0], "title"); title != "Analyst" {
			t.Errorf("a poll wrote the title %v", title)
		}
		w.sound()
	})
}

// census is a provider in this process that knows where people work.
type census struct{ at map[string][]employment.Role }

func (census) Describe() provider.Description {
	return provider.Description{Name: "census", Title: "Census", Kind: provider.Data, Unit: "credit", Operations: []provider.OperationInfo{censusInfo()}}
}

func censusInfo() provider.OperationInfo {
	in := []provider.Param{{Name: "name", Type: fettle.Text}, {Name: "title", Type: fettle.Text}, {Name: "company_domain", Type: fettle.Text}}
	var out []provider.Param
	for _, name := range []string{"verdict", "employment", "title", "company_domain", "since"} {
		out = append(out, provider.Param{Name: name, Type: fettle.Text})
	}
	return provider.OperationInfo{ID: "census/job_change", Title: "Job change", Inputs: in, RequireAny: [][]string{{"name"}}, Outputs: out}
}

func (c census) Prepare(fettle.Step, provider.Connection) (provider.Operation, error) { return c, nil }

func (census) Info() provider.OperationInfo { return censusInfo() }

func (census) Fingerprint() string { return "census/job_change" }

func (census) Recovery() provider.Recovery { return provider.Recovery{} }

func (census) Quote(provider.Call) (provider.Quote, bool) {
	return provider.Quote{Low: provider.Unit, Expected: provider.Unit, HitMax: provider.Unit, MissMax: provider.Unit}, true
}

func (c census) Do(_ context.Context, call provider.Call) (provider.Result, error) {
	text := func(name string) string { v, _ := call.Inputs[name].(string); return v }
	roles, known := c.at[text("name")]
	if !known {
		return provider.Result{Outcome: provider.NotFound, Units: provider.Unit}, nil
	}
	f := employment.Judge(employment.Known{Title: text("title"), Domains: []string{text("company_domain")}}, employment.Profile{Roles: roles})
	if !f.Verdict.Told() {
		return provider.Result{Outcome: provider.NotFound, Unsure: true, Message: string(f.Verdict), Units: provider.Unit}, nil
	}
	return provider.Result{Outcome: provider.Found, Units: provider.Unit, Outputs: map[string]any{
		"verdict": string(f.Verdict), "employment": f.Sentence(), "title": f.New.Title, "company_domain": f.New.Domain, "since": f.Since,
	}}, nil
}

// TestAPollAsksWhenItsTimeHasCome polls through months of fake time. Each person
// is asked about once in thirty days, one of whom nothing can be said once in
// seven; a week without a process doubles nothing; every check is told as a poll.
func TestAPollAsksWhenItsTimeHasCome(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		here := employment.Role{Title: "x", Domain: "company0.com", Start: "1999-01", Current: true}
		away := []employment.Role{{Title: "CEO", Domain: "contoso.com", Start: "2000-02", Current: true}, {Title: "x", Domain: "company0.com", Start: "1999-01", End: "2000-01"}}
		c := census{at: map[string][]employment.Role{"Person Number0": {here}}}
		c.at["Person Number2"] = nil // a profile that tells nothing
		c.at["Person Number1"] = []employment.Role{{Title: "x", Domain: "company1.com", Start: "1999-01", Current: true}}
		w := &world{t: t, db: storetest.Open(t)}
		process := func() { w.process(c) }
		process()
		w.priced("census")
		w.people(0, 3, "x")
		rule := employmentCheck("all-people", "")
		rule.Provider, rule.Inputs = "census/job_change", map[string]string{"name": "name", "title": "title", "company_domain": "company_domain"}
		w.rule("employment-check", rule)
		w.start("employment-check")
		began := time.Now()
		check := func(after time.Duration, paid int64, want ...string) {
			t.Helper()
			time.Sleep(time.Until(began.Add(after)))
			process()
			stop := w.work(w.e)
			time.Sleep(65 * time.Second) // rows are looked for once a minute whose time has come
			stop()
			v := w.show("employment-check")
			if v.SpentCredits != fettle.Credits(paid)*fettle.Credit || v.State != fettle.Live {
				t.Errorf("after %s: %s, %s spent, want %d", after, v.State, v.SpentCredits, paid)
			}
			w.told(after.String(), want...)
		}
		check(0, 3)
		check(6*day, 3)
		check(8*day, 4)  // the third again
		check(29*day, 5) // two weeks without a process are not made up for
		c.at["Person Number0"] = away
		moved := "Person Number0 moved company0.com→contoso.com ×1"
		check(31*day, 7, moved)
		check(62*day, 10, moved)
		for _, j := range w.journal("settle") {
			if j.Cause != fettle.CausePoll {
				t.Errorf("a check was bought because of %s", j.Cause)
			}
		}
		// Paused, the rule asks no more: nobody would read the answers.
		for _, pause := range []bool{true, false} {
			if _, err := w.e.PauseSignalRule(t.Context(), admin, "employment-check", pause); err != nil {
				t.Fatal(err)
			}
			if v := w.show("employment-check"); v.State != fettle.Paused || v.PauseReason != fettle.PausedByPerson {
				t.Errorf("the rule paused %t: its enrichment is %s %s", pause, v.State, v.PauseReason)
			}
		}
		w.sound()
	})
}

// TestAPollGivesNobodyTheRight has an editor who may not spend save and change
// the rule of a poll: no limit is lifted by it, and nothing starts.
func TestAPollGivesNobodyTheRight(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t, storetest.Open(t), sandbox.Defaults()), t.Context()
	w.employed("ada", "bob")
	none := employmentCheck("all-people", "")
	none.Limit = &fettle.Limit{None: true, Per: fettle.Lifetime}
	if _, err := w.e.SaveSignalRule(ctx, editor, "check", none); fettle.CodeOf(err) != fettle.NotAllowed {
		t.Errorf("an editor's limit: none: %v", err)
	}
	if _, err := w.e.SaveSignalRule(ctx, editor, "check", employmentCheck("all-people", "")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.e.Start(ctx, editor, "check", engine.StartOptions{}); fettle.CodeOf(err) != fettle.NotAllowed {
		t.Errorf("an editor's start: %v", err)
	}
	w.start("check")
	w.work(w.e)
	w.until("check", func(v fettle.EnrichmentView) bool { return v.PaidRows == 2 && v.InFlight == 0 })
	w.pause("check")
	more := employmentCheck("all-people", "")
	more.Limit = &fettle.Limit{Credits: new(100_000 * fettle.Credit), Per: fettle.PerMonth}
	if _, err := w.e.SaveSignalRule(ctx, editor, "check", more); fettle.CodeOf(err) != fettle.NotAllowed {
		t.Errorf("an editor raises the limit: %v", err)
	}
	if v := w.show("check"); v.Limit.Credits == nil || *v.Limit.Credits != 100*fettle.Credit {
		t.Errorf("the limit is %+v", v.Limit)
	}
	rule, err := w.e.SignalRule(ctx, admin, "check")
	if err != nil || *rule.Limit.Credits != 100*fettle.Credit {
		t.Errorf("the rule says %+v, %v", rule.Limit, err)
	}
	w.sound()
}

// TestAPollTakesWhatDatabasesRefuse has the provider answer with what cannot be
// stored as it is.
func TestAPollTakesWhatDatabasesRefuse(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.employed("ada", "bob")
		w.rule("check", employmentCheck("all-people", "1000d"))
		w.know("ada", role("Analyst", "Acme", "acme.com", "2020-01", "2026-08"), role("V\x00P", "Con\xfftoso\x00", "contoso.com", "2026-09", ""))
		w.start("check")
		w.work(w.e)
		w.until("check", func(v fettle.EnrichmentView) bool { return v.PaidRows == 2 && v.InFlight == 0 })
		w.told("hostile", "Person ada moved acme.com→contoso.com ×1")
		w.sound()
	})
}
