package identity

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Email gives the match key of an e-mail address: lower case, the domain in its
// ASCII form. "Ann <Ann@Example.COM>" and "mailto:ann@example.com" are the same
// address. It is not ok for what is no single address and for role mailboxes,
// which many people share. Tags (ann+news@) are kept: whether they name the
// same mailbox is the provider's own affair.
func Email(s string) (key string, ok bool) {
	local, domain, ok := splitEmail(s)
	if !ok || RoleMailbox(local) {
		return "", false
	}
	return local + "@" + domain, true
}

// BusinessHost gives the host behind an address, by whose domain a person
// belongs to a company; not ok for free-mail addresses. A role mailbox names its
// company as well as any other.
func BusinessHost(email string) (host string, ok bool) {
	_, host, ok = splitEmail(email)
	if !ok {
		return "", false
	}
	domain, ok := registrable(host)
	return host, ok && !FreeMail(domain)
}

// splitEmail gives the normalised local part and the ASCII domain.
func splitEmail(s string) (local, domain string, ok bool) {
	s = emailText(s)
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || len(s) > 320 {
		return "", "", false
	}
	local = lower(s[:at])
	if len(local) > 64 || !validLocal(local) {
		return "", "", false
	}
	domain, ok = asciiHost(s[at+1:])
	if !ok || !strings.Contains(domain, ".") || len(local)+1+len(domain) > 254 {
		return "", "", false
	}
	return local, domain, true
}

// bareEmail gives the address as it is written, without what stands around it.
func bareEmail(s string) string {
	if _, _, ok := splitEmail(s); ok {
		return emailText(s)
	}
	return s
}

// loneQuotes are quotes that no address has, so that one is taken off even where
// its other half is missing.
const loneQuotes = "“”„‟«»‹›"

// validLocal accepts the unquoted form: letters, digits and the marks of RFC
// 5322, dots inside, and letters beyond ASCII (RFC 6531).
func validLocal(local string) bool {
	for i := range len(local) {
		c := local[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 0x80 && !strings.ContainsAny(local, loneQuotes):
		case strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0:
		case c == '.' && i > 0 && i < len(local)-1 && local[i-1] != '.':
		default:
			return false
		}
	}
	return local != "" && !hasSpace(local)
}

// wordSet makes a set of the words of a list.
func wordSet(list string) map[string]bool {
	words := strings.Fields(list)
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[w] = true
	}
	return set
}

// lower folds case and composition, without allocating for plain lower case.
func lower(s string) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; c >= 0x80 || (c >= 'A' && c <= 'Z') {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	return norm.NFC.String(strings.ToLower(norm.NFC.String(s)))
}
