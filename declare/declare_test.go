package declare

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
)

const everyKind = `# what the team agreed on
apiVersion: fettle/v1
kind: Audience
name: engineering-leaders
entity: people
where: title.contains("engineer") && company.location == "Berlin"
---
apiVersion: fettle/v1
kind: Field
entity: people
field: job_change_copy
label: Copy
description: one line
key: true
---
# nothing here
---
apiVersion: fettle/v1
kind: Enrichment
name: work-email
audience: engineering-leaders
steps:
  - provider: sandbox/find_email         # provider/operation
    inputs: {full_name: name, company_domain: company.domain}
  - provider: prospeo/enrich_person
    inputs: {full_name: name}
    options: {mobile: false, tries: 3, rate: 0.5, note: "x", tags: [a, {b: ~}]}
    outputs: {work_email: email}
    accept: [valid, catch_all]
outputs: {work_email: email, status: email_status}
when: filled(name)
limit: {credits: 0.4, records: 1000, per: day}
refresh: 90d
---
apiVersion: fettle/v1
kind: Enrichment
name: job-changer-copy
audience: [job-changers, everyone]
steps:
  - provider: llm/openai
    model: gpt-5-mini
    prompt: |
      Write to {{ first_name }}.
    output: {line: {type: string, max_length: 200}}
    max_output_tokens: 1000
  - provider: formula
    formula: {line: 'first_name + "!"'}
outputs:
  line: job_change_copy
write: overwrite
rerun_on: inputs
until: all
allow_shared_keys: true
follow: false
unknown: write_off
schedule: {every: 14d, at: 06:00, from: 2026-11-30, zone: Europe/Berlin}
limit: none
--- # the provider
apiVersion: fettle/v1
kind: Provider
name: prospeo
base_url: https://api.example.com
unit_credits: 2.5
---
apiVersion: fettle/v1
kind: Limit
scope: provider
name: prospeo
limit: {credits: 500, per: month}
---
apiVersion: provider/v1
kind: DataProvider
id: acme
anything: {goes: here}
---
apiVersion: fettle/v1
kind: Channel
name: leads
to: email
email: [bob@acme.example, ada@acme.example]
on: record.entered:job-changers
`

func TestParseEveryKind(t *testing.T) {
	docs, err := Parse([]byte(everyKind))
	if err != nil {
		t.Fatal(err)
	}
	type plain struct {
		Number, Line int
		Kind         Kind
		Name         string
	}
	var heads []plain
	for _, d := range docs {
		heads = append(heads, plain{d.Number, d.Line, d.Kind, d.Name})
	}
	want := []plain{
		{1, 2, KindAudience, "engineering-leaders"},
		{2, 8, KindField, "people.job_change_copy"},
		{4, 18, KindEnrichment, "work-email"},
		{5, 35, KindEnrichment, "job-changer-copy"},
		{6, 59, KindProvider, "prospeo"},
		{7, 65, KindLimit, "provider prospeo"},
		{8, 71, KindDataProvider, "acme"},
		{9, 76, KindChannel, "leads"},
	}
	if diff := cmp.Diff(want, heads); diff != "" {
		t.Errorf("heads (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&fettle.Definition{
		Audience: []string{"engineering-leaders"},
		Steps: []fettle.Step{
			{Provider: "sandbox/find_email", Inputs: map[string]string{"full_name": "name", "company_domain": "company.domain"}},
			{
				Provider: "prospeo/enrich_person", Inputs: map[string]string{"full_name": "name"}, Outputs: map[string]string{"work_email": "email"},
				Options: map[string]any{"mobile": false, "tries": 3.0, "rate": 0.5, "note": "x", "tags": []any{"a", map[string]any{}}},
				Accept:  []fettle.Status{fettle.StatusValid, fettle.StatusCatchAll},
			},
		},
		Outputs: fettle.Outputs{{Name: "work_email", Field: "email"}, {Name: "status", Field: "email_status"}},
		Write:   fettle.FillBlanks, When: "filled(name)", Follow: true, RerunOn: "never", Unknown: "hold",
		Refresh: fettle.Interval(90 * 24 * 3600e9),
		Limit:   &fettle.Limit{Credits: new(fettle.Credits(400_000)), Records: new(int64(1000)), Per: fettle.PerDay},
	}, docs[2].Enrichment); diff != "" {
		t.Errorf("work-email (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&fettle.Definition{
		Audience: []string{"job-changers", "everyone"},
		Steps: []fettle.Step{
			{
				Provider: "llm/openai", Model: "gpt-5-mini", Prompt: "Write to {{ first_name }}.\n", MaxOutputTokens: 1000,
				Output: map[string]any{"line": map[string]any{"type": "string", "max_length": 200.0}},
			},
			{Provider: "formula", Formula: map[string]string{"line": `first_name + "!"`}},
		},
		Outputs: fettle.Outputs{{Name: "line", Field: "job_change_copy"}},
		Write:   fettle.Overwrite, RerunOn: "inputs", Until: "all", Unknown: "write_off", AllowSharedKeys: true,
		Schedule: &fettle.Schedule{Every: fettle.Interval(14 * 24 * 3600e9), At: "06:00", From: "2026-11-30", Zone: "Europe/Berlin"},
		Limit:    &fettle.Limit{None: true, Per: fettle.Lifetime},
	}, docs[3].Enrichment); diff != "" {
		t.Errorf("job-changer-copy (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&fettle.Field{Entity: fettle.People, Key: "job_change_copy", Label: "Copy", Type: fettle.Text, KeyField: true, Description: "one line"}, docs[1].Field); diff != "" {
		t.Errorf("field (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&Channel{To: fettle.ChannelEmail, Email: []string{"ada@acme.example", "bob@acme.example"}, On: []string{"record.entered:job-changers"}, Every: fettle.GatherFor}, docs[7].Channel); diff != "" {
		t.Errorf("channel (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&Provider{Name: "prospeo", BaseURL: new("https://api.example.com"), UnitCredits: new(fettle.Credits(2_500_000))}, docs[4].Provider); diff != "" {
		t.Errorf("provider (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(string(docs[6].Definition), "\napiVersion: provider/v1\n") {
		t.Errorf("a provider's definition is kept as it is written, got %q", docs[6].Definition)
	}
}

const enrichmentHead = "apiVersion: fettle/v1\nkind: Enrichment\nname: e\naudience: a\nsteps: [{provider: sandbox/find_email}]\noutputs: {email: email}\n"

func TestParseErrors(t *testing.T) {
	audience := "apiVersion: fettle/v1\nkind: Audience\nname: a\nentity: people\n"
	for name, c := range map[string]struct {
		text     string
		document int
		line     int
		key      string
		contains string // message and hint
	}{
		"empty":               {"", 0, 0, "", "no document"},
		"comment":             {"# only this\n", 0, 0, "", "no document"},
		"too deep":            {"a: " + strings.Repeat("[", 100_000), 0, 0, "", "nested"},
		"no version":          {"kind: Audience\n", 1, 1, "apiVersion", "apiVersion is missing"},
		"newer version":       {"apiVersion: fettle/v2\nkind: Audience\n", 1, 1, "apiVersion", "fettle/v1"},
		"no kind":             {"apiVersion: fettle/v1\nname: a\n", 1, 1, "kind", "kind is missing"},
		"wrong kind":          {"apiVersion: fettle/v1\nkind: Audiense\n", 1, 2, "kind", "Did you mean Audience?"},
		"unknown key":         {audience + "wheer: x\n", 1, 5, "wheer", "Did you mean where?"},
		"far key":             {audience + "banana: x\n", 1, 5, "banana", "The keys are: "},
		"twice":               {audience + "name: b\n", 1, 5, "", "already defined"},
		"entity":              {"apiVersion: fettle/v1\nkind: Audience\nname: a\nentity: peopel\n", 1, 4, "entity", "Did you mean people?"},
		"second document":     {audience + "---\n" + enrichmentHead + "limit: none\nwrite: overwite\n", 2, 13, "write", "Did you mean overwrite?"},
		"name":                {"apiVersion: fettle/v1\nkind: Audience\nname: Has Space\nentity: people\n", 1, 3, "name", "lower-case"},
		"negative limit":      {enrichmentHead + "limit: {credits: -5}\n", 1, 7, "limit.credits", `"-5" is not an amount`},
		"negative records":    {enrichmentHead + "limit: {records: -5}\n", 1, 7, "limit.records", "0 or more"},
		"empty limit":         {enrichmentHead + "limit: {per: day}\n", 1, 7, "limit", "no amount"},
		"limit as number":     {enrichmentHead + "limit: 500\n", 1, 7, "limit", "{credits: 500"},
		"limit period":        {enrichmentHead + "limit: {credits: 5, per: dya}\n", 1, 7, "limit.per", "Did you mean day?"},
		"step key":            {"apiVersion: fettle/v1\nkind: Enrichment\nname: e\naudience: a\nsteps:\n  - provider: x/y\n    imputs: {a: b}\n", 1, 7, "steps[0].imputs", "Did you mean inputs?"},
		"step without any":    {"apiVersion: fettle/v1\nkind: Enrichment\nname: e\naudience: a\nsteps:\n  - when: x\n", 1, 6, "steps[0].provider", "provider is missing"},
		"steps no list":       {"apiVersion: fettle/v1\nkind: Enrichment\nname: e\naudience: a\nsteps: {provider: x/y}\n", 1, 5, "steps", "list of steps"},
		"input no text":       {"apiVersion: fettle/v1\nkind: Enrichment\nname: e\naudience: a\nsteps: [{provider: x/y, inputs: {a: [b]}}]\n", 1, 5, "steps[0].inputs.a", "a list"},
		"interval":            {enrichmentHead + "limit: none\nrefresh: monthly\n", 1, 8, "refresh", "90d"},
		"schedule zone":       {enrichmentHead + "limit: none\nschedule:\n  every: 7d\n  zone: Europe/Brelin\n", 1, 10, "schedule.zone", "Europe/Berlin"},
		"schedule at":         {enrichmentHead + "limit: none\nschedule: {every: 7d, at: 6am}\n", 1, 8, "schedule.at", "hours and minutes"},
		"schedule cron":       {enrichmentHead + "limit: none\nschedule: {cron: \"0 6 * *\"}\n", 1, 8, "schedule.cron", "weekday"},
		"schedule every":      {enrichmentHead + "limit: none\nschedule: {every: 5h}\n", 1, 8, "schedule.every", "6h"},
		"schedule key":        {enrichmentHead + "limit: none\nschedule: {evry: 7d}\n", 1, 8, "schedule.evry", "Did you mean every?"},
		"follow":              {enrichmentHead + "limit: none\nfollow: 1\n", 1, 8, "follow", "true or false"},
		"field type":          {"apiVersion: fettle/v1\nkind: Field\nentity: people\nname: x\ntype: nubmer\n", 1, 5, "type", "Did you mean number?"},
		"field named twice":   {"apiVersion: fettle/v1\nkind: Field\nentity: people\nfield: x\nname: y\n", 1, 5, "name", "two names"},
		"field without a key": {"apiVersion: fettle/v1\nkind: Field\nentity: people\n", 1, 1, "field", "field is missing"},
		"field key":           {"apiVersion: fettle/v1\nkind: Field\nentity: people\nname: company\n", 1, 4, "name", "reserved"},
		"file's path":         {"apiVersion: fettle/v1\nkind: Source\nname: s\nentity: people\nfile:\n  schedule: {every: 1d}\n  path: ../x.csv\n", 1, 7, "file.path", "no path within the folder"},
		"file's column":       {"apiVersion: fettle/v1\nkind: Source\nname: s\nentity: people\nfile:\n  path: x.csv\n  map: {A: \" \"}\n", 1, 7, "file.map", "into no field"},
		"not yaml":            {audience + "where: [x\n---\n", 1, 5, "", "not YAML"},
		"list":                {"- a\n- b\n", 1, 1, "", "not a list"},
		"alias":               {audience + "where: &w x\ndescription: *w\n", 1, 5, "where", "anchor"},
		"workspace with name": {"apiVersion: fettle/v1\nkind: Limit\nscope: workspace\nname: x\nlimit: none\n", 1, 4, "name", "no name"},
		"limit without name":  {"apiVersion: fettle/v1\nkind: Limit\nscope: person\nlimit: none\n", 1, 1, "name", "Name the person"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			var e *fettle.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Code != fettle.Invalid || e.Hint == "" {
				t.Errorf("code %s, hint %q", e.Code, e.Hint)
			}
			if all := e.Message + " " + e.Hint; !strings.Contains(all, c.contains) {
				t.Errorf("%q does not say %q", all, c.contains)
			}
			if c.document == 0 {
				return
			}
			if e.Details["document"] != c.document || e.Details["line"] != c.line || e.Details["key"] != c.key {
				t.Errorf("at %v, want document %d, line %d, key %q (%s)", e.Details, c.document, c.line, c.key, e.Message)
			}
		})
	}
}

// TestParseTellsAllErrors at once, and none that only follows from another.
func TestParseTellsAllErrors(t *testing.T) {
	_, err := Parse([]byte("apiVersion: fettle/v1\nkind: Audience\nname: a\nentity: peopel\nwheer: x\n---\n" + enrichmentHead + "limit: 500\nwrite: overwite\nsteps2: x\n---\napiVersion: fettle/v1\nkind: Field\nentity: people\nfield: x\ntype: nubmer\n"))
	faults, _ := fettle.AsError(err).Details["faults"].([]Fault)
	var got []string
	for _, f := range faults {
		got = append(got, fmt.Sprintf("%d:%d %s", f.Document, f.Line, f.Key))
	}
	want := []string{"1:4 entity", "1:5 wheer", "2:13 limit", "2:14 write", "2:15 steps2", "3:21 type"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	_, err = Parse([]byte("apiVersion: fettle/v1\nkind: Enrichment\nname: e\naudience: a\nsteps: [x]\noutputs: {email: email}\nlimit: none\n"))
	if e := fettle.AsError(err); e.Details["faults"] != nil || e.Details["key"] != "steps[0]" {
		t.Errorf("one error is %v: %s", e.Details, e.Message)
	}
}

func TestWrapNamesTheLineOfTheKey(t *testing.T) {
	docs, err := Parse([]byte(everyKind))
	if err != nil {
		t.Fatal(err)
	}
	for key, line := range map[string]int{"steps[1].inputs.full_name": 26, "steps[1].inputs.other": 26, "outputs": 30, "limit.credits": 32, "nothing": 18, "": 18} {
		got := fettle.AsError(docs[2].Wrap(fettle.Errorf(fettle.Refused, "no such thing").WithHint("do this").With("key", key)))
		if got.Details["line"] != line || got.Details["document"] != 4 || got.Code != fettle.Refused || got.Hint != "do this" {
			t.Errorf("key %q: %v (%s)", key, got.Details, got.Message)
		}
	}
	missing := fettle.AsError(docs[2].Wrap(fettle.Errorf(fettle.NotFound, "steps[0]: no such field").With("key", "steps[0]")))
	if missing.Code != fettle.Invalid || missing.Message != "document 4, line 23, steps[0]: no such field" {
		t.Errorf("%s: %s", missing.Code, missing.Message)
	}
	if docs[2].Wrap(nil) != nil {
		t.Error("no error stays no error")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(everyKind))
	f.Add([]byte(enrichmentHead + "limit: {credits: 1e3}\n"))
	f.Add([]byte("---\n---\n...\n--- x\n"))
	f.Add([]byte("\ufeffapiVersion: fettle/v1\r\nkind: Field\r\n"))
	f.Add([]byte("a: &x [*x]\n<<: *x\n? y\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		docs, err := Parse(text)
		if (err == nil) != (len(docs) > 0) {
			t.Fatalf("%d documents and error %v", len(docs), err)
		}
		if err != nil && fettle.CodeOf(err) != fettle.Invalid {
			t.Fatalf("error %v has code %s", err, fettle.CodeOf(err))
		}
	})
}

// TestWriteIsReadBack: what is written is read as the same, also where YAML would
// read a text as something else.
func TestWriteIsReadBack(t *testing.T) {
	docs, err := Parse([]byte(everyKind))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"", "no", "Null", "1e3", "0x1f", "007", "-1", "- x", "a: b", "a #b", "#b", "@x", "%x", "*x", "&x", "!x", "[x]", "{x}", "'x'", `"x"`, "x ", " x", "\\x", "~", "?", "? x",
		"a\nb", "a\nb\n", "a\n\nb\n", "\na", " a\nb", "a \nb", "a\n b\n", "a\tb\nc", "a\r\nb", "ü\u2028ö", "\u00a0", "a:", "<<", "=", "2026-11-30", "12:30", "x|", "|", ">", "x -", "90d", "https://x.example/a#b", "none",
	} {
		docs = append(docs, Document{
			Kind: KindEnrichment, Name: "e",
			Enrichment: &fettle.Definition{
				Audience: []string{"a"}, Steps: []fettle.Step{{Provider: "x/y", Prompt: text, Options: map[string]any{"k": text, "l": []any{text, text}}}},
				Outputs: fettle.Outputs{{Name: "o", Field: "f"}}, Write: fettle.FillBlanks, Follow: true, RerunOn: "never", Unknown: "hold",
			},
		})
	}
	for _, d := range docs {
		text, err := Write(d)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(text)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		b := back[0]
		if d.Kind == KindDataProvider {
			continue
		}
		if diff := cmp.Diff(d, b, cmp.FilterPath(func(p cmp.Path) bool {
			s := p.String()
			return s == "Number" || s == "Line" || s == "lines" || s == "Definition"
		}, cmp.Ignore()), cmp.AllowUnexported(Document{})); diff != "" {
			t.Errorf("(-written +read):\n%s\n%s", diff, text)
		}
	}
}

// TestReturnsEndLines reads documents whose lines end in carriage returns alone: none
// is taken for a part of the one before it.
func TestReturnsEndLines(t *testing.T) {
	for _, end := range []string{"\n", "\r\n", "\r"} {
		text := strings.ReplaceAll("apiVersion: fettle/v1\nkind: Audience\nname: a\nentity: people\nwhere: filled(name)\n---\n"+
			"apiVersion: fettle/v1\nkind: Audience\nname: b\nentity: people\nwhere: filled(name)\n", "\n", end)
		if docs, err := Parse([]byte(text)); err != nil || len(docs) != 2 || docs[0].Name != "a" || docs[1].Name != "b" {
			t.Errorf("%q: %d documents, %v", end, len(docs), err)
		}
	}
}
