package ingest

import (
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
)

// habits are what the first rows show of how a column is written.
type habits struct {
	identity.Habits
	placeholders bool              // several of its values only stand for a blank
	code         identity.CodeForm // of the short codes that most of its values are, such as those of states
	nothing      map[string]int    // of a column of codes or countries: how often a word stands for a blank in other columns
}

// fewestPlaceholders is how many values of a column must stand for a blank
// before words that can be values too are taken for that.
const fewestPlaceholders = 2

// learn looks through the first rows for the habits of the mapped columns.
func (m *mapping) learn(first [][]string) {
	m.habits = make([]habits, len(m.mapped))
	values := make([]string, 0, len(first))
	for i, t := range m.mapped {
		values = values[:0]
		n := 0
		for _, row := range first {
			values = append(values, row[t.column])
			if identity.PlaceholderOf(row[t.column]) != identity.NoPlaceholder {
				n++
			}
		}
		m.habits[i] = habits{Habits: identity.HabitsOf(t.field.Type, values), placeholders: n >= fewestPlaceholders}
		if commasIn(t.field.Options) {
			m.habits[i].CommaList = false
		}
		if identity.ThreeDecimals(t.field.Currency) {
			m.habits[i].Thousands = false
		}
		if mayHoldCodes(t.field) {
			m.habits[i].code = codesOf(values)
		}
	}
	nothing := map[string]int{}
	for i, t := range m.mapped {
		if m.habits[i].code != identity.NoCode || t.field.Type == fettle.Country {
			m.habits[i].nothing = nothing
			continue
		}
		for _, row := range first {
			cell := strings.TrimSpace(row[t.column])
			if maybeCode(cell) && m.isBlank(i, cell) && identity.StandsForBlank(fettle.Field{Type: fettle.Text}, cell, true) { // "no" is an answer
				nothing[cell]++
			}
		}
	}
}

// commasIn reports whether a value of a select holds a comma, which stands between
// none then.
func commasIn(options []string) bool {
	return slices.ContainsFunc(options, func(o string) bool { return strings.Contains(o, ",") })
}

// mayHoldCodes reports whether a field can be one of codes. An external id that
// many rows have would make them one, so that of these a word for nothing is none.
func mayHoldCodes(f fettle.Field) bool {
	return (f.Type == fettle.Text || f.Type.Choices()) && f.Key != "external_id"
}

// fewestCodes is how many different codes a column must have to be one of codes.
const fewestCodes = 2

// codesOf gives the form of the short codes that most values of a column are.
func codesOf(values []string) identity.CodeForm {
	filled := 0
	count, different := map[identity.CodeForm]int{}, map[identity.CodeForm]map[string]bool{identity.CapitalCode: {}, identity.SmallCode: {}}
	for _, v := range values {
		v = strings.TrimSpace(v)
		if v == "" || identity.PlaceholderOf(v) != identity.NoPlaceholder {
			continue
		}
		filled++
		if form := identity.CodeFormOf(v); form != identity.NoCode {
			count[form]++
			different[form][v] = true
		}
	}
	for form, seen := range different {
		if len(seen) >= fewestCodes && 2*count[form] > filled {
			return form
		}
	}
	return identity.NoCode
}

// maybeCode reports whether a word that may stand for nothing is a code somewhere:
// ND is North Dakota, SD South Dakota, NA North America. Longer ones (TBD, NONE)
// are no codes.
func maybeCode(word string) bool {
	return len(word) == 2 && identity.CodeFormOf(word) != identity.NoCode && identity.PlaceholderOf(word) == identity.MayBePlaceholder
}

// isBlank reports whether a cell only stands for a blank. Among codes of its form a
// word for nothing is one of them, unless the file writes it for nothing elsewhere,
// as R does with NA; then it is no country either.
func (m *mapping) isBlank(i int, cell string) bool {
	h, f := &m.habits[i], m.mapped[i].field
	if h.Ticks && identity.IsTick(cell) {
		return false
	}
	if word := strings.TrimSpace(cell); h.nothing != nil && maybeCode(word) {
		switch elsewhere := h.nothing[word] >= fewestPlaceholders; {
		case f.Type == fettle.Country && elsewhere:
			return true
		case identity.CodeFormOf(word) == h.code && !elsewhere:
			return false
		}
	}
	return identity.StandsForBlank(f, cell, h.placeholders)
}

// clean gives the value of a cell.
func (m *mapping) clean(i int, cell string) (value any, valid bool, err error) {
	field := m.mapped[i].field
	if field.Key == "external_id" && identity.RoundedID(cell) {
		return nil, false, fettle.Errorf(fettle.Invalid, "a spreadsheet has rounded this id, so that it may be that of other rows too").
			WithHint("Format the column as text before you save the file, or export it again from where it comes.")
	}
	if err := identity.SameCurrency(field, cell); err != nil {
		return nil, false, err
	}
	return identity.CleanAs(field.Type, cell, m.habits[i].Habits)
}
