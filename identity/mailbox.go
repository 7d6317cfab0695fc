package identity

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

//go:embed roles.txt
var rolesTXT string

//go:embed regions.txt
var regionsTXT string

// roles are the functions that share a mailbox, without marks and accents, in
// the languages in which company sites are written.
var roles = sync.OnceValue(func() map[string]bool { return listSet(rolesTXT) })

// regions are what a mailbox of a function is divided by: countries, their
// codes, parts of the world, large cities, and words such as team.
var regions = sync.OnceValue(func() map[string]bool {
	set := listSet(regionsTXT)
	for name, code := range countries() {
		if len(name) > 3 { // a code of three letters may be a name: Ben
			set[strings.ReplaceAll(name, " ", "")] = true
		}
		set[lower(code)] = true
	}
	return set
})

// listSet reads an embedded list of words; a line that begins with # is a
// comment.
func listSet(text string) map[string]bool {
	set := make(map[string]bool, len(text)/8)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			set[foldMailbox(word)] = true
		}
	}
	return set
}

// RoleMailbox reports whether the local part of an address names a function
// rather than a person: info, sales, no-reply, empfang, sales.de, info-berlin.
// Tags and digits at the end are looked through.
func RoleMailbox(local string) bool {
	local, _, _ = strings.Cut(lower(local), "+")
	return slices.ContainsFunc(foldings(local), roleName)
}

// roleName looks at a folded local part as one word, then as several.
func roleName(local string) bool {
	words := strings.FieldsFunc(local, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	if whole := strings.Join(words, ""); isRole(whole) {
		return true
	}
	named := 0
	for i, w := range words {
		switch {
		case isRole(w) && (i == 0 || !surnames[w]): // "jo.root" is a person
			named++
		case regions()[w], digits(w), linkWords[w]:
		case i > 0 && words[0] == "info": // nobody is called Info
		default:
			return false
		}
	}
	return named > 0 && len(words) > 1
}

// isRole looks up one word, without the digits at its end: sales2 is sales.
func isRole(word string) bool {
	if roles()[word] {
		return true
	}
	bare := strings.TrimRight(word, "0123456789")
	return len(bare) >= 4 && bare != word && roles()[bare]
}

// surnames are roles that are people's names too: behind another word they are.
var surnames = wordSet(`post root page list store test board book bell key main may hall art trust hall branch parts plant cook care chat hey staff press general ap ar it pr hr rh me ir is spa`)

// linkWords join the words of a mailbox's name.
var linkWords = wordSet(`and und et y e i a de del della di da do dos das der die das den of the for fuer pour para per at im in na og och ja ve`)

// foldings are the ways to write a local part without accents: ü is u or ue.
func foldings(local string) []string {
	if asciiOnly(local) {
		return []string{local}
	}
	long := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa").Replace(local)
	out := []string{foldMailbox(local)}
	if long != local {
		out = append(out, foldMailbox(long))
	}
	return out
}

// foldMailbox is a word in lower case, without accents.
func foldMailbox(word string) string {
	word = lower(word)
	if asciiOnly(word) {
		return word
	}
	word = strings.NewReplacer("ß", "ss", "ł", "l", "ø", "o", "æ", "ae", "œ", "oe", "đ", "d", "ð", "d", "þ", "th", "ı", "i").Replace(word)
	bare := strings.Map(func(r rune) rune {
		if unicode.IsMark(r) {
			return -1
		}
		return r
	}, norm.NFD.String(word))
	return norm.NFC.String(bare)
}
