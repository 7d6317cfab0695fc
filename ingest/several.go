package ingest

import (
	"slices"
	"strings"
	"unicode"

	"fettle"
	"fettle/identity"
)

// severalFields are the fields that identify records and companies, of which people
// write several values into one cell.
var severalFields = []string{"email", "domain", "company_domain", "linkedin_url", "phone"}

// Several takes a text apart that holds several values of a field that identifies:
// "a@acme.com; b@acme.com". Each part has to be a value by itself; nil if the text
// is one value, or something else. Valid says that the text as a whole is one, and
// clean gives the value of a part.
func Several(f fettle.Field, text string, valid bool, clean func(part string) (value any, valid bool, err error)) []string {
	if !slices.Contains(severalFields, f.Key) {
		return nil
	}
	text = strings.TrimSpace(text)
	var ways []func(rune) bool
	switch f.Type {
	case fettle.Email, fettle.Domain, fettle.LinkedIn:
		one := valid && !strings.ContainsFunc(text, unicode.IsSpace) // a web address may hold commas
		if one && (f.Type != fettle.Email || strings.Count(text, "@") < 2) {
			return nil
		}
		ways = []func(rune) bool{betweenValues, func(r rune) bool { return betweenValues(r) || unicode.IsSpace(r) }}
	case fettle.Phone:
		if valid && identity.OnePhone(text) {
			return nil
		}
		ways = []func(rune) bool{betweenValues, func(r rune) bool { return betweenValues(r) || r == '/' }}
	default:
		return nil
	}
	for _, between := range ways {
		if out := partsOf(strings.FieldsFunc(betweenWords.Replace(text), between), clean); out != nil {
			if len(out) == 1 && out[0] == text {
				return nil
			}
			return out
		}
	}
	return nil
}

// betweenWords are the words that stand between the values of a cell.
var betweenWords = strings.NewReplacer(" / ", "\n", " or ", "\n", " oder ", "\n", " and ", "\n", " und ", "\n", " & ", "\n", " et ", "\n", " y ", "\n")

// betweenValues reports whether a character stands between the values of a cell.
func betweenValues(r rune) bool { return strings.ContainsRune(";,|\n\r", r) }

// partsOf gives the different values among the parts of a text, if all of them are
// values of the field.
func partsOf(texts []string, clean func(string) (any, bool, error)) []string {
	var out []string
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if text == "" || slices.Contains(out, text) {
			continue
		}
		if value, valid, err := clean(text); err != nil || !valid || value == nil {
			return nil
		}
		out = append(out, text)
	}
	return out
}

// TakeFirst makes the first of several texts the value of the nth field of a row.
// The others are further keys of its record, where they are keys at all; it says of
// each why it is not the value.
func (r *Row) TakeFirst(f fettle.Field, n int, parts []string, clean func(string) (any, bool, error), phoneKey bool) (reasons []string) {
	for _, other := range parts[1:] {
		reason := "several values: the first, " + clip(parts[0], maxShownValue) + ", is the record's"
		value, _, err := clean(other)
		if _, isKey := keyOf(f.Entity, f.Key, value, phoneKey); isKey && err == nil {
			reason += "; this one finds the record too, where no other record has it"
			if r.further == nil {
				r.further = map[int][]any{}
			}
			r.further[n] = append(r.further[n], value)
		}
		r.branch(f, value)
		reasons = append(reasons, reason)
	}
	return reasons
}

// maxShownValue is how much of a value a reason shows, in characters.
const maxShownValue = 100

// takeFirst sets all but the first of several values of a cell aside, and keeps the
// cell as it was written. It gives the first.
func (m *mapping) takeFirst(row *Row, i int, cell string, parts []string) string {
	t := m.mapped[i]
	row.keep(m.columns[t.column], cell)
	clean := func(part string) (any, bool, error) { return m.clean(i, part) }
	for n, reason := range row.TakeFirst(t.field, i, parts, clean, m.phoneKey) {
		if t.field.Key == "company_domain" && (m.boss.name >= 0 || m.boss.id >= 0) {
			reason += "; this one finds the company that the row names too, where no other company has it"
		}
		row.aside = append(row.aside, fettle.Aside{Line: row.Line, Column: m.columns[t.column], Field: t.field.Key, Value: parts[n+1], Reason: "the cell holds " + reason})
	}
	return parts[0]
}

// several takes a cell apart that holds several values.
func (m *mapping) several(i int, cell string, valid bool) []string {
	return Several(m.mapped[i].field, cell, valid, func(part string) (any, bool, error) { return m.clean(i, part) })
}

// keysOf gives all match keys of a row, strongest first, those of further values
// included. Keys of one kind are in the order of their text, so that it does not
// matter which of the values stands first.
func (r *Row) keysOf(entity fettle.Entity, source string, at map[string]int, opts identity.Options) []identity.Key {
	get := func(field string) any {
		if i, ok := at[field]; ok {
			return r.Values[i]
		}
		return nil
	}
	keys := keysOf(entity, source, get, opts)
	r.furtherKeys = nil
	if len(r.further) == 0 {
		return keys
	}
	for field, i := range at {
		for _, value := range r.further[i] {
			for _, k := range keysOf(entity, source, only(field, value, get), opts) {
				if !slices.Contains(keys, k) {
					keys, r.furtherKeys = append(keys, k), append(r.furtherKeys, k)
				}
			}
		}
	}
	identity.SortKeys(keys)
	return keys
}

// only reads one field that identifies, with what its keys are made of besides: a
// company's name, the country of a phone.
func only(field string, value any, get func(string) any) func(string) any {
	return func(f string) any {
		switch f {
		case field:
			return value
		case "name", "country":
			return get(f)
		}
		return nil
	}
}
