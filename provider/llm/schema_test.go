package llm

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fettle"
	"fettle/provider"
)

func fromYAML(t *testing.T, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestStrictSchema(t *testing.T) {
	for _, c := range [][2]string{
		{`line: string`, `{"type":"string"}`},
		{`line: {type: string, max_length: 200}`, `{"maxLength":200,"type":"string"}`},
		{`line: {type: string, nullable: true}`, `{"type":["string","null"]}`},
		{`line: {enum: [a, b], optional: true}`, `{"enum":["a","b",null],"type":["string","null"]}`},
		{`line: {type: array, items: string, max_items: 3}`, `{"items":{"type":"string"},"maxItems":3,"type":"array"}`},
		{`line: {type: object, properties: {a: string, type: {type: integer, minimum: 1}}}`, `{"additionalProperties":false,"properties":{"a":{"type":"string"},"type":{"minimum":1,"type":"integer"}},"required":["a","type"],"type":"object"}`},
		{`line: {type: object, required: [a], properties: {a: string, b: {type: integer}}}`, `{"additionalProperties":false,"properties":{"a":{"type":"string"},"b":{"type":["integer","null"]}},"required":["a","b"],"type":"object"}`},
		{`line: {any_of: [string, {type: number}]}`, `{"anyOf":[{"type":"string"},{"type":"number"}]}`},
	} {
		text, want := c[0], c[1]
		s, err := newSchema(fromYAML(t, text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if want = `{"additionalProperties":false,"properties":{"line":` + want + `},"required":["line"],"type":"object"}`; s.text != want {
			t.Errorf("%s: got %s", text, s.text)
		}
	}
}

func TestPlainSchemaTellsTheBoundsInWords(t *testing.T) {
	s, err := newSchema(fromYAML(t, `{line: {type: string, max_length: 200, description: One line}, type: {type: object, properties: {type: string, pattern: {type: integer, minimum: 1}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(s.plain["properties"])
	want := `{"line":{"description":"One line (maxLength: 200)","type":"string"},"type":{"additionalProperties":false,"properties":{"pattern":{"description":"(minimum: 1)","type":"integer"},"type":{"type":"string"}},"required":["pattern","type"],"type":"object"}}`
	if err != nil || string(got) != want {
		t.Errorf("%v %s", err, got)
	}
	if !strings.Contains(s.text, `"maxLength":200`) {
		t.Error("the full schema lost its bounds")
	}
}

func TestOutputsThatCannotBe(t *testing.T) {
	for text, names := range map[string]string{
		`{}`:                                   "no output",
		`{"my line": string}`:                  "my line",
		`line: 3`:                              "output.line",
		`line: {max_length: 3}`:                "no type",
		`line: {type: string, max_len: 3}`:     "max_len",
		`line: {type: strin}`:                  "no JSON schema",
		`line: {type: string, max_length: -1}`: "no JSON schema",
		`line: {type: string, pattern: "["}`:   "no JSON schema",
		`line: {type: array}`:                  "list of nothing",
		`line: {type: object}`:                 "without properties",
		`line: {any_of: string}`:               "any_of",
		`line: {type: array, items: {type: array, items: {type: array, items: {type: array, items: {type: array, items: {type: array, items: string}}}}}}`: "deeper",
	} {
		_, err := newSchema(fromYAML(t, text))
		if fettle.CodeOf(err) != fettle.Invalid || !strings.Contains(err.Error(), names) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestReadAnswer(t *testing.T) {
	s, err := newSchema(fromYAML(t, `
text: string
day: {type: string, format: date, nullable: true}
at: {type: string, format: date-time}
mail: {type: string, format: email}
score: {type: integer, minimum: 1, maximum: 5}
ok: boolean
tags: {type: array, items: string}
kind: {enum: [a, b, ""]}
`))
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]fettle.FieldType{}
	for _, out := range s.outputs {
		types[out.Name] = out.Type
	}
	if diff := cmp.Diff(types, map[string]fettle.FieldType{
		"text": fettle.Text, "day": fettle.Date, "at": fettle.Timestamp, "mail": fettle.Email, "score": fettle.Number, "ok": fettle.Boolean, "tags": fettle.JSON, "kind": fettle.Text,
	}); diff != "" {
		t.Error(diff)
	}
	got, complaint := s.read("Here:\n```json\n" + `{"text":" é ","day":"2026-01-31","at":"2026-01-31T10:00:00+02:00","mail":"a@b.c","score":5,"ok":false,"tags":["x"],"kind":"a"}` + "\n```")
	at := fettle.Day("2026-01-31").Time().Add(8 * 3600e9)
	want := map[string]any{"text": "é", "day": fettle.Day("2026-01-31"), "at": at, "mail": "a@b.c", "score": 5.0, "ok": false, "tags": json.RawMessage(`["x"]`), "kind": "a"}
	if diff := cmp.Diff(got, want); diff != "" || complaint != "" {
		t.Errorf("%s %s", complaint, diff)
	}
	got, complaint = s.read(`{"text":" ","day":null,"at":"","mail":"","score":1,"ok":true,"tags":[],"kind":""}`)
	if diff := cmp.Diff(got, map[string]any{"score": 1.0, "ok": true}); diff != "" || complaint != "" {
		t.Errorf("blanks: %s %s", complaint, diff)
	}
	for answer, has := range map[string]string{
		"":      "not a JSON object",
		"{":     "not a JSON object",
		"{x}":   "not valid JSON",
		"{}":    "missing properties",
		"[{}]}": "missing properties",
		`{"text":"","day":null,"at":"","mail":"","score":9,"ok":true,"tags":[],"kind":""}`:   "maximum",
		`{"text":"","day":"soon","at":"","mail":"","score":1,"ok":true,"tags":[],"kind":""}`: "date",
	} {
		if got, complaint := s.read(answer); !strings.Contains(complaint, has) || got != nil {
			t.Errorf("%s: %q", answer, complaint)
		}
	}
}

// Whatever a vendor may bill within its own rules (no more prompt tokens than
// bytes, no more output than allowed, any split of the prompt over the caches),
// the quote covers.
func TestQuoteCoversEveryBill(t *testing.T) {
	amount := rapid.Int64Range(0, int64(maxPrice))
	rapid.Check(t, func(t *rapid.T) {
		tf := tariff{provider.ModelPrice{
			Input: provider.Units(amount.Draw(t, "in")), Output: provider.Units(amount.Draw(t, "out")), Request: provider.Units(amount.Draw(t, "request")),
			CacheRead: provider.Units(amount.Draw(t, "read")), CacheWrite: provider.Units(amount.Draw(t, "write")),
		}}
		n := tries{
			prompt: rapid.Int64Range(1, 1_000_000).Draw(t, "prompt"), maxOutput: rapid.Int64Range(1, 100_000).Draw(t, "output"),
			repairs: rapid.Int64Range(0, maxRepairs).Draw(t, "repairs"),
		}
		n.expected, n.output = n.prompt/4, min(n.maxOutput, 100)
		q, ok := tf.quote(n)
		if !ok || q.Low > q.Expected || q.Expected > q.HitMax || q.HitMax != q.MissMax || q.Low < 0 {
			t.Fatalf("quote %+v", q)
		}
		var bill provider.Units
		prompt := n.prompt
		for range n.repairs + 1 {
			u := provider.Usage{Output: rapid.Int64Range(0, n.maxOutput).Draw(t, "o"), Requests: 1}
			u.Input = rapid.Int64Range(0, prompt).Draw(t, "i")
			u.CacheRead = rapid.Int64Range(0, prompt-u.Input).Draw(t, "r")
			u.CacheWrite = rapid.Int64Range(0, prompt-u.Input-u.CacheRead).Draw(t, "w")
			bill += tf.cost(u)
			prompt += resent(n.maxOutput) + repairBytes
		}
		if bill > q.HitMax || bill < 0 {
			t.Fatalf("billed %d, quoted %d", bill, q.HitMax)
		}
	})
}

func TestCostRoundsUpAndNeverOverflows(t *testing.T) {
	tf := tariff{provider.ModelPrice{Input: 1, Output: maxPrice, CacheRead: maxPrice, CacheWrite: maxPrice, Request: maxPrice}}
	if got := tf.cost(provider.Usage{Input: 1}); got != 1 {
		t.Errorf("one token costs %d micro-dollars", got)
	}
	huge := provider.Usage{Input: 1 << 62, Output: 1 << 62, CacheRead: 1 << 62, CacheWrite: 1 << 62}
	if got := tf.cost(huge); got <= 0 {
		t.Errorf("overflow: %d", got)
	}
	if got := tf.cost(provider.Usage{Input: -5, Output: -5}); got != 0 {
		t.Errorf("negative: %d", got)
	}
}

func TestALongPromptHasNoPrice(t *testing.T) {
	tf := tariff{provider.ModelPrice{Input: 1, Output: 1, Context: 1000}}
	if _, ok := tf.quote(tries{prompt: 1001, maxOutput: 1}); ok {
		t.Error("a prompt beyond the model's known price was quoted")
	}
	if _, ok := tf.quote(tries{prompt: 1000, maxOutput: 1}); !ok {
		t.Error("a prompt that fits was not quoted")
	}
}

func FuzzReadAnswer(f *testing.F) {
	s, err := newSchema(map[string]any{"line": "string", "tags": map[string]any{"type": "array", "items": "number"}})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{`{"line":"x","tags":[1]}`, "```{}```", `{"line":"\ud800","tags":[1e999]}`, "}{", `{"line":null}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		outputs, complaint := s.read(answer)
		if (complaint == "") != (outputs != nil) {
			t.Errorf("%q: %v, %q", answer, outputs, complaint)
		}
		if _, err := json.Marshal(outputs); err != nil {
			t.Errorf("%q: %v", answer, err)
		}
	})
}

func FuzzReadFailure(f *testing.F) {
	for _, seed := range []string{`{"error":{"message":"m","type":"t","code":3}}`, `{"error":"x"}`, `{"message":"x"}`, `{"detail":[1]}`, `<html>`, `null`, `[]`} {
		f.Add(seed, 400)
	}
	f.Fuzz(func(t *testing.T, body string, status int) {
		failure, told := readFailure([]byte(body))
		if outcome := classify(status, failure, told); outcome == "" || outcome == provider.Found || outcome == provider.NotFound {
			t.Errorf("%d %q: %s", status, body, outcome)
		}
	})
}

// TestASchemasErrorNamesNoFolder refuses schemas that cannot be compiled: where
// the program runs is not in the message, and nothing that is referred to is
// read.
func TestASchemasErrorNamesNoFolder(t *testing.T) {
	t.Parallel()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []map[string]any{
		{"type": "string", "pattern": "("},
		{"$ref": "file:///etc/passwd"},
		{"$ref": "other.json"},
		{"$ref": "http://127.0.0.1:1/x"},
	} {
		_, err := newSchema(map[string]any{"line": bad})
		if err == nil {
			t.Errorf("%v is taken", bad)
			continue
		}
		if strings.Contains(err.Error(), here) || strings.Contains(err.Error(), "root:") {
			t.Errorf("%v: %v", bad, err)
		}
		t.Log(err)
	}
	// Behind the refusal of the key, the compiler reads nothing either.
	there := filepath.Join(t.TempDir(), "there.json")
	if err := os.WriteFile(there, []byte(`{"type": "string"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := compile([]byte(`{"$ref": "file://` + there + `"}`)); err == nil {
		t.Error("a file was read")
	}
}
