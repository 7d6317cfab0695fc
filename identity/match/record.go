package match

import (
	"slices"
	"strings"

	"fettle"
	"fettle/identity"
)

// kind is how the values of an attribute are compared.
type kind uint8

const (
	textual kind = iota
	number
	date
)

// attribute is a field beyond those that every record is known by.
type attribute struct {
	key, label string
	kind       kind
	world      bool // many values are to be expected of it, however few there are
}

// maxAttributes bounds how many fields beyond names and keys are compared.
const maxAttributes = 24

// known are the fields that have a comparison of their own.
var known = map[fettle.Entity][]string{
	fettle.People:    {"name", "first_name", "last_name", "email", "phone", "linkedin_url", "external_id"},
	fettle.Companies: {"name", "domain", "linkedin_url", "external_id", "phone", "email"},
}

// Record is a record in the form in which it is compared.
type Record struct {
	ID          int64
	first, last string // of a company: last is its name
	whole       string // the name of a person
	email       string
	role        bool // the email is of a function, not of a person
	phone       string
	linkedin    string
	domain      string // of a company
	values      []string
}

// record brings a record into the form in which it is compared.
func (m *Matcher) record(id int64, get func(field string) any) *Record {
	text := func(field string) string {
		s, _ := get(field).(string)
		return strings.TrimSpace(s)
	}
	r := &Record{ID: id, email: strings.ToLower(text("email")), values: make([]string, len(m.attributes))}
	if m.entity == fettle.Companies {
		r.last = identity.CompanyName(text("name"))
		r.domain, _ = identity.Domain(text("domain"))
	} else {
		r.first, r.last = personName(text("name"), text("first_name"), text("last_name"))
		r.whole = strings.TrimSpace(r.first + " " + r.last)
	}
	r.role = role(r.email)
	if key, ok := identity.LinkedIn(text("linkedin_url")); ok {
		r.linkedin = key
	}
	if p, ok := identity.Phone(text("phone"), ""); ok {
		r.phone = p
	} else {
		r.phone = digits(text("phone"))
	}
	for i, a := range m.attributes {
		if v := get(a.key); v != nil {
			if r.values[i] = fold(fettle.FormatValue(v)); a.kind == date {
				r.values[i] = digits(r.values[i])
			}
		}
	}
	return r
}

// personName gives the two parts of a person's name. What stands in one field
// alone is divided: the last word is the last name.
func personName(name, first, last string) (string, string) {
	f, l := fold(first), fold(last)
	if f != "" || l != "" {
		return f, l
	}
	if before, after, ok := strings.Cut(name, ","); ok && !strings.Contains(after, ",") {
		name = after + " " + before
	}
	words := identity.Words(name)
	if len(words) == 0 {
		return "", ""
	}
	return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
}

// fold is a text as texts are compared: in lower case, without accents and
// punctuation.
func fold(s string) string {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return strings.Join(identity.Words(s), " ")
		}
	}
	return s
}

// digits are the digits of a text; "" if there are fewer than six.
func digits(s string) string {
	var sb strings.Builder
	for _, r := range s {
		if r >= '0' && r <= '9' {
			sb.WriteRune(r)
		}
	}
	if sb.Len() < 6 {
		return ""
	}
	return sb.String()
}

// attributesOf chooses the fields that are compared beyond names and keys.
func attributesOf(entity fettle.Entity, fields []fettle.Field) []attribute {
	var out []attribute
	for _, f := range fields {
		if slices.Contains(known[entity], f.Key) || len(out) == maxAttributes {
			continue
		}
		a := attribute{key: f.Key, label: strings.ToLower(f.Label), world: f.Key == "location" || f.Type == fettle.Domain || f.Type == fettle.URL || f.Type == fettle.Phone}
		switch f.Type {
		case fettle.Number:
			a.kind = number
		case fettle.Date:
			a.kind = date
		case fettle.JSON, fettle.Boolean, fettle.Timestamp:
			continue
		default:
		}
		out = append(out, a)
	}
	return out
}
