package identity

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// countryLanguages are the languages in whose names countries are recognised.
const countryLanguages = `de fr es it pt nl pl sv da nb nn fi is et lv lt cs sk hu ro bg hr sr sl mk sq el tr ru uk be ka hy az kk he ar fa hi bn ta th vi id ms fil sw af ca gl eu cy ga ja ko zh zh-Hant`

// countryNames are the names of countries in other languages than English, folded. A
// name that two countries have in different languages is that of none. They are
// gathered when one is first asked for that the table of English names lacks.
var countryNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{}
	codes := slices.Compact(slices.Sorted(maps.Values(countries())))
	for tag := range strings.FieldsSeq(countryLanguages) {
		in := display.Regions(language.MustParse(tag))
		for _, code := range codes {
			region, err := language.ParseRegion(code)
			if in == nil || err != nil {
				continue
			}
			name := foldCountry(in.Name(region))
			if utf8.RuneCountInString(name) < 2 || len(name) < 4 {
				continue // as short as a code
			}
			if other, taken := names[name]; taken && other != code {
				names[name] = ""
				continue
			}
			names[name] = code
		}
	}
	maps.DeleteFunc(names, func(_, code string) bool { return code == "" })
	return names
})

// flagOf reads the sign of a flag, which two letters of a kind of their own make up.
func flagOf(s string) (code string, ok bool) {
	const first, last = '\U0001F1E6', '\U0001F1FF'
	var b strings.Builder
	for _, r := range s {
		if r < first || r > last {
			return "", false
		}
		b.WriteByte(byte('a' + r - first)) //nolint:gosec // a letter
	}
	return b.String(), b.Len() == 2
}

// countryParts are the ways in which a text may say one country twice: "Germany (DE)",
// "DE - Germany", "België / Belgique".
func countryParts(s string) []string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("()/|[]", r) })
	if len(parts) == 1 {
		parts = strings.Split(s, " - ")
	}
	return parts
}
