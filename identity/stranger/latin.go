package stranger

import "strings"

// latin writes a word of a name in Latin letters: letters of their own by what they
// stand for, Cyrillic and Greek by their sounds. ok is false for alphabets that
// cannot be read letter by letter (Han, Arabic, …): nothing is made of those.
func latin(word string) (out string, ok bool) {
	plain := true
	for i := range len(word) {
		plain = plain && word[i] < 0x80
	}
	if plain {
		return word, true
	}
	var sb strings.Builder
	for _, r := range word {
		if r < 0x80 {
			sb.WriteRune(r)
			continue
		}
		s, known := letters[r]
		if !known {
			return "", false
		}
		sb.WriteString(s)
	}
	return sb.String(), true
}

// letters are those that lose no mark and are none of a to z.
var letters = map[rune]string{
	'ß': "ss", 'ø': "o", 'ł': "l", 'đ': "d", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ð': "d", 'ı': "i", 'ħ': "h", 'ŋ': "ng", 'ə': "a", 'ʼ': "", 'ʻ': "",

	'а': "a", 'б': "b", 'в': "v", 'г': "g", 'д': "d", 'е': "e", 'ж': "zh", 'з': "z", 'и': "i", 'й': "i", 'к': "k", 'л': "l", 'м': "m", 'н': "n", 'о': "o", 'п': "p",
	'р': "r", 'с': "s", 'т': "t", 'у': "u", 'ф': "f", 'х': "kh", 'ц': "ts", 'ч': "ch", 'ш': "sh", 'щ': "shch", 'ъ': "", 'ы': "y", 'ь': "", 'э': "e", 'ю': "yu", 'я': "ya",
	'і': "i", 'ї': "i", 'є': "ye", 'ґ': "g", 'ј': "j", 'љ': "lj", 'њ': "nj", 'ћ': "c", 'ђ': "dj", 'џ': "dz", 'ѓ': "g", 'ќ': "k", 'ѕ': "dz", 'ў': "u",

	'α': "a", 'β': "v", 'γ': "g", 'δ': "d", 'ε': "e", 'ζ': "z", 'η': "i", 'θ': "th", 'ι': "i", 'κ': "k", 'λ': "l", 'μ': "m", 'ν': "n", 'ξ': "x", 'ο': "o", 'π': "p",
	'ρ': "r", 'σ': "s", 'ς': "s", 'τ': "t", 'υ': "y", 'φ': "f", 'χ': "ch", 'ψ': "ps", 'ω': "o",
}

// sounds are the ways in which one sound is written, in the order in which they are
// replaced: Müller and Mueller, Yuliya and Julia, Tchaikovsky and Chaikovski.
var sounds = strings.NewReplacer(
	"shch", "s", "tsch", "c", "tch", "c", "sch", "s", "sh", "s", "ch", "c", "kh", "", "zh", "j", "dzh", "j", "ph", "f", "th", "t", "ck", "k", "qu", "k",
	"tz", "s", "ts", "s", "cz", "c", "sz", "s", "dz", "s", "ks", "x",
	"ae", "a", "oe", "o", "ue", "u", "ou", "u", "oo", "u", "ee", "i", "aa", "a", "aya", "aa", "iy", "i", "ij", "i", "yi", "i", "ey", "ei", "ay", "ai", "yu", "iu", "ju", "iu", "ya", "ia", "ja", "ia", "ye", "e", "yo", "io",
	"z", "s", "c", "k", "q", "k", "w", "v", "y", "i", "j", "i", "h", "",
)

// skeleton is what is left of a word without regard to how its sounds are written.
func skeleton(s string) string {
	s = sounds.Replace(s)
	var sb strings.Builder
	last := rune(0)
	for _, r := range s {
		if r != last {
			sb.WriteRune(r)
		}
		last = r
	}
	return sb.String()
}

func wordSet(list string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		out[w] = true
	}
	return out
}
