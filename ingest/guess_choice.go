package ingest

import (
	"regexp"
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
)

// kind is what a new field holds: its type, and of an amount its currency.
type kind struct {
	Type     fettle.FieldType
	Currency string
}

// A column is a select where its values are few and repeat. It takes some values
// to see that: of three rows everything repeats or nothing does.
const (
	mostChoices  = 50
	choiceRows   = 6 // values at least
	choiceRepeat = 3 // times that each value is there, on average
	choiceLength = 60
)

// choiceTally counts the different values of a column: whole cells, and what
// stands between their semicolons.
type choiceTally struct {
	whole, parts map[string]bool // in lower case; nil once they are too many, or cannot be options
	values       int             // cells
	listed       int             // cells with several values
	inAll        int             // values of all cells
	habits       identity.Habits
}

func newChoiceTally(heading string, first []string) choiceTally {
	if isCode(heading) || isFree(heading) {
		return choiceTally{}
	}
	return choiceTally{whole: map[string]bool{}, parts: map[string]bool{}, habits: identity.HabitsOf(fettle.MultiSelect, first)}
}

// open reports whether it is still to be seen.
func (c *choiceTally) open() bool { return c.whole != nil || c.parts != nil }

func (c *choiceTally) see(cell string) {
	c.values++
	if c.whole = addChoice(c.whole, cell); c.parts == nil {
		return
	}
	list, _, err := identity.CleanAs(fettle.MultiSelect, cell, c.habits)
	text, ok := list.(string)
	if err != nil || !ok {
		return
	}
	parts := fettle.SplitChoices(text)
	if len(parts) > 1 {
		c.listed++
		c.whole = nil
	}
	c.inAll += len(parts)
	for _, p := range parts {
		c.parts = addChoice(c.parts, p)
	}
}

func addChoice(known map[string]bool, v string) map[string]bool {
	if known == nil || len(v) > choiceLength || fettle.CheckOption(v) != nil {
		return nil
	}
	if known[strings.ToLower(v)] = true; len(known) > mostChoices {
		return nil
	}
	return known
}

// kind is the type of select that the values are of, if they are.
func (c *choiceTally) kind() (fettle.FieldType, bool) {
	switch {
	case c.values < choiceRows:
		return "", false
	case len(c.whole) > 1 && c.values >= choiceRepeat*len(c.whole):
		return fettle.Select, true
	case c.listed > 1 && c.parts != nil && c.inAll >= choiceRepeat*len(c.parts):
		return fettle.MultiSelect, true
	}
	return "", false
}

// freeWords end the headings of what people write freely, however often a value
// repeats in one file: places, sentences. A name is one wherever it stands.
var freeWords = map[string]bool{
	"company": true, "organization": true, "organisation": true, "account": true, "employer": true, "city": true, "town": true,
	"street": true, "address": true, "location": true, "title": true, "headline": true, "note": true, "notes": true, "comment": true, "comments": true,
	"description": true, "bio": true, "about": true, "summary": true, "message": true, "subject": true, "keywords": true, "url": true, "website": true,
}

func isFree(heading string) bool {
	words := headingWords(heading)
	for i, w := range words {
		words[i] = strings.ToLower(w)
	}
	return len(words) > 0 && (freeWords[words[len(words)-1]] || slices.Contains(words, "name") || slices.Contains(words, "names"))
}

// yesNo are the headings of yes or no, where programs write 1 and 0.
var yesNo = regexp.MustCompile(`(?i)^(is|has|do|does|can|allows?)[ _]|\b(do not|don't|opt(ed)?[ _-]?(in|out)|opt(ed)?(in|out)|unsubscribed|bounced|converted|deleted|verified|active|premium|gdpr)\b`)

// moneyTally finds out whether a column holds amounts of one currency.
type moneyTally struct {
	habits identity.Habits
	named  string   // the currency that the heading names
	may    []string // what the signs so far may stand for
	signed int      // amounts with a sign
	out    bool
}

func newMoneyTally(heading string, first []string) moneyTally {
	m := moneyTally{habits: identity.HabitsOf(fettle.Currency, first), out: isCode(heading)}
	for _, w := range strings.FieldsFunc(heading, func(r rune) bool { return r < 'A' || r > 'Z' && r < 'a' || r > 'z' }) {
		if identity.IsMoney(w) {
			m.named = w
		}
	}
	return m
}

func (m *moneyTally) see(cell string) {
	if m.out {
		return
	}
	may := identity.CurrenciesOf(cell)
	if may == nil {
		m.out = !shapes[fettle.Number].MatchString(cell)
		return
	}
	if _, _, err := identity.CleanAs(fettle.Currency, cell, m.habits); err != nil {
		m.out = true
		return
	}
	if m.signed++; m.signed == 1 {
		m.may = may
	}
	m.may = slices.DeleteFunc(slices.Clone(m.may), func(c string) bool { return !slices.Contains(may, c) })
	m.out = len(m.may) == 0
}

// currency is that of the amounts; "" where they are none. Of the currencies that
// share a sign it is the one that the heading names, else the first.
func (m *moneyTally) currency(values int) string {
	switch {
	case m.out || m.named == "" && 2*m.signed < values:
		return ""
	case m.signed == 0 || slices.Contains(m.may, m.named):
		return m.named
	}
	return m.may[0]
}
