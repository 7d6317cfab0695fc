package llm

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAnswersThatCanBeUsed(t *testing.T) {
	s, err := newSchema(fromYAML(t, `{line: string}`))
	if err != nil {
		t.Fatal(err)
	}
	const j = `{"line":"Hello"}`
	for name, answer := range map[string]string{
		"plain":                   j,
		"byte order mark":         "\ufeff" + j,
		"fence":                   "```json\n" + j + "\n```",
		"words with braces":       "Sure {here}:\n" + j + "\nLet me know {if} more.",
		"bold":                    "**" + j + "**",
		"list":                    "[" + j + "]",
		"thinking":                "<think>So.</think>" + j,
		"thinking with braces":    `<think>The user wants {"line": ...} so {that}.</think>` + "\n" + j,
		"thinking with a draft":   `<think>{"line":"Draft"}</think>` + j,
		"thinking after":          j + `<think>I could have said {"line":"Draft"}</think>`,
		"nested thinking":         `<think>a <think>{"line":"b"}</think> {"line":"c"}</think>` + j,
		"no beginning":            `I shall say {"line":"Draft"}</think>` + j,
		"no end":                  `<think>First {"line":"Draft"}, then ` + j,
		"other tag":               `<thinking type="long">{"line":"Draft"}</thinking>` + j,
		"another tag":             `<reasoning>{}</reasoning><reflection>{"line":"x"}</reflection>` + j,
		"upper case":              `<THINK>{"line":"Draft"}</THINK>` + j,
		"square tag":              `[THINK]{"line":"Draft"}[/THINK]` + j,
		"tag of another alphabet": `◁think▷{"line":"Draft"}◁/think▷` + j,
		"tag with a prefix":       `<seed:think>{"line":"Draft"}</seed:think>` + j,
		"tag with bars":           `<|begin_of_thought|>{"line":"Draft"}<|end_of_thought|>` + j,
		"channels":                `<|channel|>analysis<|message|>{"line":"Draft"}<|end|><|start|>assistant<|channel|>final<|message|>` + j,
		"two drafts":              `{"line":"Draft"} is too short. Better: ` + j,
		"a broken draft":          `{"line":"Draft` + "\n" + j,
		"another object after":    j + "\n" + `{"note":"done"}`,
		"another key":             `{"line":"Hello","confidence":0.9}`,
		"reasoning as a key":      `{"reasoning":"short","line":"Hello"}`,
		"under a key":             `{"answer":{"line":"Hello"}}`,
		"the schema filled in":    `{"type":"object","properties":{"line":"Hello"}}`,
		"encoded twice":           `"{\"line\":\"Hello\"}"`,
		"a comma too much":        `{"line":"Hello",}`,
		"curly quotes":            `{“line”: “Hello”}`,
		"German quotes":           `{„line“: "Hello"}`,
	} {
		got, complaint := s.read(answer)
		if diff := cmp.Diff(map[string]any{"line": "Hello"}, got); complaint != "" || diff != "" {
			t.Errorf("%s: %s: %s", name, complaint, diff)
		}
	}
	for name, c := range map[string][2]string{
		"a tag in the value":      {`{"line":"write <think> and </think>"}`, "write <think> and </think>"},
		"a line break in a value": {"{\"line\":\"a\nb\tc\"}", "a\nb\tc"},
		"braces in the value":     {`{"line":"{x} \" }"}`, `{x} " }`},
		"quotes in curly ones":    {`{“line”: “say "hi"”}`, `say "hi"`},
		"a placeholder":           {`{"line":"N/A"}`, "N/A"},
	} {
		if got, complaint := s.read(c[0]); complaint != "" || got["line"] != c[1] {
			t.Errorf("%s: %s %v", name, complaint, got)
		}
	}
	for name, answer := range map[string]string{
		"only a draft":  `<think>{"line":"Draft"}</think> I cannot say.`,
		"another type":  `{"line":42}`,
		"no such key":   `{"text":"Hello"}`,
		"cut":           `{"line":"Hel`,
		"nothing":       "",
		"only thinking": "<think>hm</think>",
	} {
		if got, complaint := s.read(answer); complaint == "" || got != nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestNullIsNotKnown(t *testing.T) {
	s, err := newSchema(fromYAML(t, `
line: string
score: {type: integer, minimum: 1}
kind: {enum: [a, b]}
one: {const: x, type: string}
either: {any_of: [string, {type: number}]}
tags: {type: array, items: string, max_items: 2}
maybe: {type: array, items: {type: string, nullable: true}}
place: {type: object, properties: {city: string, zip: {type: string, nullable: true}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	const none = `{"line":null,"score":null,"kind":null,"one":null,"either":null,"tags":null,"maybe":null,"place":null}`
	if got, complaint := s.read(none); complaint != "" || len(got) != 0 {
		t.Errorf("%s: %v", complaint, got)
	}
	got, complaint := s.read(`{"line":"Hello","score":null,"kind":"a","one":"x","either":2,"tags":["x",null],"maybe":["y",null],"place":{"city":null,"zip":null,"street":"z"}}`)
	want := map[string]any{
		"line": "Hello", "kind": "a", "one": "x", "either": json.RawMessage("2"), "tags": json.RawMessage(`["x"]`),
		"maybe": json.RawMessage(`["y",null]`), "place": json.RawMessage(`{"zip":null}`),
	}
	if diff := cmp.Diff(want, got); complaint != "" || diff != "" {
		t.Errorf("%s: %s", complaint, diff)
	}
	for bad, has := range map[string]string{
		strings.Replace(none, `"score":null`, `"score":0`, 1):                   "minimum",
		strings.Replace(none, `"kind":null`, `"kind":"c"`, 1):                   "must be one of",
		strings.Replace(none, `"tags":null`, `"tags":["a","b","c"]`, 1):         "maxItems",
		strings.Replace(none, `"place":null`, `"place":{"zip":"1"}`, 1):         "city",
		strings.Replace(none, `"line":null,`, ``, 1):                            "line",
		strings.Replace(none, `"place":null`, `"place":{"city":1,"zip":""}`, 1): "got number",
	} {
		if got, complaint := s.read(bad); !strings.Contains(complaint, has) || got != nil {
			t.Errorf("%s: %q %v", bad, complaint, got)
		}
	}
}

// Braces that never close cost no more than their bound.
func TestManyBraces(t *testing.T) {
	for _, open := range []string{"{", `{"a":`, `{"a":[`} {
		if found := objects(strings.Repeat(open, 1<<20/len(open))); len(found) != 0 {
			t.Errorf("%s: %d objects", open, len(found))
		}
	}
}

func TestContentInParts(t *testing.T) {
	const j = `{\"line\":\"Hello\"}`
	for name, c := range map[string][2]string{
		"text":              {`"` + j + `"`, `{"line":"Hello"}`},
		"one part":          {`[{"type":"text","text":"` + j + `"}]`, `{"line":"Hello"}`},
		"two parts":         {`[{"type":"text","text":"{\"line\":"},{"type":"text","text":"\"Hello\"}"}]`, `{"line":"Hello"}`},
		"thinking first":    {`[{"type":"thinking","thinking":[{"type":"text","text":"hm {x}"}]},{"type":"text","text":"` + j + `"}]`, `{"line":"Hello"}`},
		"reasoning":         {`[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]},{"type":"output_text","text":"` + j + `"}]`, `{"line":"Hello"}`},
		"marked as thought": {`[{"thought":true,"text":"hm"},{"text":"` + j + `"}]`, `{"line":"Hello"}`},
		"nested":            {`[{"type":"message","content":[{"type":"output_text","text":"` + j + `","annotations":[]}]}]`, `{"line":"Hello"}`},
		"strings":           {`["{\"line\":","\"Hello\"}"]`, `{"line":"Hello"}`},
		"value":             {`[{"type":"text","text":{"value":"` + j + `"}}]`, `{"line":"Hello"}`},
		"read already":      {`{"line":"Hello"}`, `{"line":"Hello"}`},
		"one part alone":    {`{"type":"text","text":"` + j + `"}`, `{"line":"Hello"}`},
		"null":              {`null`, ""},
		"number":            {`5`, ""},
		"redacted":          {`[{"type":"redacted_thinking","data":"xx"}]`, ""},
	} {
		var r reply
		if r.hear(json.RawMessage(c[0])); r.text != c[1] {
			t.Errorf("%s: %q, want %q", name, r.text, c[1])
		}
	}
	var r reply
	r.hear(json.RawMessage(strings.Repeat(`[`, 5000) + `"x"` + strings.Repeat(`]`, 5000)))
	if r.text != "" {
		t.Error("read however deep it nests")
	}
}
