package identity

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"fettle"
)

// FormerKeys are the keys that earlier rules made of a record and those of today do
// not: ids that a spreadsheet rounded, mailboxes of functions, and the hosts of
// site builders and other platforms. They were shared by many, so that a record
// that holds one is the same only where its name says nothing else.
func FormerKeys(entity fettle.Entity, source string, get func(field string) any) []Key {
	var keys []Key
	if id := text(get, "external_id"); RoundedID(id) {
		keys = append(keys, External(source, id))
	}
	if entity == fettle.People {
		if local, domain, ok := splitEmail(text(get, "email")); ok && RoleMailbox(local) {
			keys = append(keys, Key{EmailKey, local + "@" + domain})
		}
		return keys
	}
	website := text(get, "domain")
	if website == "" {
		return keys
	}
	host, _, ok := splitURL(website)
	if !ok {
		return keys
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if now, ok := Domain(website); err == nil && (!ok || now != domain) {
		keys = append(keys, Key{DomainKey, domain})
	}
	return keys
}

// QuotedEmail is the key that earlier rules made of an address in typographic
// quotes, which they took for a part of it.
func QuotedEmail(s string) (k Key, ok bool) {
	s = trimKey(s)
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || !strings.ContainsAny(s, loneQuotes) {
		return Key{}, false
	}
	domain, ok := asciiHost(s[at+1:])
	return Key{EmailKey, lower(s[:at]) + "@" + domain}, ok && strings.Contains(domain, ".")
}
