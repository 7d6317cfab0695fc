package identity

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"fettle"
)

// Words are the words of a name as names are compared: in lower case, without
// accents and punctuation.
func Words(name string) []string {
	var sb strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '.':
		case unicode.IsLetter(r), unicode.IsDigit(r):
			sb.WriteRune(r)
		default:
			sb.WriteByte(' ')
		}
	}
	return strings.Fields(sb.String())
}

// NamesDiffer reports whether two names say different things of whose they are:
// neither has all words of the other, in whatever order. A blank name and an
// initial differ from nothing.
func NamesDiffer(a, b string) bool {
	x, y := Words(a), Words(b)
	return len(x) > 0 && len(y) > 0 && !within(x, y) && !within(y, x)
}

// within reports whether each word of some is among those of all, or begins or
// is begun by one of them where either is an initial.
func within(some, all []string) bool {
	return !slices.ContainsFunc(some, func(w string) bool {
		return !slices.ContainsFunc(all, func(v string) bool {
			return w == v || len(w) == 1 && strings.HasPrefix(v, w) || len(v) == 1 && strings.HasPrefix(w, v)
		})
	})
}

// NameWords are the words of a name that say whose it is: without those that are
// common among the names it stands with, of companies without the legal form, and
// without initials. Where nothing else is left, they are all its words.
func NameWords(entity fettle.Entity, name string, common map[string]bool) []string {
	all := Words(name)
	if entity == fettle.Companies {
		all = companyWords(name)
	}
	own := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return common[w] || len(w) == 1 })
	if len(own) == 0 {
		return all
	}
	return own
}

// NamesUnlike reports whether the words of two names have none in common. A blank
// name is unlike nothing.
func NamesUnlike(x, y []string) bool {
	return len(x) > 0 && len(y) > 0 && !slices.ContainsFunc(x, func(w string) bool { return slices.Contains(y, w) })
}

// legalForms are the words that say what sort of company one is.
var legalForms = wordSet(`
	inc incorporated corp corporation co company llc llp lp ltd limited plc pllc pc pte pty gmbh mbh ag kg kgaa ohg ug ev se eg sa sas sarl sasu
	srl spa snc sl slu bv nv vof cv ab as asa aps oy oyj kft zrt nyrt doo dd ood ead ad jsc ojsc pjsc ooo oao zao sro spzoo spol spk zoo sp z o
	kk yk pt tbk bhd sdn gk de rl cia ltda eireli me sab cvba bvba sprl scrl the
`)

// SameCompany reports whether two names are of one company: they agree but for
// case, punctuation, accents and the legal form. A blank name agrees with all.
func SameCompany(a, b string) bool {
	x, y := companyWords(a), companyWords(b)
	return len(x) == 0 || len(y) == 0 || strings.Join(x, "") == strings.Join(y, "")
}

// companyWords are the words of a company's name without its legal form; all of
// them where nothing else is left.
func companyWords(name string) []string {
	words := Words(strings.ReplaceAll(name, "&", " and "))
	own := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return legalForms[w] })
	if len(own) == 0 {
		return words
	}
	return own
}

// CompanyName is a company's name as names are compared: in lower case, without
// accents, punctuation and the legal form.
func CompanyName(name string) string { return strings.Join(companyWords(name), " ") }
