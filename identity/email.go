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

// CompanyDomainOf gives the registrable domain behind an address, by which a
// person belongs to a company; not ok for free-mail addresses. A role mailbox
// names its company as well as any other.
func CompanyDomainOf(email string) (domain string, ok bool) {
	_, host, ok := splitEmail(email)
	if !ok {
		return "", false
	}
	domain, ok = registrable(host)
	if !ok || FreeMail(domain) {
		return "", false
	}
	return domain, true
}

// splitEmail gives the normalised local part and the ASCII domain.
func splitEmail(s string) (local, domain string, ok bool) {
	s = trimKey(s)
	if open := strings.LastIndexByte(s, '<'); open >= 0 && strings.HasSuffix(s, ">") {
		s = s[open+1 : len(s)-1]
	}
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s, _, _ = strings.Cut(s[7:], "?")
	}
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

// validLocal accepts the unquoted form: letters, digits and the marks of RFC
// 5322, dots inside, and letters beyond ASCII (RFC 6531).
func validLocal(local string) bool {
	for i := range len(local) {
		c := local[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c >= 0x80:
		case strings.IndexByte("!#$%&'*+-/=?^_`{|}~", c) >= 0:
		case c == '.' && i > 0 && i < len(local)-1 && local[i-1] != '.':
		default:
			return false
		}
	}
	return local != "" && !hasSpace(local)
}

// RoleMailbox reports whether the local part of an address names a function
// rather than a person: info, sales, no-reply. Tags are looked through.
func RoleMailbox(local string) bool {
	local, _, _ = strings.Cut(lower(local), "+")
	if strings.ContainsAny(local, "-_.") {
		local = strings.Map(func(r rune) rune {
			if r == '-' || r == '_' || r == '.' {
				return -1
			}
			return r
		}, local)
	}
	return roles[local]
}

// roles are the functions that share a mailbox, without marks, in the languages
// in which company sites are commonly written.
var roles = wordSet(`
	abuse accounting accounts accountspayable accountsreceivable admin administration administrator affiliates ap ar
	all anfrage apply assistance atendimento audit bewerbung bestellung billing board booking bookings buchhaltung buero business
	career careers care ceo chat commercial communications community compliance comercial comunicacion concierge contabilidad
	contact contacto contactos contacts contactus contato contatti customercare customerservice customersuccess customersupport
	customers data dataprotection datenschutz dev developer developers devops direction dispatch dns donotreply dpo
	editor editorial einkauf email empleo engineering enquire enquiries enquiry events everyone export facturacion
	facturation feedback finance financeiro frontdesk ftp gdpr general geral gerencia guestservices hello hallo hei hej hi hola
	help helpdesk hilfe hostmaster hr humanresources info infodesk informacion information informatica informations inquiries inquiry
	investor investorrelations investors invoice invoices invoicing it job jobs kantoor karriere kontakt kundenservice kundeservice
	legal list listserv mail mailbox mailerdaemon main maintenance management marketing me media members membership
	news newsletter nobody noc noreply noreplies office officemanager online operations ops order orders partner partners partnership
	partnerships payments payroll phish phishing post postmaster pr presse press prensa privacy procurement product purchasing
	rechnung rechnungen reception recepcion recruiting recruiter recruitment recursoshumanos redaktion reservations reservation returns rh root
	sales salesteam secretariat secretary security sekretariat service services servicedesk serviceclient shipping shop soporte spam ssladmin
	staff store studio subscribe suporte support supportteam sysadmin tech technik technical techsupport team test testing ticket tickets training
	undisclosedrecipients unsubscribe usenet uucp vendas vendor vendors ventas verkauf vertrieb verwaltung web webadmin webmaster
	webteam welcome wholesale www zentrale
`)

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
