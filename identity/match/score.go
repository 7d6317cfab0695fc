package match

import (
	"math"
	"strings"

	"fettle"
	"fettle/identity"
)

// Likely is the least score of a pair that is proposed.
const Likely = 0.5

// What the signs count, in bits. A sign that agrees counts by how rare the value
// is, up to its bound.
const (
	namePart     = 10.0
	nameNear     = 3.5
	nameDiffers  = -5.0
	emailSame    = 18.0
	emailNear    = 7.0
	emailDiffers = -1.5
	linkedSame   = 22.0
	phoneSame    = 13.0
	domainSame   = 10.0
	valueSame    = 9.0
	valueNear    = 3.5
	commonAtMost = 4.0  // such as city, title and owner together
	least        = 3.0  // what one in eight has counts nothing
	valuesAtMost = 18.0 // all attributes together: they often go together
	textDiffers  = -1.0
	dateDiffers  = -3.0
	strongBits   = 5.0
)

// tally adds signs up.
type tally struct {
	bits    float64
	values  float64 // of attributes that agree
	common  float64 // of them, those that many records agree in
	signals int     // that agree beside the name
	strong  int     // of them, such as a birthday: of at least strongBits
	own     int     // of them, such as a number of one's own
	told    bool    // reasons are wanted: of nearly all pairs they are not
	reasons []fettle.DuplicateReason
}

// add takes a sign. Its text is made of parts only where it is told.
func (t *tally) add(sign, what, value string, bits float64, text ...string) {
	t.bits += bits
	if !t.told {
		return
	}
	t.reasons = append(t.reasons, fettle.DuplicateReason{Sign: sign, What: what, Text: strings.Join(text, ""), Value: value, Score: math.Round(bits*10) / 10})
}

// count takes a sign that agrees beside the name.
func (t *tally) count(bits float64, own bool) {
	if bits >= 2 {
		t.signals++
	}
	if bits >= strongBits {
		t.strong++
	}
	if own {
		t.own++
	}
}

// Score says how likely two records are one, from 0 to 1, and why. ok is false
// for what is never proposed: records whose LinkedIn addresses or phones differ,
// and those that no ladder leads to: an email (or another way to write it), a
// LinkedIn address, or a name with a second sign. A phone alone is none.
func (m *Matcher) Score(a, b *Record) (score float64, reasons []fettle.DuplicateReason, ok bool) {
	if a.linkedin != "" && b.linkedin != "" && a.linkedin != b.linkedin && sameSort(a.linkedin, b.linkedin) {
		return 0, nil, false
	}
	email := emails(a.email, b.email)
	if a.phone != "" && b.phone != "" && a.phone != b.phone && email != same && a.linkedin != b.linkedin {
		return 0, nil, false
	}
	if a.role {
		email = blank // a mailbox of several says nothing
	}
	var t tally
	if !m.weigh(&t, a, b, email) {
		return 0, nil, false
	}
	t = tally{told: true}
	m.weigh(&t, a, b, email)
	return m.score(t.bits), t.reasons, true
}

// score is how likely two records are one that have so many bits in common.
func (m *Matcher) score(bits float64) float64 {
	return 1 / (1 + math.Exp2(-(math.Log2(m.twins) + bits)))
}

// weigh adds up the signs of two records, and reports whether they are proposed.
func (m *Matcher) weigh(t *tally, a, b *Record, email level) bool {
	name := m.names(t, a, b)
	switch email {
	case same:
		t.count(emailSame, true)
		t.add("same", "email", a.email, m.held(colEmail, a.email, 10, emailSame), "the same email")
	case near:
		t.signals++
		t.count(emailNear, false)
		t.add("alike", "email", "", emailNear, "emails that differ by little: ", a.email, ", ", b.email)
	case differs:
		t.add("differs", "email", "", emailDiffers, "their emails differ")
	case blank:
	}
	linked := a.linkedin != "" && a.linkedin == b.linkedin
	if linked {
		t.add("same", "linkedin", a.linkedin, linkedSame, "the same LinkedIn address")
	}
	if a.phone != "" && a.phone == b.phone {
		t.signals++
		t.add("same", "phone", a.phone, m.held(colPhone, a.phone, 3, phoneSame), "the same phone")
	}
	m.domains(t, a, b)
	if m.score(t.bits+valuesAtMost) < Likely {
		return false // whatever else they have in common
	}
	m.values(t, a, b)
	switch {
	case linked, email == same:
	case name >= partly && t.signals >= 1:
	case name == unnamed && t.strong >= 2:
	case name == half && t.own >= 1 && t.strong >= 2: // somebody's name changed, or was typed wrong
	case name == another && t.own >= 2 && t.signals >= 4:
	default:
		return false
	}
	return m.score(t.bits) >= Likely
}

// held is what the same address or number counts: in full where few have it,
// since they have it because they are one; otherwise by how many have it.
func (m *Matcher) held(c int, v string, few int32, most float64) float64 {
	if m.counts[c][hash32(v)] <= few {
		return most
	}
	return m.rare(c, v, most)
}

// sameSort reports whether two LinkedIn keys can be compared.
func sameSort(a, b string) bool {
	x, _, _ := strings.Cut(a, "/")
	y, _, _ := strings.Cut(b, "/")
	return x == y
}

// role reports whether an address is one of a function, not of a person.
func role(email string) bool {
	if email == "" {
		return false
	}
	_, ok := identity.Email(email)
	local, _, at := strings.Cut(email, "@")
	return at && local != "" && !ok && strings.IndexByte(email, ' ') < 0
}

// naming is how far two names agree.
type naming uint8

const (
	unnamed naming = iota // one of them has none
	another               // they differ
	half                  // one part agrees, the other differs
	partly                // one part agrees, the other is blank
	agreed                // both parts agree, or are alike
)

// aligned is two names part by part.
type aligned struct {
	first, last level
	bits        float64
	crossed     bool // the first name of one with the last of the other
}

func (x aligned) naming() naming {
	switch agree := (x.first >= near) || (x.last >= near); {
	case x.first >= near && x.last >= near:
		return agreed
	case agree && (x.first == differs || x.last == differs):
		return half
	case agree:
		return partly
	case x.first == differs || x.last == differs:
		return another
	}
	return unnamed
}

// names compares names, also with first and last name swapped.
func (m *Matcher) names(t *tally, a, b *Record) naming {
	if m.entity == fettle.Companies {
		return m.companyNames(t, a, b)
	}
	align := func(first, last string, crossed bool) aligned {
		x := aligned{first: names(a.first, first), last: names(a.last, last), crossed: crossed}
		x.bits = m.part(colFirst, a.first, x.first) + m.part(colLast, a.last, x.last)
		return x
	}
	best := align(b.first, b.last, false)
	if x := align(b.last, b.first, true); x.bits-1 > best.bits {
		x.bits--
		best = x
	}
	text, other := a.whole, b.whole
	n := best.naming()
	if n == another || n == half {
		if min(len(text), len(other)) >= 8 && similarity(text, other) >= 0.92 {
			n, best.bits = agreed, nameNear
		}
	}
	switch {
	case n == agreed && best.first == same && best.last == same && !best.crossed:
		t.add("same", "name", text, best.bits, "the same name")
	case n == agreed && best.crossed:
		t.add("alike", "name", "", best.bits, "the same name, with first and last name swapped")
	case n == agreed:
		t.add("alike", "name", "", best.bits, "names that differ by little: ", text, ", ", other)
	case n == partly:
		t.add("alike", "name", "", best.bits, "one part of the name: ", text, ", ", other)
	case n == half:
		t.add("differs", "name", "", best.bits, "one part of the name differs: ", text, ", ", other)
	case n == another:
		t.add("differs", "name", "", best.bits, "their names differ: ", text, ", ", other)
	}
	return n
}

func (m *Matcher) part(c int, v string, l level) float64 {
	switch l {
	case same:
		return m.rare(c, v, namePart)
	case near:
		return nameNear
	case differs:
		return nameDiffers
	case blank:
	}
	return 0
}

func (m *Matcher) companyNames(t *tally, a, b *Record) naming {
	l := names(a.last, b.last)
	bits := 1.2 * m.part(colLast, a.last, l)
	switch l {
	case same:
		t.add("same", "name", a.last, bits, "the same name but for the legal form")
		return agreed
	case near:
		t.add("alike", "name", "", bits, "names that differ by little: ", a.last, ", ", b.last)
		return agreed
	case differs:
		t.add("differs", "name", "", bits, "their names differ: ", a.last, ", ", b.last)
		return another
	case blank:
	}
	return unnamed
}

// domains compares the domains of companies: acme.com and acme.de are alike.
func (m *Matcher) domains(t *tally, a, b *Record) {
	if a.domain == "" || b.domain == "" {
		return
	}
	x, _, _ := strings.Cut(a.domain, ".")
	y, _, _ := strings.Cut(b.domain, ".")
	switch {
	case a.domain == b.domain:
		t.signals++
		t.add("same", "domain", a.domain, m.rare(colDomain, a.domain, domainSame), "the same domain")
	case x == y && len(x) >= 4:
		t.signals++
		t.add("alike", "domain", "", emailNear, "domains that differ by their ending: ", a.domain, ", ", b.domain)
	default:
		t.add("differs", "domain", "", -3, "their domains differ")
	}
}

// values compares what else the two hold.
func (m *Matcher) values(t *tally, a, b *Record) {
	for i, at := range m.attributes {
		c := colAttributes + i
		bits, sign, before, after := 0.0, "", "", ""
		switch texts(at.kind, a.values[i], b.values[i]) {
		case same:
			bits, sign, before = m.rare(c, a.values[i], valueSame), "same", "the same "
		case near:
			bits, sign, after = m.alike[i], "alike", " that differs by little"
		case differs:
			bits, sign, after = textDiffers, "differs", " differs"
			if m.selective(i) && (at.kind == date || m.own(i) && allDigits(a.values[i]) && allDigits(b.values[i])) {
				bits = dateDiffers // a birthday, a number of one's own
			}
		case blank:
			continue
		}
		if sign != "differs" {
			if bits = m.counted(t, i, bits, sign == "same"); bits == 0 {
				continue
			}
		}
		value := ""
		if sign == "same" {
			value = a.values[i]
		}
		t.add(sign, at.key, value, bits, before, at.label, after)
	}
}

// counted is what a value that agrees counts, given what counts already.
func (m *Matcher) counted(t *tally, i int, bits float64, equal bool) float64 {
	if bits < 1 || equal && bits < least {
		return 0
	}
	t.count(bits, equal && m.own(i))
	if !m.selective(i) {
		bits = min(bits, commonAtMost-t.common)
		t.common += bits
	}
	bits = min(bits, valuesAtMost-t.values)
	t.values += bits
	return bits
}
