package ingest

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode"

	"fettle"
	"fettle/identity"
	"fettle/source/csv"
)

// guess finds out what type a new field for a column gets. Where a type would
// lose a value that does not fit (a number, a date), every value that is seen has
// to fit and to be written as only such values are; where the type merely checks
// a format, most have to. Amounts of one currency and few values that repeat are told
// by all of them. Anything else is text, which holds everything.
type guess struct {
	heading string
	habits  map[fettle.FieldType]identity.Habits
	out     map[fettle.FieldType]bool // types that a value has ruled out
	fits    map[fettle.FieldType]int  // of the types with a format
	values  int                       // that are not blank
	more    bool                      // than 1 and 0
	first   int                       // of them, in the first rows: those whose format was looked at
	choices choiceTally
	money   moneyTally
}

// strictTypes lose what does not fit, and are tried in this order; formatTypes keep it.
func strictTypes() []fettle.FieldType {
	return []fettle.FieldType{fettle.Boolean, fettle.Number, fettle.Date, fettle.Timestamp}
}

func formatTypes() []fettle.FieldType {
	return []fettle.FieldType{fettle.Email, fettle.LinkedIn, fettle.URL, fettle.Domain, fettle.Phone, fettle.Country}
}

func newGuess(heading string, first []string) *guess {
	g := &guess{heading: heading, habits: map[fettle.FieldType]identity.Habits{}, out: map[fettle.FieldType]bool{}, fits: map[fettle.FieldType]int{}}
	for _, t := range strictTypes() {
		g.habits[t] = identity.HabitsOf(t, first)
	}
	g.out[fettle.Number] = isCode(heading)
	g.choices, g.money = newChoiceTally(heading, first), newMoneyTally(heading, first)
	for _, v := range first {
		if v = strings.TrimSpace(v); !g.see(v) {
			continue
		}
		for _, t := range formatTypes() {
			if looksLike(t, v) {
				g.fits[t]++
			}
		}
	}
	g.first = g.values
	return g
}

// open reports whether values can still rule a type out that would lose them.
func (g *guess) open() bool {
	if !g.money.out || g.choices.open() {
		return true
	}
	for _, t := range strictTypes() {
		if !g.out[t] {
			return true
		}
	}
	return false
}

// see takes a cell into account, and reports whether it holds a value.
func (g *guess) see(cell string) bool {
	cell = strings.TrimSpace(cell)
	if cell == "" || identity.PlaceholderOf(cell) == identity.IsPlaceholder {
		return false
	}
	g.values++
	g.more = g.more || cell != "1" && cell != "0"
	for _, t := range strictTypes() {
		if !g.out[t] && !g.plainly(t, cell) {
			g.out[t] = true
		}
	}
	g.money.see(cell)
	g.choices.see(cell)
	return true
}

// plainly reports whether a cell is written as only values of the type are.
func (g *guess) plainly(t fettle.FieldType, cell string) bool {
	shape, ok := shapes[t]
	if !ok || !shape.MatchString(cell) {
		return false
	}
	_, _, err := identity.CleanAs(t, cell, g.habits[t])
	return err == nil
}

// shapes are narrower than what a field of the type accepts: 007 and a card
// number of 16 digits are no numbers, and a 1 is no yes.
var shapes = map[fettle.FieldType]*regexp.Regexp{
	fettle.Boolean:   regexp.MustCompile(`^(?i:true|false|yes|no)$`),
	fettle.Number:    regexp.MustCompile(`^-?(0|[1-9]\d{0,14}|[1-9]\d{0,2}(,\d{3})+)(\.\d+)?$`),
	fettle.Date:      regexp.MustCompile(`^(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{2}|\d{4})|\d{1,2}[ -]\pL{3,9}[ -]\d{4}|\pL{3,9} \d{1,2},? \d{4})$`),
	fettle.Timestamp: regexp.MustCompile(`^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d{1,2}:\d{2}.*)?$`),
}

// looksLike reports whether a cell has the format of a type, and is nothing
// else besides: a word with a point in it is no web address.
func looksLike(t fettle.FieldType, cell string) bool {
	_, valid, err := identity.CleanAs(t, cell, identity.Habits{})
	if err != nil || !valid {
		return false
	}
	lower := strings.ToLower(cell)
	switch t {
	case fettle.URL:
		return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "www.")
	case fettle.LinkedIn:
		return strings.Contains(lower, "linkedin.")
	case fettle.Domain:
		return !strings.ContainsAny(lower, "/@:")
	default:
		return true
	}
}

// kind is the type that what was seen allows.
func (g *guess) kind() kind {
	if g.values == 0 {
		return kind{Type: fettle.Text}
	}
	if !g.more && yesNo.MatchString(g.heading) {
		return kind{Type: fettle.Boolean}
	}
	if code := g.money.currency(g.values); code != "" {
		return kind{fettle.Currency, code}
	}
	for _, t := range strictTypes() {
		if !g.out[t] {
			return kind{Type: t}
		}
	}
	for _, t := range formatTypes() {
		if g.first > 0 && 10*g.fits[t] >= 9*g.first && named(t, g.heading) {
			return kind{Type: t}
		}
	}
	if t, ok := g.choices.kind(); ok {
		return kind{Type: t}
	}
	return kind{Type: fettle.Text}
}

// named reports whether a heading allows a type whose values alone do not tell
// it: digits are a phone, words a country, and names with a point a domain only
// where the heading says so.
func named(t fettle.FieldType, heading string) bool {
	var words []string
	switch t {
	case fettle.Domain:
		words = []string{"domain", "website", "host", "homepage"}
	case fettle.Phone:
		words = []string{"phone", "mobile", "fax", "tel", "cell", "handy", "dial"}
	case fettle.Country:
		words = []string{"country", "land", "pays", "pais", "nation"}
	default:
		return true
	}
	heading = strings.ToLower(heading)
	for _, w := range words {
		if strings.Contains(heading, w) {
			return true
		}
	}
	return false
}

// isCode reports whether a heading names a code: digits to be known again by, and
// not to be counted with.
func isCode(heading string) bool {
	words := headingWords(heading)
	for i, w := range words {
		switch strings.ToLower(w) {
		case "id", "ids", "code", "codes", "zip", "zipcode", "postal", "postcode", "plz", "phone", "fax", "mobile", "tel", "sku", "ssn", "vat", "iban", "ein", "duns", "sic", "naics", "key", "guid", "uuid", "ref", "reference", "extension":
			return true
		case "number", "no", "nr":
			// "Number of employees" counts; "Account number" does not.
			if i > 0 && i == len(words)-1 {
				return true
			}
		}
	}
	return false
}

// newTypes guesses the types of fields for columns, by the first rows and then,
// where the file can be read again, by every row: no value of a later row is lost
// to a guess.
func newTypes(columns []string, first [][]string, again func() (*csv.Reader, error)) (map[string]kind, error) {
	all := make([]*guess, len(columns))
	open := map[int]*guess{}
	values := make([]string, 0, len(first))
	for i, c := range columns {
		values = values[:0]
		for _, row := range first {
			values = append(values, row[i])
		}
		all[i] = newGuess(c, values)
		if all[i].values > 0 && all[i].open() {
			open[i] = all[i]
		}
	}
	if again != nil && len(open) > 0 && len(first) >= firstRows {
		err := eachRow(again, func(row csv.Row) bool {
			if row.Reject != "" {
				return true
			}
			for i, g := range open {
				if g.see(row.Cells[i]); !g.open() {
					delete(open, i)
				}
			}
			return len(open) > 0
		})
		if err != nil {
			return nil, err
		}
	}
	out := make(map[string]kind, len(columns))
	for i, c := range columns {
		out[c] = all[i].kind()
	}
	return out, nil
}

// eachRow reads a file once more, until its end or until it is enough.
func eachRow(again func() (*csv.Reader, error), each func(csv.Row) (more bool)) (err error) {
	r, err := again()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	r.Peek(firstRows) // as the import itself does
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !each(row) {
			return nil
		}
	}
}

// headingWords splits a heading where a reader would: at blanks and signs, and
// before the capitals of camelCase.
func headingWords(heading string) []string {
	var words []string
	var word []rune
	cut := func() {
		if len(word) > 0 {
			words, word = append(words, string(word)), nil
		}
	}
	runes := []rune(heading)
	for i, r := range runes {
		switch {
		case unicode.IsSpace(r) || strings.ContainsRune("_-./:|", r):
			cut()
			continue
		case i > 0 && unicode.IsUpper(r) && (unicode.IsLower(runes[i-1]) || i+1 < len(runes) && unicode.IsUpper(runes[i-1]) && unicode.IsLower(runes[i+1]) && !pluralEnds(runes, i+1)):
			cut()
		}
		word = append(word, r)
	}
	cut()
	return words
}

// pluralEnds reports whether the rune at i is the s of several of what is written in
// capitals, as in IDs and URLs.
func pluralEnds(runes []rune, i int) bool {
	return runes[i] == 's' && (i+1 == len(runes) || !unicode.IsLetter(runes[i+1]))
}
