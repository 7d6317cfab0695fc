package ingest

import (
	"slices"
	"strings"
	"unicode"

	"fettle"
)

// severalFields are the fields that identify records and companies, of which people
// write several values into one cell.
var severalFields = []string{"email", "domain", "company_domain", "linkedin_url"}

// several takes a cell apart that holds several values of a field that identifies:
// "a@acme.com; b@acme.com". Each part has to be a value by itself; nil if the cell is
// one value, or something else.
func (m *mapping) several(i int, cell string, valid bool) []string {
	t := m.mapped[i].field
	if t.Type != fettle.Email && t.Type != fettle.Domain && t.Type != fettle.LinkedIn || !slices.Contains(severalFields, t.Key) {
		return nil
	}
	cell = strings.TrimSpace(cell)
	one := valid && !strings.ContainsFunc(cell, unicode.IsSpace) // a web address may hold commas
	if one && (t.Type != fettle.Email || strings.Count(cell, "@") < 2) {
		return nil
	}
	between := func(r rune) bool { return strings.ContainsRune(";,|\n\r", r) }
	parts := m.parts(i, strings.FieldsFunc(cell, between))
	if parts == nil {
		parts = m.parts(i, strings.FieldsFunc(cell, func(r rune) bool { return between(r) || unicode.IsSpace(r) }))
	}
	if len(parts) == 1 && parts[0] == cell {
		return nil
	}
	return parts
}

// parts gives the different values among the parts of a cell, if all of them are
// values of the field.
func (m *mapping) parts(i int, texts []string) []string {
	var out []string
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if text == "" || slices.Contains(out, text) {
			continue
		}
		if value, valid, err := m.clean(i, text); err != nil || !valid || value == nil {
			return nil
		}
		out = append(out, text)
	}
	return out
}

// takeFirst sets all but the first of several values aside, and keeps the cell as it
// was written. It gives the first.
func (m *mapping) takeFirst(row *Row, i int, cell string, parts []string) string {
	t := m.mapped[i]
	row.keep(m.columns[t.column], cell)
	for _, other := range parts[1:] {
		row.aside = append(row.aside, fettle.Aside{
			Line: row.Line, Column: m.columns[t.column], Field: t.field.Key, Value: other,
			Reason: "the cell holds several values: the first, " + clip(parts[0], maxShownValue) + ", is the record's",
		})
	}
	return parts[0]
}

// maxShownValue is how much of a value a reason shows, in characters.
const maxShownValue = 100
