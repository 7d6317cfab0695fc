package engine_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/engine"
	"fettle/play"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// everythingDeclared has each kind, and texts that YAML is easily wrong about.
const everythingDeclared = `apiVersion: fettle/v1
kind: Field
entity: people
field: stage
label: "Yes: #1 'stage'"
type: select
key: true
options: ["no", "Won: late", "a, b", "007", "ü", "- x"]
---
apiVersion: fettle/v1
kind: Field
entity: companies
field: revenue
type: currency
currency: EUR
description: "two\nlines "
---
apiVersion: fettle/v1
kind: Field
entity: people
field: work_address
type: email
---
apiVersion: fettle/v1
kind: Audience
name: champions
label: Champions (all of "them")
entity: people
where: |-
  title.contains("engineer: # not a comment")
    || stage == "Won: late" // why
description: "null"
---
apiVersion: fettle/v1
kind: Audience
name: by-hand
entity: people
where: '!filled(title)'
---
apiVersion: fettle/v1
kind: Signal
name: employment-check
label: Where they work
entity: people
type: job_change
detect: poll
audience: champions
provider: sandbox/job_change
inputs: {linkedin_url: linkedin_url, title: title, company_domain: company_domain}
every: 30d
look_back: 180d
schedule: {every: 7d, at: "06:00", zone: Europe/Berlin}
limit: {credits: 500, per: month}
companion: {name: movers, within: 14d}
---
apiVersion: fettle/v1
kind: Signal
name: told
entity: people
type: told_us
detect: posted
hook: {match: {email: body.email}, id: body.id, ignore: 'body.kind == "test"'}
---
apiVersion: fettle/v1
kind: Enrichment
name: work-email
label: Work email
audience: [by-hand, champions]
when: verdict("employment-check") != "left"
steps:
  - provider: sandbox/find_email
    inputs: {full_name: name, company_domain: company.domain}
    when: filled(name)
    accept: [valid, catch_all]
  - provider: formula
    formula: {email: 'lower(first_name) + "@" + company_domain'}
outputs: {email: work_address}
write: overwrite
follow: false
rerun_on: inputs
refresh: 90d
unknown: write_off
guards: {again: 0, failed: 20}
limit: {credits: 0.4, records: 1000, per: day}
---
apiVersion: fettle/v1
kind: View
name: 'Late: "wins" #1'
entity: people
where: 'title.contains("engineer: #") || stage == "Won: late"'
search: "- x"
sort: stage
desc: true
order: [name, stage]
hidden: [phone]
pinned: [name]
widths: {name: 240, "1e3": 90}
height: low
colors:
  - {field: stage, is: is, value: "007", tint: green}
  - {field: title, is: blank, tint: red}
---
apiVersion: fettle/v1
kind: View
name: by title
audience: champions
group: title
---
apiVersion: fettle/v1
kind: Channel
name: leads
label: "Leads: #1"
to: email
email: [bob@acme.example, ada@acme.example]
on: [signal.*, 'record.entered:champions', import.done]
owner: ann@acme.example
owner_field: stage
every: 2h
---
apiVersion: fettle/v1
kind: Channel
name: team
to: slack
---
apiVersion: fettle/v1
kind: Channel
name: crm
to: webhook
on: enrichment.*
---
apiVersion: fettle/v1
kind: Provider
name: llm/openai@cloud
base_url: https://api.openai.com/v1
---
apiVersion: fettle/v1
kind: Provider
name: llm/openai
base_url: http://127.0.0.1:11434/v1
---
apiVersion: fettle/v1
kind: Limit
scope: budget
name: sales
limit: {credits: 5000, per: month}
enrichments: [work-email]
people: [ann@acme.example, ci]
---
apiVersion: fettle/v1
kind: Limit
scope: budget
name: sales
limit: {records: 900}
---
apiVersion: fettle/v1
kind: Limit
scope: provider
name: llm/openai@cloud
limit: {credits: 100, per: month}
---
apiVersion: fettle/v1
kind: Limit
scope: workspace
limit: {credits: 5000.25, per: day}
---
apiVersion: fettle/v1
kind: Limit
scope: workspace
limit: none
---
apiVersion: fettle/v1
kind: Limit
scope: person
name: ada@example.com
limit: {records: 10}
`

func (w *world) exported() (files []engine.DocumentFile, all string) {
	w.t.Helper()
	files, err := w.e.ExportWorkspace(w.t.Context(), editor)
	if err != nil {
		w.t.Fatal(err)
	}
	texts := make([]string, len(files))
	for i, f := range files {
		texts[i] = f.Text
	}
	return files, strings.Join(texts, "---\n")
}

// TestAnExportedWorkspaceIsTheSame: applied on an empty workspace and exported
// again, byte for byte.
func TestAnExportedWorkspaceIsTheSame(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		from, to := newWorld(t, storetest.Open(t), sandbox.Defaults()), newWorld(t, db, sandbox.Defaults())
		changers, err := play.Find("job-changers")
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{everythingDeclared, changers.Documents} {
			if _, err := from.e.Apply(ctx, admin, []byte(text), true); err != nil {
				t.Fatal(err)
			}
		}
		// What rules made with themselves is changed by people afterwards.
		from.audience("movers", `verdict("employment-check") == "moved" && title != ""`)
		if _, err := from.e.UpdateField(ctx, admin, fettle.Field{Entity: fettle.People, Key: "employment_check", Label: "Works at", KeyField: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := from.e.UpdateField(ctx, admin, fettle.Field{Entity: fettle.People, Key: "title", Label: "Role", KeyField: false}); err != nil {
			t.Fatal(err)
		}
		from.limit("work-email", 77, false)
		files, text := from.exported()
		planned, err := from.e.Plan(ctx, viewer, []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for _, c := range planned {
			if c.Action != "unchanged" {
				t.Errorf("what was exported would change itself: %+v", c)
			}
		}
		if _, err := to.e.Apply(ctx, admin, []byte(text), false); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		again, _ := to.exported()
		if diff := cmp.Diff(files, again); diff != "" {
			t.Errorf("exported again (-was +is):\n%s", diff)
		}
	})
}
