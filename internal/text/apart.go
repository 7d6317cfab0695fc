package text

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
)

// Unstorable is an object of a list that holds text which cannot be stored.
type Unstorable struct {
	Index int    // in the list, from 0
	Field string // the first of its keys that holds such text, made storable
	Place string // where in the object, such as name or phones[0]
	What  string // what is there
	Value any    // of the field, made storable
}

// Apart looks through the objects of a list at the top of a JSON document, and
// puts an empty object in the place of each that holds text which cannot be
// stored, so that the others can be read. Such text anywhere else stays, for
// BadJSON to find; so does everything in a document that is not well formed or
// names the list twice.
func Apart(doc []byte, list string) ([]byte, []Unstorable) {
	if _, what := mark(doc); what == "" {
		return doc, nil
	}
	var out []byte
	var bad []Unstorable
	copied, lists := 0, 0 // what of doc is in out; how often the list was seen
	d := json.NewDecoder(bytes.NewReader(doc))
	if !opens(d, '{') {
		return doc, nil
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return doc, nil
		}
		if key != list {
			var over json.RawMessage
			if d.Decode(&over) != nil {
				return doc, nil
			}
			continue
		}
		if lists++; lists > 1 || !opens(d, '[') {
			return doc, nil
		}
		for i := 0; d.More(); i++ {
			var object json.RawMessage
			if d.Decode(&object) != nil {
				return doc, nil
			}
			if u, is := unstorable(object); is {
				u.Index = i
				end := int(d.InputOffset())
				out = append(append(out, doc[copied:end-len(object)]...), "{}"...)
				bad, copied = append(bad, u), end
			}
		}
		if _, err := d.Token(); err != nil {
			return doc, nil
		}
	}
	if !json.Valid(doc) || len(bad) == 0 {
		return doc, nil
	}
	return append(out, doc[copied:]...), bad
}

// opens reports whether the next token is this bracket.
func opens(d *json.Decoder, bracket json.Delim) bool {
	t, err := d.Token()
	return err == nil && t == bracket
}

// unstorable finds the first field of an object that holds text which cannot be
// stored.
func unstorable(object []byte) (Unstorable, bool) {
	marked, what := mark(object)
	var fields map[string]any
	if what == "" || json.Unmarshal(marked, &fields) != nil {
		return Unstorable{}, false // or it is no object: whoever reads it says so
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		place, found := Storable(key), !OK(key)
		if !found {
			place, found = find(fields[key], key)
		}
		if found {
			return Unstorable{Field: Storable(key), Place: place, What: what, Value: Value(fields[key])}, true
		}
	}
	return Unstorable{}, false
}
