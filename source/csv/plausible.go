package csv

import (
	"math"
	"strings"
	"unicode"
)

// alphabet is how often letters beyond ASCII are met in the text of a language
// or a family of languages, as logarithms of their shares. A letter that is not
// in it costs as much as one in ten thousand.
type alphabet struct {
	name    string
	letters map[rune]float64
	latin   bool
}

const (
	rareLetter = -9.2 // ln 1e-4: a letter that the language does not have
	oddSign    = -11. // a sign in the middle of a word, or one that no text holds
	fairSign   = -4.5 // quotes, dashes, the euro: in place between words
	wrongCase  = -5.  // a capital behind a small letter
	foreign    = -6.  // letters of two scripts in one word
)

// sources of the alphabets: groups of letters, from the commonest down; each
// group stands for half as much as the one before it. Capitals are derived.
var alphabetTable = []struct{ name, letters string }{
	{"western Europe", "éüöäáóí è ñçàßøåã êúæ âôëîïõ ûùòìœ ýðþ"},
	{"German", "ü äö ß é"},
	{"French", "é è àçêô îâûïëù œÿæ"},
	{"Spanish", "óí áñé ú ü"},
	{"Portuguese", "ãç áéí óêõ úâàô ü"},
	{"Italian", "èà òùì é"},
	{"Nordic", "åäöøæ é üáíóú ðýþ"},
	{"Icelandic", "á ðíúöóé æýþ"},
	{"Estonian", "äõüö šž"},
	{"central Europe", "áéíłóš žčąęöüä ćńřýěżść őúůđăț ňľťďźűô âîşșţ ĺŕ ß"},
	{"Polish", "łóą ężś ć ńź"},
	{"Czech and Slovak", "íáéč ěšřýž ůúľ ťňôóď äĺŕö ü"},
	{"Hungarian", "áé öóő íü úű"},
	{"Romanian", "ăîâ șțşţ é"},
	{"South Slavic", "čšž ćđ é"},
	{"Turkish", "ıü şçö ğ i̇â îû"},
	{"Turkish names", "ışğ çüö â"},
	{"Baltic", "šžāė ēīčų ūąļ įņęķģ ōŗ õäöü"},
	{"Vietnamese", "đàáạảãâăêôơư ấầậẩẫắằặẳẵ éèẹẻẽếềệểễ íìịỉĩóòọỏõốồộổỗớờợởỡúùụủũứừựửữýỳỵỷỹ"},
	{"Russian", "оеаинтсрвл кмдпуя ыьгзбчйхж шюцщ эфъё"},
	{"Ukrainian", "оанивіетрслк дмпуяьгзб чйхїжєшцющ ґфэ"},
	{"Bulgarian", "аоеитнрсвлк дпмяъзгу чбцжхщйш юфь"},
	{"Serbian and Macedonian", "аоиенрстувј кдпмлгзбчљшцњћжхђ ѓќџфѕ"},
	{"Greek", "αοιετσνηυρπκ μλςωάίόέδγή χθύώφβ ξζψ ϊϋΐΰ"},
	{"Hebrew", "יוהלמאתרבשנ מדםקעחפןטסגכ זצףךץ ְֱֲֳִֵֶַָֹֻּׁׂ"},
	{"Arabic", "المينوترةبدعهسحكقفج شصطخضىذزثغأإء ؤئظآ ًٌٍَُِّْ پچژگکی"},
	{"Thai", "านรอกเงมยลวดทสต์ะปบคหแจพชขใไผศณฐธญถโซภษุิี่้ัูื็๊๋ ฒฎฏฆฟฝฉฬฮ ๐๑๒๓๔๕๖๗๘๙ฯๆ"},
}

// alphabets is the table as shares.
func alphabets() []alphabet {
	out := make([]alphabet, 0, len(alphabetTable))
	for _, a := range alphabetTable {
		weights, sum, weight := map[rune]float64{}, 0.0, 1.0
		for group := range strings.FieldsSeq(a.letters) {
			for _, r := range group {
				if weights[r] == 0 {
					weights[r] = weight
					sum += weight
				}
			}
			weight /= 2.5
		}
		made := alphabet{name: a.name, letters: make(map[rune]float64, 2*len(weights))}
		for r, w := range weights {
			made.letters[r] = math.Log(w / sum)
			made.latin = made.latin || unicode.Is(unicode.Latin, r)
		}
		for r := range weights {
			if upper := unicode.ToUpper(r); upper != r {
				if _, there := made.letters[upper]; !there {
					made.letters[upper] = made.letters[r] - 2 // a capital for seven small letters
				}
			}
		}
		out = append(out, made)
	}
	return out
}

// fairSigns are signs that stand in tables, each where it is usual.
const (
	fairSigns    = "”»€£§°©®™•ªº´№،؛؟״׳"
	openingSigns = "‘“„«¿¡"
	joiningSigns = "’·\u00a0–—…"
	numberSigns  = "½¼¾²³"
)

// fit is how likely a text is in the language: the sum of the logarithms over
// what is not ASCII, and how many such characters there are.
func (a *alphabet) fit(text []rune) (sum float64, n int) {
	before := rune(' ')
	for i, r := range text {
		if r >= 0x80 {
			next := rune(' ')
			if i+1 < len(text) {
				next = text[i+1]
			}
			sum += a.cost(before, r, next)
			n++
		}
		before = r
	}
	return sum, n
}

// cost is the logarithm of how likely a character is between its neighbours.
func (a *alphabet) cost(before, r, next rune) float64 {
	if !unicode.IsLetter(r) && !unicode.IsMark(r) {
		after, leads := unicode.IsLetter(before), unicode.IsLetter(next)
		switch {
		case r == unicode.ReplacementChar, unicode.IsControl(r), r >= 0xe000 && r <= 0xf8ff:
			return 2 * oddSign
		case strings.ContainsRune(openingSigns, r) && !after, strings.ContainsRune(joiningSigns, r),
			strings.ContainsRune(numberSigns, r) && !leads && (before == ' ' || unicode.IsDigit(before)), strings.ContainsRune(fairSigns, r) && !leads:
			return fairSign
		}
		return oddSign
	}
	cost, known := a.letters[r]
	if !known {
		cost = rareLetter
	}
	if unicode.IsUpper(r) && unicode.IsLower(before) || unicode.IsLower(r) && unicode.IsUpper(before) && unicode.IsUpper(next) {
		cost += wrongCase
	}
	if !a.latin && (asciiLetter(before) || asciiLetter(next)) {
		cost += foreign
	}
	return cost
}

func asciiLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
