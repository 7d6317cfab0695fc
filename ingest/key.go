package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"

	"fettle"
	"fettle/identity"
)

// maxKey is the longest external id that is a key as it is, in bytes: an index
// of PostgreSQL holds no more than 2,700. A longer one is hashed.
const maxKey = 500

// maxSource is the longest name of a source, in bytes.
const maxSource = 100

// CheckSource refuses what is no name for a source: what is keyed by it sits in
// indexes, and one of PostgreSQL holds no more than 2,700 bytes.
func CheckSource(name string) error {
	if name == "" || len(name) > maxSource || !utf8.ValidString(name) || strings.IndexByte(name, 0) >= 0 {
		return fettle.Errorf(fettle.Invalid, "%.40q is not a name for a source", name).WithHint("Use 1 to %d bytes of text, such as csv or crm.", maxSource)
	}
	return nil
}

// kinds are the kinds of keys by the letters with which the store holds them.
var kinds = map[byte]identity.KeyKind{
	'x': identity.ExternalKey, 'n': identity.NameKey, 'd': identity.DomainKey, 'l': identity.LinkedInKey,
	'e': identity.EmailKey, 't': identity.PhoneKey, 'r': identity.RowKey, 's': identity.SharedKey,
}

// keyText is a key as the store holds it.
func keyText(entity fettle.Entity, k identity.Key) string {
	return k.Stored(entity)
}

// parseKey reads a key that the store holds; ok is false for row fingerprints and
// what is left of shared keys, which are never compared.
func parseKey(text string) (k identity.Key, ok bool) {
	if len(text) < 3 {
		return k, false
	}
	kind, ok := kinds[text[1]]
	return identity.Key{Kind: kind, Value: text[3:]}, ok && kind != identity.RowKey && kind != identity.SharedKey
}

// shorten hashes external ids and names that are too long for an index.
func shorten(k identity.Key) identity.Key {
	sep := ":"
	if k.Kind == identity.NameKey {
		sep = " "
	}
	of, rest, ok := strings.Cut(k.Value, sep)
	if k.Kind != identity.ExternalKey && k.Kind != identity.NameKey || !ok || len(rest) <= maxKey {
		return k
	}
	sum := sha256.Sum256([]byte(rest))
	k.Value = of + sep + "#" + hex.EncodeToString(sum[:])
	return k
}

// keysOf gives the match keys of a record, strongest first. A free-mail domain
// is no key of a company: small firms that have only such an address are not
// one company.
func keysOf(entity fettle.Entity, source string, get func(string) any, opts identity.Options) []identity.Key {
	keys := identity.Keys(entity, source, get, opts)
	n := 0
	for _, k := range keys {
		if domain, ok := domainOf(k); ok && identity.FreeMail(domain) {
			continue
		}
		keys[n] = shorten(k)
		n++
	}
	return keys[:n]
}

// domainOf is the domain of a key of a company that is one, or a name under one.
func domainOf(k identity.Key) (string, bool) {
	switch k.Kind {
	case identity.DomainKey:
		return k.Value, true
	case identity.NameKey:
		domain, _, _ := strings.Cut(k.Value, " ")
		return domain, true
	case identity.ExternalKey, identity.LinkedInKey, identity.EmailKey, identity.PhoneKey, identity.RowKey, identity.SharedKey:
	}
	return "", false
}

// domainKey is the text of the key of the company with the domain.
func domainKey(domain string) string {
	return keyText(fettle.Companies, identity.Key{Kind: identity.DomainKey, Value: domain})
}

// FieldKey is the match key that a value of a field is, as the store holds it.
func FieldKey(entity fettle.Entity, field string, value any) (text string, ok bool) {
	keys := keysOf(entity, "", func(f string) any {
		if f == field {
			return value
		}
		return nil
	}, identity.Options{Phone: true})
	if value == nil || field == "external_id" || len(keys) == 0 {
		return "", false
	}
	return keyText(entity, keys[0]), true
}

// keyName is a key as a result shows it: email:ann@acme.com.
func keyName(k identity.Key) string {
	if k.Kind == identity.RowKey {
		return "row" // the very same row
	}
	if k.Kind == identity.ExternalKey {
		prefix, id := identity.ExternalParts(k.Value)
		return string(k.Kind) + ":" + strings.NewReplacer("%3A", ":", "%25", "%").Replace(prefix) + id
	}
	return string(k.Kind) + ":" + k.Value
}

// KeyName is a key of the store as it is shown.
func KeyName(text string) string {
	k, ok := parseKey(text)
	if !ok {
		return text
	}
	return keyName(k)
}
