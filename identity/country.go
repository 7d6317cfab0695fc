package identity

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed countries.tsv
var countriesTSV string

// countries maps every name and code, folded, to the alpha-2 code. It is read
// from the embedded table when first asked.
var countries = sync.OnceValue(func() map[string]string {
	table := make(map[string]string, 1200)
	for line := range strings.Lines(countriesTSV) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "#") {
			continue
		}
		cols := strings.Split(line, "\t")
		for _, name := range cols[:3] {
			table[foldCountry(name)] = cols[0]
		}
		for alias := range strings.SplitSeq(cols[3], ";") {
			if alias = foldCountry(alias); alias != "" {
				table[alias] = cols[0]
			}
		}
	}
	return table
})

// Country recognises an ISO 3166 alpha-2 or alpha-3 code, a name of a country in
// English or another language, or its flag, and gives its alpha-2 code. A text that
// says the same country twice ("Germany (DE)") is that country.
func Country(s string) (alpha2 string, ok bool) {
	if s == "" || len(s) > 100 {
		return "", false
	}
	if alpha2, ok = countryNamed(s); ok {
		return alpha2, true
	}
	for _, part := range countryParts(s) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		code, known := countryNamed(part)
		if !known || alpha2 != "" && code != alpha2 {
			return "", false
		}
		alpha2 = code
	}
	return alpha2, alpha2 != ""
}

// countryNamed is Country of a text that says it once.
func countryNamed(s string) (alpha2 string, ok bool) {
	folded := foldCountry(s)
	if flag, ok := flagOf(strings.TrimSpace(s)); ok {
		folded = flag
	}
	if alpha2, ok = countries()[folded]; !ok {
		alpha2, ok = countryNames()[folded]
	}
	return alpha2, ok
}

// foldCountry folds case, accents, marks, "&" and "St." of a country's name,
// and drops a leading "the".
func foldCountry(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ReplaceAll(strings.ToLower(s), "&", " and ")) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		case unicode.IsMark(r), r == '.', r == '\'', r == '’', r == '‘', r == '`':
		default:
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	for i, w := range words {
		if w == "st" && len(words) > 1 {
			words[i] = "saint"
		}
	}
	if len(words) > 1 && words[0] == "the" {
		words = words[1:]
	}
	return strings.Join(words, " ")
}
