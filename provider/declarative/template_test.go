package declarative

import (
	"strings"
	"testing"
)

func TestTemplates(t *testing.T) {
	x := newExprs()
	s := &scope{input: map[string]any{"a": "A", "n": 12.0, "f": 0.5, "b": true, "q": `say "hi"`, "l": []any{"x", 1.0}}}
	for _, tt := range []struct {
		in      string
		text    string
		present bool
		json    string // as a body; "" is left out
	}{
		{"plain", "plain", true, `"plain"`},
		{"", "", true, `""`},
		{"{{input.a}}", "A", true, `"A"`},
		{"{{ input.n }}", "12", true, `12`},
		{"{{input.f}}", "0.5", true, `0.5`},
		{"{{input.b}}", "true", true, `true`},
		{"{{input.l}}", `["x",1]`, true, `["x",1]`},
		{"{{input.q}}", `say "hi"`, true, `"say \"hi\""`},
		{"{{input.?none}}", "", false, ``},
		{"{{optional.none()}}", "", false, ``},
		{"{{null}}", "", true, `null`},
		{"x{{input.?none}}y{{input.a}}", "xyA", true, `"xyA"`},
		{"{{input.n}}{{input.b}}", "12true", true, `"12true"`},
		{"{{ {'a': {'b': '}}'}}.a.b }}!", "}}!", true, `"}}!"`},
		{`{{ "it's }} \" fine" }}`, `it's }} " fine`, true, `"it's }} \" fine"`},
		{"a }} b", "a }} b", true, `"a }} b"`},
		{"{{ {'z': 1, 'a': [true, null]} }}", `{"a":[true,null],"z":1}`, true, `{"a":[true,null],"z":1}`},
	} {
		tmpl, err := x.compileTemplate(tt.in, requestVars)
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		text, present, err := tmpl.render(s, nil)
		if err != nil || text != tt.text || present != tt.present {
			t.Errorf("%s: text %q, %v, %v; want %q, %v", tt.in, text, present, err, tt.text, tt.present)
		}
		n, err := x.compileBody(map[string]any{"v": tt.in}, requestVars)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"v":` + tt.json + `}`
		if tt.json == "" {
			want = "{}"
		}
		if got, _, err := n.append(nil, s); err != nil || string(got) != want {
			t.Errorf("%s: body %s, %v; want %s", tt.in, got, err, want)
		}
	}
	for _, bad := range []string{"{{", "{{}}", "{{ }}", "{{input.a}", "{{ 'a }}", "{{input.}}"} {
		if _, err := x.compileTemplate(bad, requestVars); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestBodiesLeaveOutWhatIsMissing(t *testing.T) {
	n, err := newExprs().compileBody(map[string]any{
		"z": "{{input.?a}}", "m": []any{"{{input.?none}}", "{{input.?a}}", "{{input.?none}}", uint64(3)}, "o": map[string]any{"none": "{{input.?none}}"}, "k": nil,
	}, requestVars)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := n.append(nil, &scope{input: map[string]any{"a": "é\n"}})
	if want := `{"k":null,"m":["é\n",3],"o":{},"z":"é\n"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}

func TestAnExpressionHasACostLimit(t *testing.T) {
	p, err := newExprs().compile("[1,2,3,4,5,6,7,8,9,10].map(a, "+strings.Repeat("[1,2,3,4,5,6,7,8,9,10].map(a, ", 7)+"a"+strings.Repeat(")", 8), probeVars)
	if err == nil {
		_, err = p.value(&scope{})
	}
	if err == nil || !strings.Contains(err.Error(), "cost") {
		t.Errorf("a hundred million steps ran: %v", err)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"", "x", "{{a}}", "a{{ 'b}}' }}c", "{{ {'a':{}} }}", "{{", "}}", "{{{{}}}}", `{{"\"}}"}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		segments, err := splitTemplate(s)
		if err != nil {
			return
		}
		rest := s
		for _, seg := range segments { // every piece stands in the text, in order
			if seg.expr && (seg.text == "" || !strings.HasPrefix(rest, "{{")) {
				t.Fatalf("%q: expression %q", s, seg.text)
			}
			i := strings.Index(rest, seg.text)
			if i < 0 || !seg.expr && i != 0 {
				t.Fatalf("%q: %q is not at its place in %q", s, seg.text, rest)
			}
			rest = rest[i+len(seg.text):]
			if seg.expr {
				_, after, ok := strings.Cut(rest, "}}")
				if !ok || strings.TrimSpace(rest[:len(rest)-len(after)-2]) != "" {
					t.Fatalf("%q: %q is not closed", s, seg.text)
				}
				rest = after
			}
		}
		if rest != "" {
			t.Fatalf("%q: %q was lost", s, rest)
		}
	})
}
