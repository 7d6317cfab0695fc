package stranger

import (
	"cmp"
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
)

// Known is what is known of a record when it is asked about. Blank is not known.
type Known struct {
	Name      string   `json:"name,omitempty"`
	First     string   `json:"first_name,omitempty"`
	Last      string   `json:"last_name,omitempty"`
	Email     string   `json:"email,omitempty"`
	LinkedIn  string   `json:"linkedin,omitempty"`
	Domains   []string `json:"domains,omitempty"`   // of a company: its own
	Employers []string `json:"employers,omitempty"` // names of a person's company
	Country   string   `json:"country,omitempty"`   // a country, or a place that ends with one
	ByEmail   bool     `json:"by_email,omitempty"`  // it was asked by the email …
	ByLink    bool     `json:"by_link,omitempty"`   // … by the LinkedIn address …
	ByPhone   bool     `json:"by_phone,omitempty"`  // … by the phone …
	ByDomain  bool     `json:"by_domain,omitempty"` // … by the domain
}

// Answer is what an answer says of whom it is about. Blank is not told.
type Answer struct {
	Name      string   `json:"name,omitempty"`
	First     string   `json:"first_name,omitempty"`
	Last      string   `json:"last_name,omitempty"`
	Email     string   `json:"email,omitempty"`
	LinkedIn  string   `json:"linkedin,omitempty"`
	Domains   []string `json:"domains,omitempty"`
	Employers []string `json:"employers,omitempty"`
	Past      []string `json:"past,omitempty"` // earlier employers, names or domains
	Country   string   `json:"country,omitempty"`
}

// Blank reports whether an answer says nothing of whom it is about.
func (a Answer) Blank() bool {
	return a.Name == "" && a.First == "" && a.Last == "" && a.Email == "" && a.LinkedIn == "" && a.Country == "" && len(a.Domains)+len(a.Employers)+len(a.Past) == 0
}

// Each gives the answer with each of its texts changed.
func (a Answer) Each(change func(string) string) Answer {
	list := func(in []string) []string {
		var out []string
		for _, s := range in {
			out = append(out, change(s))
		}
		return out
	}
	return Answer{
		Name: change(a.Name), First: change(a.First), Last: change(a.Last), Email: change(a.Email), LinkedIn: change(a.LinkedIn), Country: change(a.Country),
		Domains: list(a.Domains), Employers: list(a.Employers), Past: list(a.Past),
	}
}

// Level is how far a part of an answer agrees with what is known.
type Level string

// The levels.
const (
	Same    Level = "same"
	Near    Level = "alike"
	Differs Level = "differs"
	Untold  Level = "untold" // one of the two does not say it
)

// The parts that are compared.
const (
	PartName     = "name"
	PartDomain   = "domain"
	PartEmployer = "employer"
	PartCountry  = "country"
	PartEmail    = "email"
	PartLinkedIn = "linkedin"
)

// Part is one part compared.
type Part struct {
	Part   string `json:"part"`
	Known  string `json:"known,omitempty"`
	Answer string `json:"answer,omitempty"`
	Is     Level  `json:"is"`
}

// Finding says whether an answer is about somebody else, and by what.
type Finding struct {
	Stranger bool
	Why      string // in words, of a stranger
	Parts    []Part // all that was compared
}

// Judge compares an answer with what is known. Only a clear contradiction makes a
// stranger; what is missing never does.
func Judge(entity fettle.Entity, k Known, a Answer) Finding {
	if entity == fettle.Companies {
		return judgeCompany(k, a)
	}
	return judgePerson(k, a)
}

// compared gathers the parts of a comparison.
type compared struct {
	parts []Part
	name  naming // of a person
}

func (c *compared) add(part, known, answer string, is Level) {
	c.parts = append(c.parts, Part{Part: part, Known: known, Answer: answer, Is: is})
}

func (c *compared) is(part string) Level {
	for _, p := range c.parts {
		if p.Part == part {
			return p.Is
		}
	}
	return Untold
}

func (c *compared) agrees(parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { l := c.is(p); return l == Same || l == Near })
}

func (c *compared) differing(parts ...string) (n int) {
	for _, p := range parts {
		if c.is(p) == Differs {
			n++
		}
	}
	return n
}

// judgePerson holds an answer about a person to be a stranger's where
//   - the name has nothing in common with the one that is known;
//   - only the last name is the same (a relative), unless it was asked by a key of
//     the person's own and the company agrees;
//   - only the first name is the same, and the company does not agree (who married
//     has another last name at the same company);
//   - the name is the same, neither domain nor employer agrees, and one of them
//     differs in another country, or both do where it was not asked by a key of the
//     person's own (a namesake). A key that the answer gives back stands against it.
//
// An email or a LinkedIn address that is the same, and was not what was asked with,
// says who it is whatever else differs.
func judgePerson(k Known, a Answer) Finding {
	c := comparePerson(k, a)
	company := c.agrees(PartDomain, PartEmployer)
	if c.is(PartEmail) == Same && !k.ByEmail || c.is(PartLinkedIn) == Same && !k.ByLink {
		return Finding{Parts: c.parts}
	}
	byKey := k.ByPhone || k.ByEmail || k.ByLink && c.is(PartLinkedIn) != Differs
	givenBack := k.ByEmail && c.is(PartEmail) == Same || k.ByLink && c.is(PartLinkedIn) == Same
	switch c.name {
	case another:
		return c.stranger("another name")
	case relative:
		if !byKey || !company {
			return c.stranger("the same last name, another first name")
		}
	case renamed:
		if !company {
			return c.stranger("the same first name, another last name")
		}
	case alike, equal:
		abroad := c.is(PartCountry) == Differs && c.differing(PartDomain, PartEmployer) >= 1
		if !company && !givenBack && (abroad || !byKey && c.differing(PartDomain, PartEmployer) == 2) {
			return c.stranger("the same name")
		}
	case unnamed:
	}
	return Finding{Parts: c.parts}
}

// comparePerson compares the parts of a person.
func comparePerson(k Known, a Answer) *compared {
	c := &compared{}
	known, told := personOf(k.Name, k.First, k.Last), personOf(a.Name, a.First, a.Last)
	c.name = compareNames(known, told)
	is := map[naming]Level{unnamed: Untold, another: Differs, relative: Differs, renamed: Differs, alike: Near, equal: Same}[c.name]
	c.add(PartName, nameText(k.Name, k.First, k.Last), nameText(a.Name, a.First, a.Last), is)
	domains, theirs := domainsOf(append(slices.Clone(k.Domains), k.Email)), domainsOf(append(slices.Clone(a.Domains), a.Email))
	c.company(domains, theirs, k.Employers, a.Employers, a.Past)
	c.country(k.Country, a.Country)
	c.key(PartEmail, fettle.Email, k.Email, a.Email)
	c.key(PartLinkedIn, fettle.LinkedIn, k.LinkedIn, a.LinkedIn)
	return c
}

// judgeCompany holds an answer about a company to be a stranger's where the name
// differs and the domain does too, or says nothing and was not what was asked with;
// or the country differs, and the domain or (asked by it) the name. A domain that
// agrees is the company, whatever its name is by now.
func judgeCompany(k Known, a Answer) Finding {
	c := &compared{}
	is := Untold
	if k.Name != "" && a.Name != "" {
		if is = Differs; identity.SameCompany(k.Name, a.Name) {
			is = Same
		} else if companyAlike(k.Name, a.Name) {
			is = Near
		}
	}
	c.add(PartName, k.Name, a.Name, is)
	c.domain(domainsOf(k.Domains), domainsOf(a.Domains))
	c.country(k.Country, a.Country)
	c.key(PartLinkedIn, fettle.LinkedIn, k.LinkedIn, a.LinkedIn)
	domain, country := c.is(PartDomain), c.is(PartCountry)
	byKey := k.ByDomain || k.ByLink
	switch {
	case c.agrees(PartDomain), c.is(PartLinkedIn) == Same && !k.ByLink:
	case is == Differs && (domain == Differs || !byKey || country == Differs):
		if len(a.Domains) == 0 && slices.ContainsFunc(domainsOf(k.Domains), func(d string) bool { return namedSo(a.Name, d) }) {
			break // the name that its domain has
		}
		return c.stranger("another name")
	case domain == Differs && country == Differs:
		return c.stranger("")
	}
	return Finding{Parts: c.parts}
}

// company compares a person's companies: by domain, by name, and by the earlier
// ones that the answer tells.
func (c *compared) company(domains, theirs, names, told, past []string) {
	c.domain(domains, theirs)
	is := Untold
	if (len(names) > 0 || len(domains) > 0) && len(told)+len(past) > 0 {
		if is = Differs; len(names) == 0 {
			is = Untold // a name says nothing against a domain
		}
		former := domainsOf(past)
		switch {
		case pairs(names, told, companyAlike), pairs(names, past, companyAlike):
			is = Near
			if pairs(names, told, identity.SameCompany) {
				is = Same
			}
		case pairs(told, domains, namedSo), pairs(names, theirs, namedSo), pairs(past, domains, namedSo), pairs(former, domains, domainAlike):
			is = Near
		case len(told) == 0:
			is = Untold
		}
	}
	c.add(PartEmployer, strings.Join(names, ", "), strings.Join(told, ", "), is)
}

func (c *compared) domain(known, told []string) {
	is := Untold
	if len(known) > 0 && len(told) > 0 {
		switch {
		case pairs(known, told, func(a, b string) bool { return a == b }):
			is = Same
		case pairs(known, told, domainAlike):
			is = Near
		default:
			is = Differs
		}
	}
	c.add(PartDomain, strings.Join(known, ", "), strings.Join(told, ", "), is)
}

func (c *compared) country(known, told string) {
	is := Untold
	if x, y := countryOf(known), countryOf(told); x != "" && y != "" {
		if is = Differs; x == y {
			is = Same
		}
	}
	c.add(PartCountry, known, told, is)
}

// key compares an address of the record's own. Two that cannot be compared (a
// number and a name on LinkedIn) say nothing.
func (c *compared) key(part string, typ fettle.FieldType, known, told string) {
	if known == "" && told == "" {
		return
	}
	is := Untold
	if known != "" && told != "" {
		switch {
		case identity.SameAddress(typ, known, told):
			is = Same
		case typ == fettle.Email, identity.PoorerLinkedIn(known, told) == identity.PoorerLinkedIn(told, known):
			is = Differs
		}
	}
	c.add(part, known, told, is)
}

func pairs(a, b []string, agree func(a, b string) bool) bool {
	return slices.ContainsFunc(a, func(x string) bool {
		return x != "" && slices.ContainsFunc(b, func(y string) bool { return y != "" && agree(x, y) })
	})
}

// stranger is the finding that says why.
func (c *compared) stranger(why string) Finding {
	words := map[string]string{PartDomain: "another domain", PartEmployer: "another company", PartCountry: "another country"}
	var list []string
	if why != "" {
		list = append(list, why)
	}
	for _, p := range c.parts {
		if w := words[p.Part]; w != "" && p.Is == Differs {
			list = append(list, w)
		}
	}
	return Finding{Stranger: true, Why: strings.Join(list, ", "), Parts: c.parts}
}

func nameText(name, first, last string) string { return cmp.Or(name, identity.JoinName(first, last)) }
