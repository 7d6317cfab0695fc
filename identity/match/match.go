package match

import (
	"hash/fnv"
	"math"
	"slices"
	"strconv"

	"fettle"
)

// Sample is how many records it is enough to learn from.
const Sample = 20_000

// world is how many records a table is taken to be drawn from at least, where
// names and keys are counted: in a small table chance says little.
const world = 1000

// Matcher compares records of one entity.
type Matcher struct {
	entity     fettle.Entity
	attributes []attribute
	records    int
	counts     []map[uint32]int32 // of each column: value → how many have it
	filled     []int
	chance     []float64 // that two records agree in a column by chance
	ofCompany  []company // of each attribute of people
	some       []*Record // of the sample, to see what is alike by chance
	alike      []float64 // what it counts that two values of an attribute are alike
	twins      float64   // that two records are one, before they are looked at
}

// company is whether an attribute is one of a person's company: then it says
// nothing that the company does not.
type company struct {
	last         map[uint32]uint32 // company → value seen last
	agree, other int
}

// small is a table that says too little of which fields tell records apart.
const small = 50

// The columns that every record has; the attributes follow.
const (
	colFirst = iota
	colLast
	colEmail
	colPhone
	colDomain
	colAttributes
)

// New makes a matcher for records with the fields. Learn first, then Ready.
func New(entity fettle.Entity, fields []fettle.Field) *Matcher {
	m := &Matcher{entity: entity, attributes: attributesOf(entity, fields)}
	n := colAttributes + len(m.attributes)
	m.filled, m.chance = make([]int, n), make([]float64, n)
	for range n {
		m.counts = append(m.counts, map[uint32]int32{})
	}
	for range m.attributes {
		m.ofCompany = append(m.ofCompany, company{last: map[uint32]uint32{}})
	}
	return m
}

// Fields are the keys of the fields that are read.
func (m *Matcher) Fields() []string {
	out := append([]string{}, known[m.entity]...)
	if m.entity == fettle.Companies {
		out = []string{"name", "domain", "linkedin_url", "external_id"}
	}
	for _, a := range m.attributes {
		out = append(out, a.key)
	}
	return out
}

// Record brings a record into the form in which it is compared. Get gives its
// value of a field, nil for blank.
func (m *Matcher) Record(id int64, get func(field string) any) *Record { return m.record(id, get) }

// Learn takes a record of the sample.
func (m *Matcher) Learn(r *Record) {
	if m.records++; len(m.some) < trial {
		m.some = append(m.some, r)
	} else if i := int(hash32(strconv.FormatInt(r.ID, 10))) % m.records; i < trial {
		m.some[i] = r // by a rule that is the same each time, and spreads over the sample
	}
	for c := range m.counts {
		if v := r.column(c); v != "" {
			m.counts[c][hash32(v)]++
			m.filled[c]++
		}
	}
	i := slices.IndexFunc(m.attributes, func(a attribute) bool { return a.key == "company_domain" })
	if i < 0 || r.values[i] == "" {
		return
	}
	at := hash32(r.values[i])
	for j := range m.attributes {
		if v := r.values[j]; v != "" && i != j {
			o := &m.ofCompany[j]
			switch last, ok := o.last[at]; {
			case ok && last == hash32(v):
				o.agree++
			case ok:
				o.other++
			}
			o.last[at] = hash32(v)
		}
	}
}

// companys reports whether an attribute of people is their company's.
func (m *Matcher) companys(i int) bool {
	o := m.ofCompany[i]
	return o.agree >= 10 && o.agree >= 9*o.other
}

// Ready ends the learning; total is how many records there are. What tells no
// records apart, or says nothing that a person's company does not, is not read any
// more.
func (m *Matcher) Ready(total int64) {
	for c, counts := range m.counts {
		sum := 0.0
		for _, n := range counts {
			p := float64(n) / float64(max(m.filled[c], 1))
			sum += p * p
		}
		m.chance[c] = sum
	}
	kept := colAttributes
	for i, a := range m.attributes {
		if c := colAttributes + i; (m.filled[c] >= 10 && m.chance[c] <= 0.2 || m.records < small && a.world) && !m.companys(i) && !m.repeats(i) {
			m.attributes[kept-colAttributes] = a
			m.alike = append(m.alike, m.nearness(i, a.kind))
			m.counts[kept], m.filled[kept], m.chance[kept] = m.counts[c], m.filled[c], m.chance[c]
			kept++
		}
	}
	m.attributes, m.counts, m.filled, m.chance = m.attributes[:kept-colAttributes], m.counts[:kept], m.filled[:kept], m.chance[:kept]
	m.ofCompany, m.some = nil, nil
	n := float64(max(total, world))
	m.twins = m.excess(colEmail)
	for i := range m.attributes {
		if m.own(i) {
			m.twins = max(m.twins, m.excess(colAttributes+i))
		}
	}
	m.twins = min(max(m.twins, leastTwins/n), mostTwins/n)
}

// repeats reports whether an attribute mostly says what one before it says.
func (m *Matcher) repeats(i int) bool {
	for j := range i {
		both, agree := 0, 0
		for _, r := range m.some {
			if r.values[i] != "" && r.values[j] != "" {
				if both++; r.values[i] == r.values[j] {
					agree++
				}
			}
		}
		if both >= 10 && 2*agree >= both {
			return true
		}
	}
	return false
}

// trial is how many records are compared with some others to see what is alike by
// chance.
const trial = 600

// nearness is what it counts, in bits, that two values of an attribute are alike.
func (m *Matcher) nearness(i int, k kind) float64 {
	pairs, hits := 0.0, 0.0
	for n, r := range m.some {
		for _, d := range []int{1, 11, 67} {
			switch texts(k, r.values[i], m.some[(n+d)%len(m.some)].values[i]) {
			case near:
				hits++
				pairs++
			case differs:
				pairs++
			default:
			}
		}
	}
	// A fifth of what is one is written with a slip. What was never seen is rare,
	// not impossible.
	return min(max(math.Log2(0.2*(pairs+50)/(hits+1)), 0), valueNear)
}

// How many records are there twice: it is learned from how often emails and
// numbers of one's own do, between 2 in 100 and each of them four times.
const (
	leastTwins = 0.04
	mostTwins  = 4
)

// excess is how often two records agree in a column in which each would have a
// value of its own if none were there twice.
func (m *Matcher) excess(c int) float64 {
	n, pairs := float64(m.filled[c]), 0.0
	if n < 2 {
		return 0
	}
	for _, k := range m.counts[c] {
		pairs += float64(k) * float64(k-1)
	}
	return pairs / (n * (n - 1))
}

// own reports whether hardly two records have the same value of an attribute,
// but for those that are there twice.
func (m *Matcher) own(i int) bool {
	c := colAttributes + i
	return m.filled[c] >= 10 && m.chance[c]*float64(m.filled[c]) <= 6
}

func (r *Record) column(c int) string {
	switch c {
	case colFirst:
		return r.first
	case colLast:
		return r.last
	case colEmail:
		return r.email
	case colPhone:
		return r.phone
	case colDomain:
		return r.domain
	}
	return r.values[c-colAttributes]
}

// rare is how surprising it is that two records agree in a value, in bits. In a
// small table what two or three have is taken to be as rare as in a larger one:
// they may have it because they are one.
func (m *Matcher) rare(c int, v string, most float64) float64 {
	n := m.counts[c][hash32(v)]
	of := float64(max(m.filled[c], 1))
	if n <= 3 && (c < colAttributes || m.attributes[c-colAttributes].world) {
		of = max(of, world)
	}
	return min(max(-math.Log2(float64(max(n, 1))/of), 0), most)
}

// selective reports whether few records have the same value of an attribute.
func (m *Matcher) selective(i int) bool {
	c := colAttributes + i
	return m.filled[c] >= 10 && m.chance[c] <= 0.02 || m.attributes[i].world && m.records < small
}

func hash32(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}
