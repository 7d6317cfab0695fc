package stranger

import (
	"slices"
	"strings"

	"fettle/identity"
	"fettle/identity/match"
)

// countryOf is the country that a text names: a country, or a place that ends with
// one. Two letters at the end of a place are a state as often as a country (CA, DE,
// IN), and Georgia and Jersey are both: they name none.
func countryOf(s string) string {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, ',')
	if at < 0 {
		code, _ := identity.Country(s)
		return code
	}
	last := strings.TrimSpace(s[at+1:])
	if fold := strings.ToLower(last); len(last) <= 2 || fold == "georgia" || fold == "jersey" {
		return ""
	}
	code, _ := identity.Country(last)
	return code
}

// domainsOf are the domains of companies among texts: those of websites and of
// addresses at them, each once.
func domainsOf(list []string) []string {
	var out []string
	for _, s := range list {
		if _, domain, ok := strings.Cut(s, "@"); ok {
			s = domain
		}
		d, ok := identity.Domain(s)
		if ok && !identity.FreeMail(d) && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// domainAlike reports whether two domains may be one company's: they differ by
// their ending, or one begins as the other does.
func domainAlike(a, b string) bool {
	x, y := label(a), label(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	return a == b || x == y && len(x) >= 3 || len(x) >= 4 && strings.HasPrefix(y, x)
}

// label is a domain's name without its ending and without hyphens.
func label(domain string) string {
	name, _, _ := strings.Cut(domain, ".")
	return strings.ReplaceAll(name, "-", "")
}

// companyAlike reports whether two names may be one company's: the same but for
// the legal form, one within the other (a holding, a subsidiary), the initials, or a
// slip.
func companyAlike(a, b string) bool {
	if identity.SameCompany(a, b) {
		return true
	}
	x, y := strings.Fields(identity.CompanyName(a)), strings.Fields(identity.CompanyName(b))
	if len(x) > len(y) {
		x, y = y, x
	}
	if !slices.ContainsFunc(x, func(w string) bool { return !slices.Contains(y, w) }) {
		return true
	}
	s, l := strings.Join(x, ""), strings.Join(y, "")
	switch {
	case len(x) == 1 && len(y) >= 2 && len(s) >= 2 && s == initials(y):
		return true
	case len(s) >= 4 && strings.HasPrefix(l, s), len(l) >= 4 && strings.HasPrefix(s, l):
		return true
	}
	return min(len(s), len(l)) >= 6 && match.Within(s, l, min(2, min(len(s), len(l))/6))
}

// namedSo reports whether a company of a name may have a domain.
func namedSo(name, domain string) bool {
	words := strings.Fields(identity.CompanyName(name))
	s, l := strings.Join(words, ""), label(domain)
	if s == "" || l == "" {
		return false
	}
	switch {
	case s == l, len(l) >= 4 && strings.HasPrefix(s, l), len(s) >= 4 && strings.HasPrefix(l, s), len(words[0]) >= 5 && strings.HasPrefix(l, words[0]):
		return true
	case len(words) >= 2 && len(l) >= 2 && l == initials(words):
		return true
	}
	return false
}

func initials(words []string) string {
	var sb strings.Builder
	for _, w := range words {
		for _, r := range w {
			sb.WriteRune(r)
			break
		}
	}
	return sb.String()
}
