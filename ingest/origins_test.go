package ingest

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fettle/past"
)

// TestOriginsAreAMap compares origins with a plain map.
func TestOriginsAreAMap(t *testing.T) {
	field := rapid.SampledFrom([]string{"a", "b", "c", "email", "e_2"})
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.Int64Range(1, 4).Draw(t, "base")
		o, want := origins{base: base}, map[string]int64{}
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			f, id := field.Draw(t, "field"), rapid.Int64Range(1, 4).Draw(t, "id")
			switch rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				o.put(f, id, false)
				want[f] = id
			case 1:
				o.put(f, id, true)
				want[f] = id
			default:
				o.forget(f)
				delete(want, f)
			}
		}
		for _, f := range []string{"a", "b", "c", "email", "e_2"} {
			id, ok := want[f]
			if !ok {
				id = base
			}
			if o.of(f) != id {
				t.Fatalf("%s came from %d, want %d", f, o.of(f), id)
			}
		}
		var m map[string]int64
		if err := json.Unmarshal([]byte(o.text()), &m); err != nil {
			t.Fatal(err)
		}
		fast, ok := parseOwn(o.text())
		slow, err := parseOrigins(strings.Replace(o.text(), ":", " : ", 1))
		if !ok || err != nil || !reflect.DeepEqual(fast, slow) || len(m) != len(fast.named)+1 {
			t.Fatalf("%s: %v, %v, %v", o.text(), fast, slow, err)
		}
	})
}

func TestInvalidMarks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list, want := "", map[string]bool{}
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			f, on := rapid.SampledFrom([]string{"mail", "email", "e"}).Draw(t, "field"), rapid.Bool().Draw(t, "on")
			list, want[f] = markInvalid(list, f, on), on
		}
		maps.DeleteFunc(want, func(_ string, on bool) bool { return !on })
		for _, f := range []string{"mail", "email", "e"} {
			if isInvalid(list, f) != want[f] {
				t.Fatalf("%q: %s", list, f)
			}
		}
		if (list == "") != (len(want) == 0) {
			t.Fatalf("%q for %v", list, want)
		}
	})
}

func TestValuesSurviveTheLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		v, err := past.Value("text", appendValue(nil, s))
		if want := strings.ToValidUTF8(s, "\ufffd"); err != nil || v != want {
			t.Fatalf("%q became %q, %v", s, v, err)
		}
		f := rapid.Float64().Draw(t, "f")
		if v, err := past.Value("number", appendValue(nil, f)); err != nil || v != f {
			t.Fatalf("%v became %v, %v", f, v, err)
		}
	})
}
