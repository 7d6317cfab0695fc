package engine_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/account"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// without gives documents without those that hold one of the texts.
func without(docs string, texts ...string) []byte {
	var out []string
	for d := range strings.SplitSeq(docs, "---\n") {
		if !slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(d, s) }) {
			out = append(out, d)
		}
	}
	return []byte(strings.Join(out, "---\n"))
}

// ofAction gives what changes do one thing to.
func ofAction(action string, changes []engine.Change) (names []string) {
	for _, c := range changes {
		if c.Action == action {
			names = append(names, strings.TrimSpace(c.Kind+" "+c.Name))
		}
	}
	return names
}

const (
	pruneBeside = `---
apiVersion: fettle/v1
kind: Enrichment
name: second
audience: second
steps: [{provider: sandbox/find_email, inputs: {full_name: name, company_domain: company_domain}}]
outputs: {email: second_address}
limit: {credits: 7}
---
apiVersion: fettle/v1
kind: Audience
name: second
entity: people
where: filled(name)
---
apiVersion: fettle/v1
kind: Field
entity: people
field: second_address
type: email
`
	ofSecond = "second"
)

// TestPrune removes what is in no document: all that belongs together at once, no
// value, nothing that is used, no limit; and what went is written down.
func TestPrune(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 25, "Engineer")
		if _, err := w.e.Apply(ctx, admin, []byte(declared+pruneBeside), false); err != nil {
			t.Fatal(err)
		}
		rest := without(declared+pruneBeside, ofSecond)
		gone := []string{"Enrichment second", "Audience second", "Field people.second_address"}

		plan, err := w.e.PlanPruned(ctx, viewer, rest)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(gone, ofAction("remove", plan)); diff != "" {
			t.Errorf("plan (-want +got):\n%s", diff)
		}
		if plan, err = w.e.Plan(ctx, viewer, rest); err != nil || len(ofAction("remove", plan)) > 0 {
			t.Errorf("a plan without pruning removes %v, %v", ofAction("remove", plan), err)
		}

		_, err = w.e.ApplyPruned(ctx, viewer, rest, "", true)
		refused(t, err, fettle.NotAllowed)
		_, err = w.e.ApplyPruned(ctx, admin, rest, "", false)
		refused(t, err, fettle.Confirm, "3 things", "audience second", "field people.second_address")
		seen, _ := fettle.AsError(err).Details["seen"].(string)
		if seen == "" {
			t.Error("what is asked about has no mark")
		}

		// What nobody was shown is not removed on a word that was given before.
		w.audience("meanwhile", `filled(email)`)
		_, err = w.e.ApplyPruned(ctx, admin, rest, seen, true)
		refused(t, err, fettle.Confirm, "4 things", "audience meanwhile")
		if err := w.e.DeleteAudience(ctx, admin, "meanwhile"); err != nil {
			t.Fatal(err)
		}

		done, err := w.e.ApplyPruned(ctx, admin, rest, seen, true)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(gone, ofAction("remove", done)); diff != "" {
			t.Errorf("applied (-want +got):\n%s", diff)
		}
		if _, err := w.e.Enrichment(ctx, viewer, "second"); fettle.CodeOf(err) != fettle.NotFound {
			t.Errorf("it is still there: %v", err)
		}
		again, err := w.e.ApplyPruned(ctx, admin, rest, "", false)
		if names := ofAction("remove", again); err != nil || len(names) > 0 {
			t.Errorf("again: %v %v", names, err)
		}

		// From the log of who did what it comes back.
		log, err := w.e.Accounts.Actions(ctx, admin, "", 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(log, func(a account.ActionView) bool { return a.Action == "workspace.prune" })
		if i < 0 {
			t.Fatal("nobody wrote down what was pruned")
		}
		if _, err := w.e.Apply(ctx, admin, []byte(log[i].Detail), false); err != nil {
			t.Fatalf("%v\n%s", err, log[i].Detail)
		}
		if v := w.view("second"); v.State != fettle.Draft {
			t.Errorf("it comes back %s", v.State)
		}
	})
}

// TestPruneKeeps what holds values, is used or bounds spending, and what is of a
// kind of which there is no document.
func TestPruneKeeps(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "Engineer")
		if _, err := w.e.Apply(ctx, admin, []byte(declared+pruneBeside), false); err != nil {
			t.Fatal(err)
		}
		w.work(w.e)
		w.start("work-email")
		w.settle("work-email")
		if w.pause("work-email"); w.value(w.ids("engineers")[0], "work_address") == nil {
			t.Fatal("nothing was bought")
		}
		w.resume("work-email")
		all := declared + pruneBeside
		stays := func(docs []byte, words ...string) {
			t.Helper()
			_, err := w.e.ApplyPruned(ctx, admin, docs, "", true)
			refused(t, err, fettle.Refused, words...)
			if _, err := w.e.PlanPruned(ctx, viewer, docs); fettle.CodeOf(err) != fettle.Refused {
				t.Errorf("the plan does not say so: %v", err)
			}
			if fields, err := w.e.Fields(ctx, viewer, fettle.People); err != nil || len(fields) != 13 || !w.exists("second") {
				t.Errorf("something is gone: %d fields, %v", len(fields), err)
			}
		}
		// All of it is told at once; what is not used is not removed alone.
		stays(without(all, "work-email", "name: engineers", "work_address"),
			"3 things", "enrichment work-email: work-email is live", "audience engineers: the audience engineers is used by work-email", "work_address holds a value in 3 records")
		w.pause("work-email")
		stays(without(all, "work-email", "name: engineers", "work_address"), "1 thing", "field people.work_address", "3 records")
		// What something needs that stays: its filter reads the field.
		stays(without(all, "field: seniority", ofSecond), "field people.seniority", "used by audience engineers")

		before, bought := w.charges(engine.JournalQuery{}), w.ids(fettle.AllPeople)
		changes, err := w.e.ApplyPruned(ctx, admin, without(all, "work-email", "name: engineers", "kind: Limit"), "", true)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"Enrichment work-email", "Audience engineers"}, ofAction("remove", changes)); diff != "" {
			t.Errorf("removed (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"Limit workspace"}, ofAction("keep", changes)); diff != "" {
			t.Errorf("kept (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(len(before), len(w.charges(engine.JournalQuery{}))); diff != "" || len(before) == 0 {
			t.Errorf("charges (-before +after):\n%s", diff)
		}
		for _, id := range bought {
			if w.value(id, "work_address") == nil {
				t.Errorf("the value of %d is gone", id)
			}
		}
		w.agree()

		// Of what kind there is no document, all stays; and it is said.
		changes, err = w.e.ApplyPruned(ctx, admin, without(all, "work-email", "name: engineers", "kind: Enrichment", "kind: Limit"), "", true)
		if err != nil || len(ofAction("remove", changes)) > 0 || !slices.Contains(ofAction("keep", changes), "Enrichment") || !w.exists("second") {
			t.Errorf("%v: %+v", err, changes)
		}
		_, err = w.e.ApplyPruned(ctx, admin, nil, "", true)
		refused(t, err, fettle.Invalid, "no document")
	})
}

// TestPruneWhatIsReached: what reaches others goes with its key, which is told; not
// while it is used or at work; and by whom alone who may remove it by itself.
func TestPruneWhatIsReached(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 2, "Engineer")
		if _, err := w.e.Apply(ctx, admin, []byte(everythingDeclared+pruneBeside), true); err != nil {
			t.Fatal(err)
		}
		if err := w.e.SetConnection(ctx, admin, "llm/openai@cloud", engine.ConnectionInput{Key: new("sk-secret")}); err != nil {
			t.Fatal(err)
		}
		without := func(texts ...string) []byte { return without(everythingDeclared+pruneBeside, texts...) }
		_, err := w.e.ApplyPruned(ctx, admin, without("name: llm/openai@cloud\nbase_url"), "", true)
		refused(t, err, fettle.Refused) // its limit is declared
		docs := without("llm/openai@cloud")
		_, err = w.e.ApplyPruned(ctx, admin, docs, "", true)
		refused(t, err, fettle.Refused, "llm/openai@cloud has a limit", "--none")
		if err := w.e.SetLimit(ctx, admin, "provider", "llm/openai@cloud", fettle.Limit{None: true, Per: fettle.PerMonth}); err != nil {
			t.Fatal(err)
		}
		_, err = w.e.ApplyPruned(ctx, editor, docs, "", true)
		refused(t, err, fettle.NotAllowed)
		_, err = w.e.ApplyPruned(ctx, admin, docs, "", false)
		refused(t, err, fettle.Confirm, "1 thing", "provider llm/openai@cloud")
		if b, _ := json.Marshal(fettle.AsError(err).Details); !strings.Contains(string(b), "1 key goes with it") || strings.Contains(string(b), "secret") {
			t.Errorf("what is asked: %s", b)
		}
		if _, err := w.e.ApplyPruned(ctx, admin, docs, "", true); err != nil {
			t.Fatal(err)
		}

		changes, err := w.e.ApplyPruned(ctx, admin, without("llm/openai@cloud", "name: by title", "kind: Limit"), "", true)
		if diff := cmp.Diff([]string{"View champions: by title"}, ofAction("remove", changes)); err != nil || diff != "" {
			t.Errorf("removed (-want +got):\n%s %v", diff, err)
		}

		// A rule that polls goes with what asks, unless it asks now; what it made with
		// itself stays with it, and goes without it.
		docs = without("llm/openai@cloud", "name: by title", "name: employment-check", "work-email")
		w.work(w.e)
		w.start("employment-check")
		_, err = w.e.ApplyPruned(ctx, admin, docs, "", true)
		refused(t, err, fettle.Refused, "employment-check is live")
		w.pause("employment-check")
		changes, err = w.e.ApplyPruned(ctx, admin, docs, "", true)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"Enrichment work-email", "Signal employment-check", "Audience movers", "Field people.employment_check"}
		if diff := cmp.Diff(want, ofAction("remove", changes)); diff != "" {
			t.Errorf("removed (-want +got):\n%s", diff)
		}
	})
}
