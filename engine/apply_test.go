package engine_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

const declared = `apiVersion: fettle/v1
kind: Enrichment
name: work-email
audience: engineers
steps:
  - provider: sandbox/find_email
    inputs: {full_name: name, company_domain: company_domain}
outputs: {email: work_address}
limit: {credits: 1000}
---
apiVersion: fettle/v1
kind: Audience
name: engineers
entity: people
where: title == "Engineer" && blank(seniority)
---
apiVersion: fettle/v1
kind: Field
entity: people
field: seniority
key: true
---
apiVersion: fettle/v1
kind: Field
entity: people
field: work_address
type: email
---
apiVersion: fettle/v1
kind: Limit
scope: workspace
limit: {credits: 5000, per: day}
`

func actions(changes []engine.Change) map[string]string {
	out := map[string]string{}
	for _, c := range changes {
		out[c.Kind+" "+c.Name] = c.Action
	}
	return out
}

func all(action string) map[string]string {
	return map[string]string{
		"Field people.seniority": action, "Field people.work_address": action, "Audience engineers": action, "Enrichment work-email": action, "Limit workspace": action,
	}
}

func TestPlanAndApply(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 25, "Engineer")
		plan, err := w.e.Plan(ctx, viewer, []byte(declared))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(all("create"), actions(plan)); diff != "" {
			t.Errorf("plan (-want +got):\n%s", diff)
		}
		for _, c := range plan {
			if est, ok := c.Price.(fettle.Estimate); c.Kind == "Enrichment" && (!ok || est.ToRun != 25 || est.HighCredits != 25*fettle.Credit) {
				t.Errorf("price %+v", c.Price)
			}
		}
		if _, err := w.e.Audience(ctx, viewer, "engineers"); fettle.CodeOf(err) != fettle.NotFound {
			t.Errorf("a plan writes nothing: %v", err)
		}
		_, err = w.e.Apply(ctx, viewer, []byte(declared), false)
		refused(t, err, fettle.NotAllowed)
		_, err = w.e.Apply(ctx, editor, []byte(declared), false)
		refused(t, err, fettle.NotAllowed, "limits")
		done, err := w.e.Apply(ctx, admin, []byte(declared), false)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(all("create"), actions(done)); diff != "" {
			t.Errorf("apply (-want +got):\n%s", diff)
		}
		again, err := w.e.Apply(ctx, admin, []byte(declared), false)
		if diff := cmp.Diff(all("unchanged"), actions(again)); diff != "" || err != nil {
			t.Errorf("again (-want +got):\n%s %v", diff, err)
		}

		changed := strings.NewReplacer("credits: 1000", "credits: 2000", "key: true", "label: Level", "outputs: {email: work_address}", "outputs: {email: work_address}\nwhen: filled(name)").Replace(declared)
		plan, err = w.e.Plan(ctx, viewer, []byte(changed))
		if err != nil {
			t.Fatal(err)
		}
		diffs := map[string][]string{}
		for _, c := range plan {
			if c.Action == "update" {
				diffs[c.Name] = c.Diff
			}
		}
		want := map[string][]string{"people.seniority": {"label: seniority → Level"}, "work-email": {"limit.credits: 1000 → 2000", "+ when: filled(name)"}}
		if diff := cmp.Diff(want, diffs); diff != "" {
			t.Errorf("diffs (-want +got):\n%s", diff)
		}
	})
}

func TestApplyIsAllOrNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		for name, c := range map[string]struct {
			old, new string
			line     int
			words    []string
		}{
			"filter":   {`title == "Engineer"`, `titel == "Engineer"`, 15, []string{"document 2", "Did you mean title?"}},
			"output":   {"outputs: {email: work_address}", "outputs: {email: work_adress}", 8, []string{"document 1", "work_adress"}},
			"input":    {"full_name: name", "full_name: nmae", 7, []string{"document 1, line 7, steps[0].inputs.full_name: line 1", "Did you mean name?"}},
			"provider": {"sandbox/find_email", "sandbx/find_email", 6, []string{"document 1", "sandbx"}},
			"key":      {"limit: {credits: 1000}", "limti: {credits: 1000}", 9, []string{"document 1", "Did you mean limit?"}},
			"audience": {"audience: engineers", "audience: engineer", 4, []string{"Did you mean engineers?"}},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := w.e.Apply(ctx, admin, []byte(strings.Replace(declared, c.old, c.new, 1)), true)
				if err == nil {
					t.Fatal("applied")
				}
				refused(t, err, fettle.Invalid, c.words...)
				if line := fettle.AsError(err).Details["line"]; line != c.line {
					t.Errorf("line %v, want %d: %v", line, c.line, err)
				}
				fields, ferr := w.e.Fields(ctx, viewer, fettle.People)
				if ferr != nil || len(fields) != 10 {
					t.Errorf("%d fields after a refusal, %v", len(fields), ferr)
				}
			})
		}
		_, err := w.e.Apply(ctx, admin, []byte(declared+"---\n"+declared), true)
		refused(t, err, fettle.Invalid, "declared twice")
	})
}

// A live enrichment is locked for documents too, and a filter that is widened
// by one asks first.
func TestApplyToWhatIsLive(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "Engineer")
		w.people(3, 140, "Chef")
		if _, err := w.e.Apply(ctx, admin, []byte(declared), false); err != nil {
			t.Fatal(err)
		}
		w.work(w.e)
		w.start("work-email")
		w.settle("work-email")
		_, err := w.e.Apply(ctx, admin, []byte(strings.Replace(declared, "full_name: name", "full_name: first_name", 1)), true)
		refused(t, err, fettle.Refused, "document 1", "live", "Pause")
		wider := []byte(strings.Replace(declared, `title == "Engineer" &&`, ``, 1))
		_, err = w.e.Apply(ctx, admin, wider, false)
		refused(t, err, fettle.Confirm, "140 rows into work-email")
		if n, _ := w.e.CountAudience(ctx, viewer, "engineers"); n != 3 {
			t.Errorf("%d members after the refusal", n)
		}
		plan, err := w.e.Plan(ctx, viewer, wider)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range plan {
			if q, ok := c.Price.([]fettle.QuietSpend); c.Kind == "Audience" && (!ok || len(q) != 1 || q[0].Rows != 140 || q[0].HighCredits != 140*fettle.Credit) {
				t.Errorf("price %+v", c.Price)
			}
		}
		if _, err = w.e.Apply(ctx, admin, wider, true); err != nil {
			t.Fatal(err)
		}
		w.until("work-email", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 143 })
	})
}
