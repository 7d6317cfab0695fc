// Package text makes text storable: what neither database holds, or only one
// of them, is NUL and what is no UTF-8. Text that a machine sent is mended at
// the door where it enters; a person's is refused there, by name.
package text

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// OK reports whether both databases hold the text as it is.
func OK(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

// Storable gives the text with U+FFFD in the place of NUL and of what is no
// UTF-8.
func Storable(s string) string {
	if OK(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// Clip cuts text to so many characters, and shows that it was cut.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// Value gives a value as a decoder of JSON makes it with all of its text made
// storable, keys included. It changes nothing in place.
func Value(v any) any {
	switch v := v.(type) {
	case string:
		return Storable(v)
	case json.RawMessage:
		return raw(v)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = Value(x)
		}
		return out
	case map[string]any:
		return Map(v)
	}
	return v
}

// Map is Value of a map; nil stays nil.
func Map(m map[string]any) map[string]any {
	if m == nil {
		return nil
	}
	out := make(map[string]any, len(m))
	for k, x := range m {
		out[Storable(k)] = Value(x)
	}
	return out
}

// raw makes a document storable. What is no document is left to its reader,
// who refuses it.
func raw(doc json.RawMessage) json.RawMessage {
	if _, what := BadJSON(doc); what == "" {
		return doc
	}
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return doc
	}
	out, err := json.Marshal(Value(v))
	if err != nil {
		return doc
	}
	return out
}

// BadJSON finds text in a JSON document that cannot be stored: a NUL, bytes
// that are no UTF-8, half of a surrogate pair, which encoding/json replaces
// without a word. It names the place, such as records[3].name, and what is
// there; "" if there is none, or if the document is none.
func BadJSON(doc []byte) (place, what string) {
	marked, what := mark(doc)
	if what == "" {
		return "", ""
	}
	d := json.NewDecoder(bytes.NewReader(marked))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return "", "" // whoever reads it says what is wrong
	}
	if p, found := find(v, ""); found {
		return strings.TrimPrefix(p, "."), what
	}
	return "", ""
}

// nul is NUL as JSON writes it.
const nul = `\u0000`

// mark gives the document with a NUL in the place of everything that cannot be
// stored, and says what the first of that is.
func mark(doc []byte) (marked []byte, what string) {
	from := 0 // what is not copied yet
	bad := func(at, size int, w string) {
		if what == "" {
			what = w
		}
		marked = append(append(marked, doc[from:at]...), nul...)
		from = at + size
	}
	for i := 0; i < len(doc); {
		c := doc[i]
		switch {
		case c == '\\':
			size, w := escape(doc[i:])
			if w != "" {
				bad(i, size, w)
			}
			i += size
		case c < utf8.RuneSelf:
			i++
		default:
			r, size := utf8.DecodeRune(doc[i:])
			if r == utf8.RuneError && size == 1 {
				bad(i, 1, "what is not UTF-8")
			}
			i += size
		}
	}
	if what == "" {
		return doc, ""
	}
	return append(marked, doc[from:]...), what
}

// escape gives the length of the escape at the beginning of s, and what is bad
// about it.
func escape(s []byte) (size int, what string) {
	r, ok := unit(s)
	switch {
	case !ok:
		return min(2, len(s)), ""
	case r == 0:
		return 6, "a NUL character"
	case r < 0xd800 || r > 0xdfff:
		return 6, ""
	}
	if low, ok := unit(s[6:]); ok && r < 0xdc00 && low >= 0xdc00 && low <= 0xdfff {
		return 12, ""
	}
	return 6, "half of a character (a lone surrogate)"
}

// unit reads \uXXXX.
func unit(s []byte) (uint64, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	return n, err == nil
}

// find gives the place of the first text with a NUL.
func find(v any, at string) (string, bool) {
	switch v := v.(type) {
	case string:
		return at, !OK(v)
	case []any:
		for i, x := range v {
			if p, found := find(x, fmt.Sprintf("%s[%d]", at, i)); found {
				return p, true
			}
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if !OK(k) {
				return at + "." + Storable(k), true
			}
			if p, found := find(v[k], at+"."+k); found {
				return p, true
			}
		}
	}
	return "", false
}
