package ingest

import (
	"fettle"
	"fettle/identity"
)

// habits are what the first rows show of how a column is written.
type habits struct {
	identity.Habits
	placeholders bool // several of its values only stand for a blank
	codes        bool // most of its values are short codes, such as those of states
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
		n, filled, codes := 0, 0, map[string]int{}
		for _, row := range first {
			cell := row[t.column]
			values = append(values, cell)
			switch {
			case identity.PlaceholderOf(cell) != identity.NoPlaceholder:
				n++
			case identity.IsCode(cell):
				codes[cell]++
				filled++
			case cell != "":
				filled++
			}
		}
		ofCodes := 0
		for _, n := range codes {
			ofCodes += n
		}
		m.habits[i] = habits{
			Habits: identity.HabitsOf(t.field.Type, values), placeholders: n >= fewestPlaceholders, codes: len(codes) >= fewestCodes && 2*ofCodes > filled,
		}
	}
}

// fewestCodes is how many different codes a column must have to be one of codes.
const fewestCodes = 2

// isBlank reports whether a cell only stands for a blank. Among codes, one that
// is a word for nothing elsewhere is one of them: ND is North Dakota.
func (m *mapping) isBlank(i int, cell string) bool {
	if m.habits[i].codes && m.mapped[i].field.Type == fettle.Text && identity.IsCode(cell) && identity.PlaceholderOf(cell) == identity.MayBePlaceholder {
		return false
	}
	return identity.StandsForBlank(m.mapped[i].field, cell, m.habits[i].placeholders)
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
