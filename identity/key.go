package identity

import (
	"cmp"
	"slices"
	"strings"

	"fettle"
)

// KeyKind says what sort of identifier a key is.
type KeyKind string

// The kinds, strongest first. NameKey is a company's domain with its name: a
// domain joins companies only where their names agree. SharedKey is what is left of a key that several
// records share, for the rows of one source that have nothing else: see Within.
// RowKey identifies a record without any other key
// by its source and Fingerprint; it is never given by Keys.
const (
	ExternalKey KeyKind = "external"
	NameKey     KeyKind = "name"
	DomainKey   KeyKind = "domain"
	LinkedInKey KeyKind = "linkedin"
	EmailKey    KeyKind = "email"
	PhoneKey    KeyKind = "phone"
	RowKey      KeyKind = "row"
	SharedKey   KeyKind = "shared"
)

// strength ranks the kinds; lower is stronger. One order serves both entities:
// only companies have a domain key, only people an email key.
func (k KeyKind) strength() int {
	switch k {
	case ExternalKey:
		return 0
	case NameKey:
		return 1
	case DomainKey:
		return 2
	case LinkedInKey:
		return 3
	case EmailKey:
		return 4
	case PhoneKey:
		return 5
	case RowKey, SharedKey:
	}
	return 6
}

// Key is one normalised identifier of a record. Two records with an equal key
// are taken for the same one, unless a stronger key says otherwise.
type Key struct {
	Kind  KeyKind `json:"kind"`
	Value string  `json:"value"`
}

// Stored is the key as the store holds it: the letter of the entity, the letter
// of the kind, a colon, the value.
func (k Key) Stored(entity fettle.Entity) string {
	return string([]byte{entity[0], k.Kind.letter(), ':'}) + k.Value
}

// letter stands for the kind in what the store holds; none may ever change.
func (k KeyKind) letter() byte {
	switch k {
	case ExternalKey:
		return 'x'
	case NameKey:
		return 'n'
	case DomainKey:
		return 'd'
	case LinkedInKey:
		return 'l'
	case EmailKey:
		return 'e'
	case PhoneKey:
		return 't'
	case RowKey:
		return 'r'
	case SharedKey:
		return 's'
	}
	return '?'
}

// class is the part of a key's value that says with which others it can be
// compared: the source of an external id, the sort of a LinkedIn identifier. Of
// two external ids of different sources neither contradicts the other.
func class(kind KeyKind, value string) string {
	switch kind {
	case ExternalKey:
		source, _, _ := strings.Cut(value, ":")
		return source
	case LinkedInKey:
		sort, _, _ := strings.Cut(value, "/")
		return sort
	case NameKey:
		domain, _, _ := strings.Cut(value, " ")
		return domain
	case DomainKey, EmailKey, PhoneKey, RowKey, SharedKey:
	}
	return ""
}

// Named is the key of a company's name under its domain; not ok if the name says
// nothing.
func Named(domain, name string) (k Key, ok bool) {
	words := companyWords(name)
	if len(words) == 0 {
		return Key{}, false
	}
	return Key{NameKey, domain + " " + strings.Join(words, "")}, true
}

// External is the key of an id within a source, or a list of one. Two sources
// never share one, whatever characters their names hold. The short and the long
// form of an id of Salesforce are one.
func External(source, id string) Key {
	return Key{ExternalKey, ExternalPrefix(source) + RecordID(id)}
}

// ExternalPrefix begins the values of all keys of a source's ids.
func ExternalPrefix(source string) string {
	if strings.ContainsAny(source, ":%") {
		source = strings.NewReplacer("%", "%25", ":", "%3A").Replace(source)
	}
	return source + ":"
}

// ExternalParts takes the value of an external key apart: what ExternalPrefix
// gives of its source, and the id.
func ExternalParts(value string) (prefix, id string) {
	i := strings.IndexByte(value, ':') + 1
	return value[:i], value[i:]
}

// Within is the key of the rows of a source that have nothing but a key that
// several records share: they are one record, and are told from all others.
func Within(source string, k Key) Key {
	return Key{SharedKey, ExternalPrefix(source) + string(k.Kind) + ":" + k.Value}
}

// SortKeys puts keys in order: strongest first, those of one kind by their value.
func SortKeys(keys []Key) {
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(cmp.Compare(a.Kind.strength(), b.Kind.strength()), cmp.Compare(a.Value, b.Value))
	})
}

// Options chooses how Keys reads a record.
type Options struct {
	Phone  bool   // a phone is a key too, although seats and switchboards share theirs
	Region string // ISO 3166 alpha-2 country of phones without a country code, where the record names none
}

// Keys gives the match keys of a record, strongest first: of people the
// external id, LinkedIn and email; of companies the external id, the domain with
// the name, the domain and LinkedIn. Ids that a spreadsheet rounded and role mailboxes are no key, nor is a company's LinkedIn page on a
// person. Get returns the record's value of a field, nil for blank.
func Keys(entity fettle.Entity, source string, get func(field string) any, opts Options) []Key {
	keys := make([]Key, 0, 5)
	if id := text(get, "external_id"); id != "" && !RoundedID(id) {
		keys = append(keys, External(source, id))
	}
	if entity == fettle.Companies {
		if domain, ok := Domain(text(get, "domain")); ok {
			if named, ok := Named(domain, text(get, "name")); ok {
				keys = append(keys, named)
			}
			keys = append(keys, Key{DomainKey, domain})
		}
	}
	if key, ok := LinkedIn(text(get, "linkedin_url")); ok && IsCompanyLinkedIn(key) == (entity == fettle.Companies) {
		keys = append(keys, Key{LinkedInKey, key})
	}
	if entity != fettle.People {
		return keys
	}
	if key, ok := Email(text(get, "email")); ok {
		keys = append(keys, Key{EmailKey, key})
	}
	if opts.Phone {
		keys = appendPhone(keys, get, opts.Region)
	}
	return keys
}

func appendPhone(keys []Key, get func(string) any, region string) []Key {
	phone := text(get, "phone")
	if phone == "" {
		return keys
	}
	if code, ok := Country(text(get, "country")); ok {
		region = code
	}
	if e164, extension, ok := parsePhone(phone, region); ok && extension == "" {
		keys = append(keys, Key{PhoneKey, e164})
	}
	return keys
}

// KeyFields are the fields whose values identify a record of an entity.
func KeyFields(entity fettle.Entity, opts Options) []string {
	if entity == fettle.Companies {
		return []string{"external_id", "domain", "linkedin_url"}
	}
	fields := []string{"external_id", "linkedin_url", "email"}
	if opts.Phone {
		fields = append(fields, "phone", "country")
	}
	return slices.Clip(fields)
}

// ReadFields are the fields that Keys reads: those that are keys, and a company's
// name, which says whether its domain joins it with others.
func ReadFields(entity fettle.Entity, opts Options) []string {
	fields := KeyFields(entity, opts)
	if entity == fettle.Companies {
		fields = append(fields, "name")
	}
	return fields
}

func text(get func(string) any, field string) string {
	switch v := get(field).(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	default:
		return fettle.FormatValue(v)
	}
}

// Comparable reports whether two keys are of one kind and group, so that they
// say that two records differ where they do: two ids of one source, two domains.
func Comparable(a, b Key) bool {
	return a.Kind == b.Kind && class(a.Kind, a.Value) == class(b.Kind, b.Value)
}
