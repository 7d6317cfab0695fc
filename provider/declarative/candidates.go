package declarative

import (
	"strings"
	"unicode"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"fettle"
	"fettle/provider"
)

// preferBonus is what a preferred candidate is ahead of an equal one: enough
// to decide between close names, too little to beat a clearly better one.
const preferBonus = 0.05

// choose takes the best of several candidates; a result without one that is
// good enough is not found. Without the input that names are compared with,
// the provider's own order stands.
func (o *Operation) choose(s *scope, res *provider.Result) {
	from, err := o.c.cand.from.value(s)
	list, ok := from.(traits.Lister)
	if err != nil || !ok {
		res.Outcome, res.Message = provider.Unknown, "the answer has no list of candidates"
		return
	}
	asked := ""
	if v, ok := s.input[o.c.cand.matchOn]; ok {
		asked = fettle.FormatValue(v)
	}
	best := -1.0
	for it := list.Iterator(); it.HasNext() == types.True; {
		c := it.Next()
		if score, ok := o.score(s, c, asked); ok && score > best {
			best, s.best = score, c
		}
	}
	if s.best == nil {
		res.Outcome, res.Message = provider.NotFound, "no candidate is like enough"
	}
}

// score rates a candidate; ok is false for one that is not like enough.
func (o *Operation) score(s *scope, c ref.Val, asked string) (score float64, ok bool) {
	p := o.c.cand
	s.c = c
	if asked != "" {
		v, err := p.name.value(s)
		if err != nil || v == nil || isNull(v) {
			return 0, false
		}
		name, err := toText(v)
		if err != nil {
			return 0, false
		}
		if score = Similarity(asked, name); score < p.minScore {
			return score, false
		}
	}
	if p.prefer != nil && p.prefer.holds(s) {
		score += preferBonus
	}
	return score, true
}

// Similarity tells how alike two names of companies are, from 0 to 1: Jaro and
// Winkler's measure of their letters, without case, accents, punctuation and
// the legal form at the end.
func Similarity(a, b string) float64 {
	return jaroWinkler([]rune(bareName(a)), []rune(bareName(b)))
}

// legalForms are dropped from the end of a name.
var legalForms = map[string]bool{
	"inc": true, "incorporated": true, "corp": true, "corporation": true, "co": true, "company": true, "llc": true, "llp": true, "lp": true,
	"ltd": true, "limited": true, "plc": true, "gmbh": true, "ag": true, "kg": true, "se": true, "sa": true, "sas": true, "sarl": true,
	"srl": true, "spa": true, "bv": true, "nv": true, "ab": true, "as": true, "asa": true, "oy": true, "oyj": true, "aps": true, "pty": true,
}

func bareName(s string) string {
	folded, _, err := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), strings.ToLower(s))
	if err != nil {
		folded = strings.ToLower(s)
	}
	folded = strings.ReplaceAll(folded, ".", "") // S.A. is SA
	words := strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	for len(words) > 1 && legalForms[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// jaroWinkler is 1 for equal texts and 0 for texts with nothing in common; a
// common beginning counts extra.
func jaroWinkler(a, b []rune) float64 {
	if len(a) == 0 || len(b) == 0 {
		return 0
	}
	reach := max(len(a), len(b))/2 - 1
	usedA, usedB := make([]bool, len(a)), make([]bool, len(b))
	matches := 0
	for i, r := range a {
		for j := max(0, i-reach); j < min(len(b), i+reach+1); j++ {
			if !usedB[j] && b[j] == r {
				usedA[i], usedB[j] = true, true
				matches++
				break
			}
		}
	}
	if matches == 0 {
		return 0
	}
	swapped, j := 0, 0
	for i, r := range a {
		if !usedA[i] {
			continue
		}
		for !usedB[j] {
			j++
		}
		if b[j] != r {
			swapped++
		}
		j++
	}
	m := float64(matches)
	jaro := (m/float64(len(a)) + m/float64(len(b)) + (m-float64(swapped)/2)/m) / 3
	prefix := 0
	for prefix < min(4, len(a), len(b)) && a[prefix] == b[prefix] {
		prefix++
	}
	return jaro + float64(prefix)*0.1*(1-jaro)
}
