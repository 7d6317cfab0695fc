package text_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"fettle/internal/text"
)

func TestStorable(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Zoë": "Zoë", "a\x00b": "a\ufffdb", "a\xff\xfeb": "a\ufffdb", "\xe5\x88": "\ufffd", "\xed\xa0\x80": "\ufffd", "\ufffd": "\ufffd", "\x01\t": "\x01\t",
	} {
		if got := text.Storable(in); got != want || !text.OK(got) || text.OK(in) != (in == want) {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{{"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"没有找到", 4, "没有找到"}, {"没有找到", 3, "没有找…"}, {"", 0, ""}, {"a", 0, "…"}} {
		if got := text.Clip(c.in, c.most); got != c.want {
			t.Errorf("%q at %d: %q", c.in, c.most, got)
		}
	}
}

func TestBadJSON(t *testing.T) {
	for doc, want := range map[string]string{
		`{"a": "b"}`:                        "",
		`{"a": "\ud83d\ude00 😀 \\u0000"}`:   "",
		`{"a": ["x", {"name": "N\u0000"}]}`: "a[1].name",
		`{"a": {"b": "\ud800"}}`:            "a.b",
		`{"a": {"b": "\udc00\ud800"}}`:      "a.b",
		`{"a": {"b": "\ud800\u0041"}}`:      "a.b",
		"{\"a\": {\"b\": \"caf\xe9\"}}":     "a.b",
		`{"k\u0000": 1}`:                    "k\ufffd",
		`["\\\u0000"]`:                      "[0]",
		`{"a": "\u00`:                       "",
	} {
		place, what := text.BadJSON([]byte(doc))
		if place != want || (what == "") != (want == "") {
			t.Errorf("%s: %q has %q, want %q", doc, place, what, want)
		}
	}
}

// TestApart holds that objects leave a list one by one, and that bad text anywhere
// else is left for BadJSON.
func TestApart(t *testing.T) {
	for doc, want := range map[string]string{
		`{"records": [{"a": 1}]}`: `{"records": [{"a": 1}]}`,
		`{"records": [{"a": 1}, {"b": "x\u0000", "a": "y"} , {"c": {"d": ["\ud800"]}}, {"k\u0000": 1}], "source": "s"}`: `{"records": [{"a": 1}, {} , {}, {}], "source": "s"}` +
			` 1 b b "x` + "\ufffd" + `" 2 c c.d[0] {"d":["` + "\ufffd" + `"]} 3 k` + "\ufffd" + ` k` + "\ufffd" + ` 1`,
		"{\"r\": \"caf\xe9\", \"records\": [{\"a\": \"\xff\"}]}": "{\"r\": \"caf\xe9\", \"records\": [{}]} 0 a a \"\ufffd\"",
		`{"source": "\u0000", "records": [{"a": 1}]}`:            `{"source": "\u0000", "records": [{"a": 1}]}`,
		`{"records": ["\u0000"]}`:                                `{"records": ["\u0000"]}`,
		`{"records": "\u0000"}`:                                  `{"records": "\u0000"}`,
		`{"records": [{"a": "\u0000"}], "records": [{"a": 1}]}`:  `{"records": [{"a": "\u0000"}], "records": [{"a": 1}]}`,
		`{"in": {"records": [{"a": "\u0000"}]}}`:                 `{"in": {"records": [{"a": "\u0000"}]}}`,
		`{"records": [{"a": "\u0000"}]} x`:                       `{"records": [{"a": "\u0000"}]} x`,
		`{"records": [{"a": "\u0000"}`:                           `{"records": [{"a": "\u0000"}`,
		`[{"a": "\u0000"}]`:                                      `[{"a": "\u0000"}]`,
	} {
		out, bad := text.Apart([]byte(doc), "records")
		got := string(out)
		for _, u := range bad {
			value, err := json.Marshal(u.Value)
			if err != nil || u.What == "" {
				t.Errorf("%+v, %v", u, err)
			}
			got += fmt.Sprintf(" %d %s %s %s", u.Index, u.Field, u.Place, value)
		}
		if got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", doc, got, want)
		}
	}
}

func TestValue(t *testing.T) {
	in := map[string]any{"k\x00": []any{"a\x00", map[string]any{"b": "\xff"}, 1.5, nil}, "raw": json.RawMessage(`{"x\u0000": "\ud800", "n": 12345678901234567890}`)}
	got, err := json.Marshal(text.Value(in))
	if err != nil || string(got) != `{"k`+"\ufffd"+`":["a`+"\ufffd"+`",{"b":"`+"\ufffd"+`"},1.5,null],"raw":{"n":12345678901234567890,"x`+"\ufffd"+`":"`+"\ufffd"+`"}}` {
		t.Errorf("%s, %v", got, err)
	}
}

// FuzzBadJSON holds that a document in which nothing bad is found has no text
// that cannot be stored, and that what is mended has none.
func FuzzBadJSON(f *testing.F) {
	f.Add([]byte(`{"a": ["\u0000", "\ud800\udc00"]}`))
	f.Add([]byte(`{"a": [{"b": "\u0000"}, {"c": 1}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		var v any
		if json.Unmarshal(doc, &v) != nil {
			return
		}
		place, what := text.BadJSON(doc)
		out, ok := text.Value(json.RawMessage(doc)).(json.RawMessage)
		if !ok || !utf8.Valid(out) || strings.Contains(string(out), `"\u0000"`) {
			t.Errorf("%q becomes %q", doc, out)
		}
		if rest, bad := text.Apart(doc, "a"); !json.Valid(rest) || len(bad) > 0 && what == "" {
			t.Errorf("%q leaves %q, %+v", doc, rest, bad)
		}
		if what != "" {
			return
		}
		if place != "" || !utf8.Valid(doc) {
			t.Errorf("%q: %q", doc, place)
		}
	})
}
