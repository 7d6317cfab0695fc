package store

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"fettle"
)

// A select sorts by the order of its options, not by their text: "New" before
// "Won" because the list of options says so. A multi_select sorts by the first of
// its values, which are stored in that order. A value that the field does not
// know comes behind all that it knows, by its text.

// Places of options, as characters of the list of all of them. Their texts have
// one length, so that they compare as numbers.
const (
	knownPlace   = 1_000_000
	unknownPlace = 2_000_000
	optionEnd    = "\n" // no option holds a line break
)

// byChoice sorts by the place of a value in the field's list of options, and then
// by the value itself.
func (d dialect) byChoice(f fettle.Field) sorting {
	list := optionEnd + strings.Join(f.Options, optionEnd) + optionEnd
	first := func(col string) string {
		if f.Type == fettle.MultiSelect {
			all := col + " || '" + fettle.ChoiceSeparator + "'"
			return "substr(" + col + ", 1, " + d.position + "(" + all + ", '" + fettle.ChoiceSeparator + "') - 1)"
		}
		return col
	}
	return sorting{
		typ: fettle.Text,
		column: func(args *[]any) string {
			*args = append(*args, list)
			col := "r." + column(f.Key)
			place := d.position + "(CAST($" + strconv.Itoa(len(*args)) + " AS TEXT), '" + optionEnd + "' || " + first(col) + " || '" + optionEnd + "')"
			return "(CAST(CASE " + place + " WHEN 0 THEN " + strconv.Itoa(unknownPlace) + " ELSE " + strconv.Itoa(knownPlace) + " + " + place + " END AS TEXT) || " + col + ")"
		},
		value: func(r *Record) any {
			v, ok := r.Value(f.Key).(string)
			if !ok {
				return nil
			}
			return choicePlace(f.Type, list, v)
		},
	}
}

// choicePlace is what byChoice has the database sort by.
func choicePlace(t fettle.FieldType, list, v string) string {
	first := v
	if t == fettle.MultiSelect {
		first, _, _ = strings.Cut(v, fettle.ChoiceSeparator)
	}
	at := strings.Index(list, optionEnd+first+optionEnd)
	if at < 0 {
		return strconv.Itoa(unknownPlace) + v
	}
	return strconv.Itoa(knownPlace+1+utf8.RuneCountInString(list[:at])) + v
}
