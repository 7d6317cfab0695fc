package csv

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"fettle"
)

// AutoMap guesses which column holds which field, by name: the field's key and
// label first, then what other tools call it. A field gets one column, a column
// one field; columns that fit nothing are left out.
func AutoMap(columns []string, fields []fettle.Field) map[string]string {
	mapped := make(map[string]string)
	used := make(map[string]bool)
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = plainName(c)
	}
	assign := func(field string, accept func(i int) bool) {
		for i, column := range columns {
			if _, taken := mapped[column]; !used[field] && !taken && accept(i) {
				mapped[column], used[field] = field, true
			}
		}
	}
	for _, f := range fields {
		assign(f.Key, func(i int) bool { return columns[i] == f.Key })
	}
	for _, f := range fields {
		assign(f.Key, func(i int) bool {
			return names[i] != "" && (names[i] == plainName(f.Key) || names[i] == plainName(f.Label))
		})
	}
	for _, f := range fields {
		for _, synonym := range synonyms(f) {
			assign(f.Key, func(i int) bool { return names[i] == synonym })
		}
	}
	for _, f := range fields {
		if !slices.Contains(oftenSeveral, f.Key) {
			continue
		}
		for _, synonym := range append([]string{plainName(f.Key)}, synonyms(f)...) {
			assign(f.Key, func(i int) bool { return oneOfSeveral(names[i], synonym) })
		}
	}
	return mapped
}

// oftenSeveral are the fields of which a record has several elsewhere: their
// headings are plurals there ("Email addresses"), or say which one it is ("Primary
// location").
var oftenSeveral = []string{"email", "phone", "linkedin_url", "domain", "company_domain", "location"}

// oneOfSeveral reports whether a heading is a plural of a name, or says that it is
// the first of several.
func oneOfSeveral(heading, name string) bool {
	for _, first := range []string{"", "primary", "main"} {
		if rest, ok := strings.CutPrefix(heading, first); ok && (rest == name && first != "" || rest == name+"s" || rest == name+"es") {
			return true
		}
	}
	return false
}

// plainName folds case, accents and everything but letters and digits. The __c of
// fields that people have added to Salesforce goes too.
func plainName(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.TrimSuffix(strings.ToLower(s), "__c")) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		case r == '#':
			b.WriteString("number")
		}
	}
	return b.String()
}

// synonyms are the plain names of a default field in exports of CRMs and lead
// databases, the likelier first. Fields that people add have none.
func synonyms(f fettle.Field) []string {
	switch f.Entity {
	case fettle.People:
		return strings.Fields(peopleNames[f.Key])
	case fettle.Companies:
		return strings.Fields(companyNames[f.Key])
	}
	return nil
}
