package declarative

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fettle"
)

// TestWhatIsBegunHolds holds that a definition that was begun is one, whatever was
// said of the vendor, and that its fixtures hold.
func TestWhatIsBegunHolds(t *testing.T) {
	t.Parallel()
	types := []string{"text", "email", "domain", "number", "boolean", "url", "phone", "linkedin", "country", "date", "timestamp", "json", "linkedin_person_url"}
	rapid.Check(t, func(t *rapid.T) {
		some := func(names []string, path string) []string {
			var out []string
			for _, n := range names {
				if rapid.Bool().Draw(t, "has "+n) {
					text := n + "=" + rapid.SampledFrom(types).Draw(t, "type of "+n)
					if path != "" && rapid.Bool().Draw(t, "at") {
						text += "=" + path + n
					}
					out = append(out, text)
				}
			}
			return out
		}
		text, err := Begin(Start{
			ID: rapid.StringMatching(`[a-z][a-z0-9_-]{0,20}`).Draw(t, "id"), Name: rapid.SampledFrom([]string{"", "Acme: #1 \"find\"", "no"}).Draw(t, "name"),
			Auth:      rapid.SampledFrom([]string{"", "bearer", "basic", "none", "query api_key", "body key", "header Authorization", "header Authorization: Token"}).Draw(t, "auth"),
			Operation: rapid.SampledFrom([]string{"", "look_up"}).Draw(t, "operation"), Entity: rapid.SampledFrom([]fettle.Entity{"", fettle.People, fettle.Companies}).Draw(t, "entity"),
			Method: rapid.SampledFrom([]string{"", "get", "PUT"}).Draw(t, "method"),
			Inputs: some([]string{"full_name", "domain", "yes", "n"}, ""), Outputs: some([]string{"email", "title", "on", "size"}, rapid.SampledFrom([]string{"body.data.", "body.list[0].", "body.data.list[0].of[0]."}).Draw(t, "answer")),
			Charged: rapid.SampledFrom([]string{"", "body.meta.cost", "body.data.cost"}).Draw(t, "charged in"),
			Unit:    rapid.SampledFrom([]string{"", "lookup"}).Draw(t, "unit"), Price: rapid.SampledFrom([]string{"", "0.5", "12", "0"}).Draw(t, "price"), Misses: rapid.Bool().Draw(t, "misses"),
		})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		r, _ := Check(t.Context(), text)
		if n := len(r.Guesses); n < 3 || n != strings.Count(string(text), "# guess: ") {
			t.Fatalf("%d guesses: %+v\n%s", n, r.Guesses, text)
		}
		if !r.OK || len(r.Fixtures) < 5 || len(r.Warnings) > 0 {
			t.Fatalf("%+v\n%s", r, text)
		}
	})
}

// TestGuessesAreNamed: what was said is no guess, what was not said is one until its
// remark is gone.
func TestGuessesAreNamed(t *testing.T) {
	t.Parallel()
	bare, err := Begin(Start{ID: "finder"})
	if err != nil {
		t.Fatal(err)
	}
	said, err := Begin(Start{ID: "finder", URL: "https://api.finder.example", Docs: "https://finder.example/docs", Auth: "bearer", Path: "/v1/find", Inputs: []string{"full_name"}, Outputs: []string{"email=email=body.email"}, Price: "2"})
	if err != nil {
		t.Fatal(err)
	}
	count := func(source []byte) int {
		r, _ := Check(t.Context(), source)
		for _, g := range r.Guesses {
			if line := strings.Split(string(source), "\n")[g.Line-1]; !strings.HasSuffix(line, "# guess: "+g.What) {
				t.Errorf("line %d is %q, not a guess at %s", g.Line, line, g.What)
			}
		}
		return len(r.Guesses)
	}
	if a, b := count(bare), count(said); a != 10 || b != 3 {
		t.Errorf("%d guesses where nothing was said, %d where all was", a, b)
	}
	if n := count([]byte(strings.ReplaceAll(string(said), "  # guess: how fast it may be asked", ""))); n != 2 {
		t.Errorf("%d guesses after one was looked up", n)
	}
}

func TestWhatIsNotBegun(t *testing.T) {
	t.Parallel()
	for key, s := range map[string]Start{
		"id": {ID: "Up"}, "base_url": {ID: "a", URL: "acme"}, "auth": {ID: "a", Auth: "cookie"}, "operation": {ID: "a", Operation: "a b"}, "path": {ID: "a", Path: "/x?y={{z}}"},
		"method": {ID: "a", Method: "HEAD"}, "price": {ID: "a", Price: "much"}, "entity": {ID: "a", Entity: "planets"}, "inputs[1]": {ID: "a", Inputs: []string{"x", "x"}},
		"inputs[0]": {ID: "a", Inputs: []string{"x=zip"}}, "outputs[0]": {ID: "a", Outputs: []string{"x=text=y"}}, "charged_in": {ID: "a", Charged: "meta.cost"},
	} {
		_, err := Begin(s)
		if e := fettle.AsError(err); err == nil || e.Code != fettle.Invalid || e.Details["key"] != key || e.Hint == "" {
			t.Errorf("%s: got %v", key, err)
		}
	}
}

// TestAllThatIsWrongIsTold holds that one error hides no other, and that none is
// told that only follows.
func TestAllThatIsWrongIsTold(t *testing.T) {
	t.Parallel()
	r, def := Check(t.Context(), []byte(change(t,
		"id: mini\n", "idd: mini\n", "in: query", "in: cookie", "    entity: person", "    entity: planet\n    colour: red", "zip: {type: text}", "zip: {type: zipcode}",
		`"{{input.?zip}}-`, `"{{input.?zipp}}-`, "is: not_found}", "is: missing}", `"resp.status == 503"`, `"resp.stat == 503"`, `"body.?tags"`, `"bodi.?tags"`,
		"{mode: none}", "{mode: maybe}", "op: lookup", "op: look",
	)))
	if def != nil || r.OK {
		t.Fatalf("%+v", r)
	}
	var got []string
	for _, f := range r.Faults {
		if f.Hint == "" || f.Line == 0 {
			t.Errorf("%+v has no hint or line", f)
		}
		got = append(got, f.Message)
	}
	want := []string{
		`line 3: unknown key "idd"`, `line 4: auth.in: "cookie"`, `line 8: operation lookup, entity: "planet"`, `line 9: unknown key "colour"`, `line 12: operation lookup, inputs.fields.zip:`,
		`line 22: operation lookup, request.query.both:`, `line 26: operation lookup, outcomes[1].is:`, `line 27: operation lookup, outcomes[2].when:`, `line 33: operation lookup, outputs[3].value:`,
		`line 37: operation lookup, idempotency.mode:`, `line 40: fixtures[0].op:`,
	}
	for i := range max(len(want), len(got)) {
		if i >= len(got) || i >= len(want) || !strings.HasPrefix(got[i], want[i]) {
			t.Fatalf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
}

// TestAWordStandsBeforeTheKey in the header, where the vendor wants one.
func TestAWordStandsBeforeTheKey(t *testing.T) {
	t.Parallel()
	text, err := Begin(Start{ID: "a", Auth: "header Authorization: Token", Outputs: []string{"phone=phone=body.data.phones[0].number"}, Price: "5", Charged: "body.meta.charged"})
	if err != nil {
		t.Fatal(err)
	}
	def, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got := newConnection(def, nil, nil, "k").header.Get("Authorization"); got != "Token k" {
		t.Errorf("the header is %q", got)
	}
	for _, bad := range []string{"in: query", "in: header\n  prefix: \"a\\nb\""} {
		wrong := strings.Replace(string(text), "in: header", bad, 1)
		if bad != "in: query" {
			wrong = strings.Replace(wrong, `  prefix: "Token "`, "", 1)
		}
		if _, err := Parse([]byte(wrong)); err == nil || !strings.Contains(err.Error(), "prefix") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
