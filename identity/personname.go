package identity

import (
	"slices"
	"strings"
	"unicode"
)

// JoinName gives the name of a person of first and last name.
func JoinName(first, last string) string {
	return strings.Join(strings.Fields(first+" "+last), " ")
}

// SplitName gives the first and last name of a person's name where that is
// certain: of "Last, First", and of two words of one alphabet whose names begin
// with the first name. An initial is no name, and what is before or behind a name
// (Dr., PhD) is none of its words.
func SplitName(name string) (first, last string, ok bool) {
	before, after, comma := strings.Cut(name, ",")
	if comma {
		last, first = strings.Join(strings.Fields(before), " "), strings.Join(strings.Fields(after), " ")
		ok = !strings.Contains(after, ",") && len(strings.Fields(first)) <= 2 && len(strings.Fields(last)) <= 3
	} else {
		words := strings.Fields(name)
		if len(words) != 2 {
			return "", "", false
		}
		first, last, ok = words[0], words[1], true
	}
	script := scriptOf(first + last)
	ok = ok && script != nil && !atName[plainWord(first)] && !atName[plainWord(last)] && isName(first) && isName(last)
	if !ok {
		return "", "", false
	}
	return first, last, true
}

// atName are words beside names: titles, degrees, generations, and what stands for
// a team rather than for a person.
var atName = wordSet(`
	mr mrs ms miss mx dr prof professor sir dame lord lady rev fr sr jr ii iii iv hon capt col gen sgt herr frau mme mlle sig dott ing dipl mag don dona
	phd md mba ma msc bsc ba bs jd esq cpa cfa dds dvm rn pe pmp llm llb mph edd cissp
	team info sales support office admin department dept service services group inc llc ltd gmbh the and
`)

// plainWord is a word without case, points and other punctuation.
func plainWord(s string) string { return strings.Join(Words(s), "") }

// isName reports whether each word is one of at least two letters, with nothing
// but what is within names, and not all in capitals as abbreviations are, unless
// it is long.
func isName(s string) bool {
	for w := range strings.FieldsSeq(s) {
		letters, small := 0, false
		for _, r := range w {
			switch {
			case unicode.IsLetter(r):
				letters++
				small = small || !unicode.IsUpper(r)
			case unicode.Is(unicode.Mn, r), r == '-', r == '\'', r == '’', r == '‐':
			default:
				return false
			}
		}
		if letters < 2 || (!small && letters < 4) {
			return false
		}
	}
	return s != ""
}

// scripts are the alphabets in which names begin with the first name.
var scripts = []*unicode.RangeTable{unicode.Latin, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Georgian, unicode.Hebrew, unicode.Arabic, unicode.Devanagari}

// scriptOf is the alphabet of all letters of a text; nil if there are several, or
// one whose names begin with the family's.
func scriptOf(s string) *unicode.RangeTable {
	for _, t := range scripts {
		all := true
		for _, r := range s {
			all = all && (!unicode.IsLetter(r) || unicode.Is(t, r))
		}
		if all {
			return t
		}
	}
	return nil
}

// PersonWords are the words of a person's name as names are compared: without what
// is before or behind a name (Dr., PhD), unless nothing else is left.
func PersonWords(name string) []string {
	all := Words(name)
	own := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return atName[w] })
	if len(own) < 2 {
		return all
	}
	return own
}
