package identity

import (
	"regexp"
	"strings"
	"sync"

	"fettle"
)

// Placeholder says how surely a text only stands for a blank.
type Placeholder int

// The sorts of texts. NoPlaceholder is any value.
const (
	NoPlaceholder Placeholder = iota
	MayBePlaceholder
	IsPlaceholder
	SpreadsheetError // what a failed formula shows
)

// PlaceholderOf recognises what programs and people write for "nothing": N/A,
// NULL, -, none, #REF!. Words that can be values too only may be one: None is a
// surname, and "none" an answer.
func PlaceholderOf(text string) Placeholder {
	text = strings.TrimSpace(text)
	if len(text) == 0 || len(text) > 31 || placeholderShapes()[text[0]]&(1<<len(text)) == 0 && !signs(text) {
		return NoPlaceholder // nearly all cells, at once
	}
	if text[0] == '#' {
		if spreadsheetErrors[strings.ToUpper(text)] {
			return SpreadsheetError
		}
	}
	if surePlaceholders[text] {
		return IsPlaceholder
	}
	folded := lower(text)
	switch {
	case surePlaceholders[strings.ToUpper(text)] && folded != "null":
		return IsPlaceholder
	case possiblePlaceholders[folded], signs(text), zeroDate.MatchString(text):
		return MayBePlaceholder
	}
	return NoPlaceholder
}

// CodeForm is how a short code is written.
type CodeForm int

// The forms of codes: CA and EMEA are capital ones, en is a small one.
const (
	NoCode CodeForm = iota
	CapitalCode
	SmallCode
)

// CodeFormOf gives the form of a short code: two to four capital letters, or two
// small ones.
func CodeFormOf(text string) CodeForm {
	if len(text) < 2 || len(text) > 4 {
		return NoCode
	}
	isCapital := func(r rune) bool { return r >= 'A' && r <= 'Z' }
	isSmall := func(r rune) bool { return r >= 'a' && r <= 'z' }
	switch {
	case strings.TrimFunc(text, isCapital) == "":
		return CapitalCode
	case len(text) == 2 && strings.TrimFunc(text, isSmall) == "":
		return SmallCode
	}
	return NoCode
}

// signs reports a text of nothing but dashes, points and the like.
func signs(text string) bool { return strings.Trim(text, "-–—.?_*/ ") == "" }

// placeholderShapes are the lengths of the known words, as bits, by their first
// byte.
var placeholderShapes = sync.OnceValue(func() *[256]uint32 {
	var shapes [256]uint32
	add := func(set map[string]bool) {
		for word := range set {
			for _, w := range []string{word, strings.ToUpper(word), lower(word)} {
				if w != "" {
					shapes[w[0]] |= 1 << len(w)
				}
			}
		}
	}
	add(spreadsheetErrors)
	add(surePlaceholders)
	add(possiblePlaceholders)
	shapes['0'] |= 1<<len("0000-00-00") | 1<<len("0000-00-00 00:00:00")
	return &shapes
})

// zeroDate is how MySQL writes a date that is not there.
var zeroDate = regexp.MustCompile(`^0000-00-00([ T]00:00:00)?$`)

var (
	spreadsheetErrors = wordSet(`#N/A #REF! #VALUE! #DIV/0! #NAME? #NULL! #NUM! #SPILL! #CALC! #ERROR! #FIELD! #BLOCKED! #CONNECT! #GETTING_DATA #BUSY! #UNKNOWN! #NV #BEZUG! #WERT! #ZAHL! #VALEUR! #NOMBRE? #NOM? #VALOR! #REF #N/D #N/D! #N/B #N/V #¡REF! #¡DIV/0! #¡NUM! #¡NULO! #¡NOMBRE! #¿NOMBRE? #NAAM? #WAARDE! #VERW! #DEEL/0! #GETAL! #LEEG! #NAMN? #VÄRDEFEL! #NOME? #VALORE! #RIF! #NUM! #ARG! #LICZBA! #ADR! #NAZWA? #ZERO! #ИМЯ? #ЗНАЧ! #ССЫЛКА! #ДЕЛ/0! #ЧИСЛО! #Н/Д #ПУСТО! #ÜBERLAUF! #PROPAGATION! #DESBORDAMIENTO! #EXTERNAL! #PYTHON! #TIMEOUT! #¡VALOR!`)

	surePlaceholders = phraseSet(`N/A|NULL|(NULL)|<NULL>|[NULL]|\N|N.A.|#N/A N/A|(BLANK)|[BLANK]|(EMPTY)|NOT AVAILABLE|NOT APPLICABLE|NO DATA|K.A.|K. A.|KEINE ANGABE|N/D|S/D|SIN DATOS|Н/Д|НЕТ ДАННЫХ|UNDEFINED|<NA>|<N/A>|[N/A]|(N/A)|NO VALUE|(NO VALUE)|[NOT PROVIDED]|(NOT PROVIDED)|(NOT SET)|[NOT SET]|(NONE)|<NONE>|<BLANK>|<EMPTY>|[OBJECT OBJECT]|BRAK DANYCH|NON DISPONIBLE|NO DISPONIBLE|NÃO INFORMADO|NON RENSEIGNÉ`)

	possiblePlaceholders = phraseSet(`null|none|nil|na|n.a|nan|unknown|n/k|not known|not provided|not specified|not set|tbd|tba|tbc|missing|empty|blank|no|x|xx|xxx|?|nd|n.d.|sd|unbekannt|keine|leer|inconnu|aucun|vide|desconocido|ninguno|ninguna|vacio|vacío|desconhecido|nenhum|vazio|sconosciuto|nessuno|vuoto|onbekend|geen|leeg|brak|nieznany|neznámý|nezjištěno|ismeretlen|нет|неизвестно|yok|bilinmiyor|ukendt|okänd|saknas|ukjent|ei ole|なし|不明|無し|无|暂无|無|없음|미상|ไม่มี|לא ידוע|غير معروف`)
)

// phraseSet makes a set of a list between bars.
func phraseSet(list string) map[string]bool {
	set := map[string]bool{}
	for p := range strings.SplitSeq(list, "|") {
		set[p] = true
	}
	return set
}

// weakWords are placeholders only where the type of the field excludes them.
var weakWords = wordSet(`no x xx xxx ? нет`)

// StandsForBlank decides whether a text of a field counts as blank. Used says
// that several values of the column are placeholders.
func StandsForBlank(f fettle.Field, text string, used bool) bool {
	sort := PlaceholderOf(text)
	if sort == NoPlaceholder || f.Type == fettle.JSON {
		return false
	}
	if sort == SpreadsheetError {
		return true
	}
	folded := lower(strings.TrimSpace(text))
	switch f.Type {
	case fettle.Select, fettle.MultiSelect:
		return len(f.Options) == 0 && sort == IsPlaceholder || len(f.Options) > 0 && !known(f, text) && (sort == IsPlaceholder || used)
	case fettle.Text:
		if f.Key == "external_id" { // many rows would have the same id
			return !weakWords[folded]
		}
		if nameFields[f.Key] && strings.ContainsFunc(folded, isLetter) && sort != IsPlaceholder {
			return false // Null, None and Na are names
		}
		return sort == IsPlaceholder && (!nameFields[f.Key] || folded != "null") || used && !weakWords[folded]
	case fettle.Boolean:
		_, known := booleans[folded]
		return !known
	case fettle.Country:
		_, known := Country(text)
		return !known
	case fettle.Number, fettle.Currency, fettle.Date, fettle.Timestamp, fettle.Email, fettle.URL, fettle.Phone, fettle.Domain, fettle.LinkedIn, fettle.JSON:
		return true
	}
	return false
}

// known reports whether a select knows a value that looks like a placeholder,
// such as Unknown.
func known(f fettle.Field, text string) bool {
	_, unknown := f.Choose(strings.TrimSpace(text))
	return len(unknown) == 0
}

// nameFields hold names of people.
var nameFields = wordSet(`name first_name last_name full_name middle_name`)

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 0x80 }

// roundedID is a number as a spreadsheet shows it when it has more digits than
// it keeps: 1.23457E+15.
var roundedID = regexp.MustCompile(`^[+-]?[0-9][.,][0-9]+[eE]\+?[0-9]{1,3}$|^[+-]?[0-9][eE]\+[0-9]{2,3}$`)

// RoundedID reports whether an id lost its last digits in a spreadsheet, so that
// it may be that of many records.
func RoundedID(id string) bool { return roundedID.MatchString(strings.TrimSpace(id)) }
