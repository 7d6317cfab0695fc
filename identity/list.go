package identity

import (
	"strings"

	"fettle"
)

// commaList reports whether cells list their values with commas, as some programs
// write what others write with semicolons. A comma may also be part of a value, so
// that most of the lists must hold a value that stands alone elsewhere.
func commaList(cells []string) bool {
	alone := map[string]bool{}
	var lists []string
	for _, c := range cells {
		switch {
		case strings.ContainsAny(c, fettle.ChoiceSeparator+"\n"):
			return false
		case strings.Contains(c, ","):
			lists = append(lists, c)
		default:
			alone[strings.ToLower(strings.TrimSpace(c))] = true
		}
	}
	delete(alone, "")
	known := 0
	for _, l := range lists {
		for part := range strings.SplitSeq(l, ",") {
			if alone[strings.ToLower(strings.TrimSpace(part))] {
				known++
				break
			}
		}
	}
	return known > 0 && 2*known >= len(lists)
}

// choiceList gives a cell of a multi_select with its values between semicolons.
func choiceList(text string, habits Habits) string {
	text = strings.ReplaceAll(text, "\n", fettle.ChoiceSeparator)
	if habits.CommaList {
		text = strings.ReplaceAll(text, ",", fettle.ChoiceSeparator)
	}
	return strings.Join(fettle.SplitChoices(text), fettle.ChoiceSeparator)
}
