package signal

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
)

// Fold is a value as changes are compared: case, white space, punctuation,
// accents and, of a company's name, the legal form make no difference. Blank is
// "".
func Fold(f fettle.Field, v any) string {
	if v == nil {
		return ""
	}
	text := fettle.FormatValue(v)
	switch f.Type {
	case fettle.Domain:
		return key(identity.Domain, text)
	case fettle.LinkedIn:
		return key(identity.LinkedIn, text)
	case fettle.Email:
		return key(identity.Email, text)
	case fettle.URL:
		return strings.TrimSuffix(plain(text), "/")
	case fettle.Phone:
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, text)
	case fettle.MultiSelect:
		parts := strings.Split(plain(text), ";")
		slices.Sort(parts)
		return strings.Join(parts, ";")
	case fettle.JSON:
		return canonical(text)
	case fettle.Number, fettle.Currency, fettle.Boolean, fettle.Date, fettle.Timestamp:
		return text
	case fettle.Text, fettle.Country, fettle.Select:
	}
	if f.Entity == fettle.Companies && f.Key == "name" {
		return company(text)
	}
	return FoldText(f.Key, text)
}

// FoldText is Fold for one of the texts by name that a signal holds.
func FoldText(name, text string) string {
	switch {
	case namesCompany(name):
		return company(text)
	case strings.HasPrefix(name, "linkedin"):
		return key(identity.LinkedIn, text)
	}
	return words(text)
}

// Folded folds all texts of a signal. Blank ones are left out.
func Folded(values map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range values {
		if k := FoldText(name, text); k != "" {
			out[name] = k
		}
	}
	return out
}

// namesCompany reports whether a value of that name says which company it is.
func namesCompany(name string) bool {
	return slices.ContainsFunc(strings.Split(name, "_"), func(w string) bool {
		return w == "company" || w == "employer" || w == "organization" || w == "organisation"
	})
}

// company is a company as it is compared: its domain, or its name without the
// legal form.
func company(text string) string {
	if !strings.ContainsAny(strings.TrimSpace(text), " \t\n") && strings.Contains(text, ".") {
		if k, ok := identity.Domain(text); ok {
			return k
		}
	}
	if k := identity.CompanyName(text); k != "" {
		return k
	}
	return plain(text)
}

func key(of func(string) (string, bool), text string) string {
	if k, ok := of(text); ok {
		return k
	}
	return plain(text)
}

func words(text string) string {
	if w := identity.Words(strings.ReplaceAll(text, "&", " and ")); len(w) > 0 {
		return strings.Join(w, " ")
	}
	return plain(text)
}

// plain folds what has no words: case and white space alone.
func plain(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }

// canonical is a JSON document without what its writing alone decides.
func canonical(text string) string {
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return text
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return text
	}
	return string(b)
}

// agree reports whether two folded signals say nothing different: they are equal
// in every value that both have.
func agree(a, b map[string]string) bool {
	for name, v := range a {
		if w, ok := b[name]; ok && w != v {
			return false
		}
	}
	return true
}

// share reports whether both have a value of one name.
func share(a, b map[string]string) bool {
	for name := range a {
		if _, ok := b[name]; ok {
			return true
		}
	}
	return false
}

// kindOf is the kind of a change as its values tell it; "" where they name
// neither a company nor a title.
func kindOf(from, to map[string]string, left bool) string {
	was, is := of(from, namesCompany), of(to, namesCompany)
	if was != "" && is != "" && was != is {
		return fettle.KindMoved
	}
	isTitle := func(name string) bool { return name == "title" || strings.HasSuffix(name, "_title") }
	before, now := of(from, isTitle), of(to, isTitle)
	switch {
	case left && (was != "" && is == "" || was == "" && before != "" && now == ""):
		return fettle.KindLeft
	case before != "" && now != "" && before != now:
		return fettle.KindRetitled
	}
	return ""
}

// of joins the values whose names are asked for.
func of(values map[string]string, asked func(string) bool) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if asked(name) {
			out = append(out, values[name])
		}
	}
	return strings.Join(out, "\x00")
}
