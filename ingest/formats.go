package ingest

import (
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
)

// firstRows is how many rows are looked at to find a column of ids.
const firstRows = 1000

// formats counts, over the rows of a file, the values of a bad format and the
// rows that nothing identifies. One goroutine counts; it is read after.
type formats struct {
	unidentified int64
	columns      []fettle.InvalidColumn // aligned with the mapped columns
	blanks       []fettle.Placeholders  // likewise
	setAside     int64
	aside        []fettle.Aside // the first
}

// count counts a row whose keys are known.
func (f *formats) count(row *Row) {
	if len(row.keys) == 0 {
		f.unidentified++
	}
	if f.columns == nil {
		f.columns = make([]fettle.InvalidColumn, len(row.Values))
	}
	f.setAside += int64(len(row.aside))
	for _, a := range row.aside[:min(len(row.aside), shownRejects-len(f.aside))] {
		a.Value = firstOf(a.Value)
		f.aside = append(f.aside, a)
	}
	for i, v := range row.Values {
		if v == nil {
			continue
		}
		c := &f.columns[i]
		c.Values++
		if row.Invalid == nil || !row.Invalid[i] {
			continue
		}
		if c.Invalid++; c.Example == "" {
			c.Example = firstOf(fettle.FormatValue(v))
		}
	}
}

// placeholder counts a cell that stood for a blank.
func (f *formats) placeholder(m *mapping, column int, cell string) {
	const shown = 5
	if f.blanks == nil {
		f.blanks = make([]fettle.Placeholders, len(m.mapped))
	}
	b := &f.blanks[column]
	b.Values++
	if word := firstOf(strings.TrimSpace(cell)); len(b.Words) < shown && !slices.Contains(b.Words, word) {
		b.Words = append(b.Words, word)
	}
}

// placeholders gives the columns with values that stood for a blank.
func (f *formats) placeholders(m *mapping) []fettle.Placeholders {
	var out []fettle.Placeholders
	for i, b := range f.blanks {
		if b.Values > 0 {
			b.Column, b.Field = m.columns[m.mapped[i].column], m.mapped[i].field.Key
			out = append(out, b)
		}
	}
	return out
}

// firstOf is as much of a value as a message shows.
func firstOf(text string) string { return clip(text, 60) }

// clip cuts a text at a character's start.
func clip(text string, most int) string {
	for i := range text {
		if i >= most {
			return text[:i] + "…"
		}
	}
	return text
}

// invalid gives the columns with values of a bad format.
func (f *formats) invalid(m *mapping) []fettle.InvalidColumn {
	var out []fettle.InvalidColumn
	for i, c := range f.columns {
		if c.Invalid == 0 {
			continue
		}
		t := m.mapped[i]
		c.Column, c.Field, c.Type = m.columns[t.column], t.field.Key, t.field.Type
		out = append(out, c)
	}
	return out
}

// phoneRegion checks the country of phones; "" is none.
func phoneRegion(country string) (string, error) {
	if country == "" {
		return "", nil
	}
	region, ok := identity.PhoneRegion(country)
	if !ok {
		return "", fettle.Errorf(fettle.Invalid, "%.40q is not a country with phone numbers", country).WithHint("Use its code of two letters, such as US or DE.").With("field", "region")
	}
	return region, nil
}
