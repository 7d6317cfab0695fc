package stranger

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"fettle/identity"
	"fettle/identity/match"
)

//go:embed nicknames.txt
var nicknamesTXT string

// nicknames gives the groups that a first name is in, read when first asked.
var nicknames = sync.OnceValue(func() map[string][]int {
	out := map[string][]int{}
	n := 0
	for line := range strings.Lines(nicknamesTXT) {
		line, _, _ = strings.Cut(line, "#")
		n++
		for word := range strings.FieldsSeq(line) {
			out[word] = append(out[word], n)
		}
	}
	return out
})

// naming is how far two names of people agree.
type naming uint8

const (
	unnamed  naming = iota // one of them has none that can be read
	another                // they have nothing in common
	relative               // the same last name, and another first name
	renamed                // the same first name, and another last name
	alike                  // the same, written otherwise: a short form, an initial, one name more
	equal                  // the same words
)

// person is a name of a person in the form in which it is compared.
type person struct {
	first, last []string
	joined      string // all of it, particles too
}

func (p person) words() []string { return slices.Concat(p.first, p.last) }

// particles are words within last names that people write or leave out.
var particles = wordSet("van von vom zum zur zu der den de del della dello di da dal dos das do du la le el al bin ibn ben bint ter ten te af av y e i o san st")

// alsoFirst are those of them that are first names too.
var alsoFirst = wordSet("ben al el bent san")

// personOf reads a name. What stands in one field alone is divided: the last word
// is the last name, or what is before a comma.
func personOf(name, first, last string) person {
	if first == "" && last == "" {
		if before, after, ok := strings.Cut(name, ","); ok && !strings.Contains(after, ",") && len(strings.Fields(before)) <= 3 && len(own(after)) > 0 {
			first, last = after, before
		}
	}
	var p person
	if first == "" && last == "" {
		words := own(name)
		p.joined = strings.Join(words, "")
		if len(words) > 1 && alsoFirst[words[0]] {
			words = append(words[:1:1], withoutParticles(words[1:])...)
		} else {
			words = withoutParticles(words)
		}
		if len(words) > 0 {
			p.first, p.last = words[:len(words)-1], words[len(words)-1:]
		}
		return p
	}
	p.first, p.last = own(first), own(last)
	p.joined = strings.Join(p.words(), "")
	p.last = withoutParticles(p.last)
	return p
}

// own are the words of a name that can be compared, in Latin letters. One that has
// letters of an alphabet that does not write all sounds has none.
func own(name string) []string {
	words := identity.PersonWords(name)
	out := make([]string, 0, len(words))
	for _, w := range words {
		l, ok := latin(w)
		if !ok {
			return nil
		}
		out = append(out, l)
	}
	return out
}

func withoutParticles(words []string) []string {
	left := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return particles[w] })
	if len(left) == 0 {
		return words
	}
	return left
}

// compareNames says how far two names agree.
func compareNames(a, b person) naming {
	x, y := a.words(), b.words()
	switch {
	case len(x) == 0 || len(y) == 0:
		return unnamed
	case slices.Equal(slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))):
		return equal
	case joinedAlike(a.joined, b.joined), contained(a, b), contained(b, a):
		return alike
	}
	first, last := anyFirst(a.first, b.first), anyLast(a.last, b.last)
	if !first || !last { // first and last name may be swapped
		if anyFirst(a.first, b.last) && anyLast(a.last, b.first) || anyLast(a.first, b.last) && anyFirst(a.last, b.first) {
			return alike
		}
	}
	switch {
	case first && last:
		return alike
	case first:
		return renamed
	case last:
		return relative
	}
	return another
}

// joinedAlike compares names without regard to where words are divided: Mary Ann
// and Maryann, de Luca and Deluca.
func joinedAlike(a, b string) bool {
	return a == b || skeleton(a) == skeleton(b) || len(a) >= 8 && len(b) >= 8 && match.Within(a, b, 1)
}

// contained reports whether each word of one name has one of its own in the other,
// and one of them is no initial. An initial stands for a last name only where the
// last name stands.
func contained(some, all person) bool {
	words, left := some.words(), all.words()
	full := false
	for i, w := range words {
		last := i >= len(some.first)
		at := slices.IndexFunc(left, func(v string) bool {
			if len(w) == 1 || len(v) == 1 {
				return w[0] == v[0] && last == slices.Contains(all.last, v)
			}
			return lastAlike(w, v) || !last && firstAlike(w, v)
		})
		if at < 0 {
			return false
		}
		full = full || len(w) > 1 && len(left[at]) > 1
		left = slices.Delete(left, at, at+1)
	}
	return full
}

func anyFirst(a, b []string) bool { return someOf(a, b, firstAlike) }
func anyLast(a, b []string) bool  { return someOf(a, b, lastAlike) }

// someOf reports whether some word of one agrees with some of the other. Where one
// has none, nothing differs.
func someOf(a, b []string, agree func(a, b string) bool) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	return slices.ContainsFunc(a, func(x string) bool { return slices.ContainsFunc(b, func(y string) bool { return agree(x, y) }) })
}

// firstAlike reports whether two words may be one first name: an initial, a short
// form, a form of another language, or a slip.
func firstAlike(a, b string) bool {
	if lastAlike(a, b) || inGroup(a, b) {
		return true
	}
	if min(len(a), len(b)) >= 5 && a[0] == b[0] && a[len(a)-1] == b[len(b)-1] && match.Within(a, b, 1) {
		return true
	}
	short, long := a, b
	if len(short) > len(long) {
		short, long = long, short
	}
	rest, begins := strings.CutPrefix(long, short)
	return begins && (len(short) == 1 || len(short) >= 3 && !womens[rest]) || diminutive(short, long)
}

// womens are endings that make a woman's name of a man's: Paula is no long form of
// Paul.
var womens = wordSet("a e ia na ne ina ine le la elle ella ette etta")

// diminutive reports whether a short name begins as a long one does and ends as
// pet names do: Sveta, Kathi, Andi.
func diminutive(short, long string) bool {
	if len(short) < 4 || len(short) > 6 || len(long) < 7 || !strings.ContainsRune("aeiouy", rune(short[len(short)-1])) {
		return false
	}
	n := 0
	for n < len(short) && short[n] == long[n] {
		n++
	}
	return n >= 3 && n >= len(short)-2
}

// lastAlike reports whether two words may be one last name: an initial, another way
// to write its sounds, a form of the other gender, or a slip.
func lastAlike(a, b string) bool {
	switch {
	case a == b, skeleton(a) == skeleton(b), skeleton(ungendered(a)) == skeleton(ungendered(b)):
		return true
	case len(a) == 1 || len(b) == 1:
		return a[0] == b[0]
	}
	n := min(len(a), len(b))
	return n >= 6 && match.Within(a, b, 1) || n >= 9 && match.Within(a, b, 2)
}

func inGroup(a, b string) bool {
	groups := nicknames()[a]
	return slices.ContainsFunc(nicknames()[b], func(g int) bool { return slices.Contains(groups, g) })
}

// ungendered is a last name without the ending by which some languages tell women
// from men: Ivanova, Kowalska, Novakova.
func ungendered(s string) string {
	for _, e := range [][2]string{{"skaya", "ski"}, {"skaia", "ski"}, {"skaja", "ski"}, {"skii", "ski"}, {"skiy", "ski"}, {"skij", "ski"}, {"sky", "ski"}, {"ska", "ski"}, {"cka", "cki"}, {"ova", "ov"}, {"eva", "ev"}, {"off", "ov"}, {"eff", "ev"}, {"aya", "y"}, {"ina", "in"}} {
		if rest, ok := strings.CutSuffix(s, e[0]); ok && len(rest) >= 2 {
			s = rest + e[1]
			break
		}
	}
	if rest, ok := strings.CutSuffix(s, "ov"); ok && len(rest) >= 4 { // Novak, Novakova
		return rest
	}
	return s
}
