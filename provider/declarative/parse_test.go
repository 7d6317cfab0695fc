package declarative

import (
	"errors"
	"strings"
	"testing"

	"fettle"
)

// minimal is a definition that tests change.
const minimal = `apiVersion: provider/v1
kind: DataProvider
id: mini
auth: {type: api_key, in: query, name: api_key}
server: {base_url: "https://api.mini.test/v2"}
operations:
  - id: lookup
    entity: person
    inputs:
      fields:
        zip: {type: text}
        email: {type: email}
        age: {type: number}
      require_any: [[email], [zip, age]]
      options:
        deep: {type: boolean, default: false}
        depth: {type: number, default: 2}
    request:
      method: GET
      path: "/people/{{input.?email.orValue('none')}}"
      query: {depth: "{{options.depth}}", zip: "{{input.?zip}}", fixed: 7, both: "{{input.?zip}}-{{input.?age}}"}
      headers: {X-Deep: "{{options.deep}}"}
    outcomes:
      - {when: "resp.status == 200 && has(body.name)", is: found}
      - {when: "resp.status == 404", is: not_found}
      - {when: "resp.status == 503", is: transient}
      - {when: "true", is: failed}
    outputs:
      - {field: name, type: text, value: "body.name"}
      - {field: born, type: date, value: "body.?born"}
      - {field: seen, type: timestamp, value: "body.?seen"}
      - {field: tags, type: json, value: "body.?tags"}
      - {field: size, type: number, value: "body.?size"}
      - {field: agent, type: text, value: "resp.headers.?server"}
    cost: {unit: credit, estimate: "options.deep ? 2.0 : 0.4", charged_on: [found, not_found], actual: "body.price"}
    idempotency: {mode: none}
fixtures:
  - name: found
    op: lookup
    input: {email: a@b.c}
    expect_request: {method: GET, url: "https://api.mini.test/v2/people/a@b.c?depth=2&fixed=7&both=-&api_key=fixture-key-5f1d", headers: {X-Deep: "false"}}
    response: {status: 200, headers: {Server: mini}, body: {name: " Ann ", born: "2001-02-03T04:05:06Z", seen: "2026-01-02T03:04:05.123456789+01:00", tags: [a, {b: 1}], size: "12.5", price: 0.3}}
    expect: {outcome: found, cost: 0.3, outputs: {name: Ann, born: "2001-02-03", seen: "2026-01-02T02:04:05.123456Z", tags: [a, {b: 1}], size: 12.5, agent: mini}}
`

// change replaces text in minimal; it must be there.
func change(t *testing.T, pairs ...string) string {
	t.Helper()
	s := minimal
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			t.Fatalf("%q is not in the definition", pairs[i])
		}
		s = strings.ReplaceAll(s, pairs[i], pairs[i+1])
	}
	return s
}

func mustParse(t *testing.T, source string) *Definition {
	t.Helper()
	d, err := Parse([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestFixturesPassAndFail(t *testing.T) {
	if err := mustParse(t, minimal).Test(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, pairs := range map[string][]string{
		"the cost is 0.3":        {"cost: 0.3,", "cost: 0.4,"},
		"the outcome is found":   {"expect: {outcome: found", "expect: {outcome: not_found"},
		"the output name":        {"{name: Ann,", "{name: Bob,"},
		"the URL is":             {"depth=2&fixed", "depth=3&fixed"},
		"the header X-Deep":      {`X-Deep: "false"`, `X-Deep: "true"`},
		"the method is GET":      {"{method: GET, url", "{method: POST, url"},
		"the output tags is":     {"tags: [a, {b: 1}], size: 12.5", "tags: [a, {b: 2}], size: 12.5"},
		"the output born is":     {"born: \"2001-02-03\"", "born: \"2001-02-04\""},
		`fixture "renamed": the`: {"name: found\n    op", "name: renamed\n    op", "cost: 0.3,", "cost: 0.4,"},
	} {
		err := mustParse(t, change(t, pairs...)).Test(t.Context())
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want an error with %q, got %v", name, err)
		}
	}
}

func TestParseErrorsNameThePlace(t *testing.T) {
	for _, tt := range []struct {
		name  string
		pairs []string
		msg   string // all of it
		hint  string // part of it
	}{
		{"unknown key", []string{"    entity: person", "    entitty: person"}, `line 8: unknown key "entitty"`, "Did you mean entity?"},
		{"key of another place", []string{"    outcomes:", "    outcome:"}, `line 23: unknown key "outcome"`, "Did you mean outcomes?"},
		{"unknown key of the answer", []string{"{when: \"resp.status == 404", "{when: \"resp.stat == 404"}, `line 25: operation lookup, outcomes[1].when: resp has no "stat"`, "Declare it first, or use one of: status, headers."},
		{"unknown key inside", []string{"{when: \"resp.status == 404", "{wen: \"resp.status == 404"}, `line 25: unknown key "wen"`, "Did you mean when?"},
		{"twice", []string{"id: mini\n", "id: mini\nid: mini\n"}, "line 4: ", ""},
		{"not YAML", []string{"kind: DataProvider", "kind: [DataProvider"}, "line ", "provider/v1"},
		{"version", []string{"provider/v1", "provider/v9"}, `line 1: apiVersion: "provider/v9" is not known here`, "One of: provider/v1."},
		{"bad expression", []string{"has(body.name)", "has(body.name"}, `line 24: operation lookup, outcomes[0].when: `, "Variables here: resp, body, input"},
		{"unknown variable", []string{`"body.?tags"`, `"bodi.?tags"`}, `line 32: operation lookup, outputs[3].value: "bodi.?tags": undeclared reference to 'bodi'`, "Variables here"},
		{"body in a price", []string{`"options.deep ? 2.0 : 0.4"`, `"body.deep"`}, `line 35: operation lookup, cost.estimate: "body.deep": undeclared reference to 'body'`, ""},
		{"undeclared input", []string{`"{{input.?zip}}-`, `"{{input.?zipp}}-`}, `line 21: operation lookup, request.query.both: input has no "zipp"`, "Did you mean input.zip?"},
		{"undeclared option", []string{`"options.deep ?`, `"options.dep ?`}, `line 35: operation lookup, cost.estimate: options has no "dep"`, "options.deep"},
		{"inside a body", []string{"      headers: {X-Deep", "      body: {a: {b: ['{{input.e}}']}}\n      headers: {X-Deep"}, `line 22: operation lookup, request.body: a: b: 0: input has no "e"`, "Declare"},
		{"open braces", []string{`{{options.deep}}`, `{{options.deep`}, `line 22: operation lookup, request.headers.X-Deep: {{ without }} in "{{options.deep"`, "Close"},
		{"outcome", []string{"is: not_found}", "is: missing}"}, `line 25: operation lookup, outcomes[1].is: "missing" is not an outcome`, "not_found"},
		{"type", []string{"zip: {type: text}", "zip: {type: zipcode}"}, `line 11: operation lookup, inputs.fields.zip: "zipcode" is not a field type`, "Types:"},
		{"require_any", []string{"[zip, age]]", "[zip, height]]"}, `line 14: operation lookup, inputs.require_any[1]: "height" is not an input`, "zip, email, age"},
		{"charged_on", []string{"[found, not_found]", "[found, throttled]"}, `line 35: operation lookup, cost.charged_on[1]: "throttled" is not known here`, "found not_found"},
		{"mode", []string{"{mode: none}", "{mode: maybe}"}, `line 36: operation lookup, idempotency.mode: "maybe" is not known here`, "provider_dedup"},
		{"fixture", []string{"op: lookup", "op: look"}, `line 39: fixtures[0].op: "look" is not an operation`, "lookup"},
		{"base URL", []string{"https://api.mini.test/v2", "https://me:pw@api.mini.test"}, "line 5: server.base_url: the base URL has a user, a query or a fragment", ""},
		{"two documents", []string{"fixtures:", "---\nfixtures:"}, "more than one document", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(change(t, tt.pairs...)))
			var e *fettle.Error
			if !errors.As(err, &e) || e.Code != fettle.Invalid {
				t.Fatalf("want an invalid error, got %v", err)
			}
			if !strings.HasPrefix(e.Message, tt.msg) || !strings.Contains(e.Hint, tt.hint) || e.Hint == "" {
				t.Errorf("got  %s\nhint %s\nwant %s\nhint %s", e.Message, e.Hint, tt.msg, tt.hint)
			}
		})
	}
}

func TestAliasesCannotUnfoldWithoutEnd(t *testing.T) {
	bomb := minimal + "simulator:\n  - &a [x]\n"
	for range 60 {
		bomb += "  - *a\n"
	}
	if _, err := Parse([]byte(bomb)); err == nil || !strings.Contains(err.Error(), "aliases") {
		t.Errorf("got %v", err)
	}
}

func TestOrderOfInputsIsKept(t *testing.T) {
	info := New(mustParse(t, minimal)).Describe().Operations[0]
	if info.Inputs[0].Name != "zip" || info.Inputs[1].Name != "email" || info.Inputs[2].Type != fettle.Number || info.Options[1].Default != 2.0 {
		t.Errorf("%+v", info)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte(benchDefinition))
	f.Add([]byte("apiVersion: provider/v1\nkind: DataProvider\nid: x\noperations: [{id: a}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("? [x]: y"))
	f.Fuzz(func(t *testing.T, source []byte) {
		d, err := Parse(source)
		var e *fettle.Error
		if err != nil && !errors.As(err, &e) {
			t.Fatalf("not an error of ours: %v", err)
		}
		if err == nil && len(d.Operations) == 0 {
			t.Fatal("parsed without operations")
		}
	})
}

func TestDeepNestingIsRefused(t *testing.T) {
	for _, s := range []string{strings.Repeat("[", 1<<17), strings.Repeat("{a: ", 1<<14), "a:\n" + strings.Repeat("- ", 1<<16), strings.Repeat("? ", 1<<16)} {
		if _, err := Parse([]byte(s)); err == nil || !strings.Contains(err.Error(), "too deep") {
			t.Errorf("%.10s…: %v", s, err)
		}
	}
	if _, err := Parse(make([]byte, maxSource+1)); err == nil {
		t.Error("an oversized definition was read")
	}
}

// TestOneDocumentIsRead holds what stands around a definition in its file: marks and
// comments are no document, and where nothing else is there, that is said.
func TestOneDocumentIsRead(t *testing.T) {
	for _, s := range []string{minimal + "---\n", "---\n" + minimal + "...\n", "# mine\n" + minimal, minimal + "---\n# no more\n"} {
		if _, err := Parse([]byte(s)); err != nil {
			t.Errorf("%q …: %v", s[:10], err)
		}
	}
	for _, s := range []string{"", "\n", "# mine\n", "---\n"} {
		if _, err := Parse([]byte(s)); err == nil || !strings.Contains(err.Error(), "nothing is written") {
			t.Errorf("%q: %v", s, err)
		}
	}
}
