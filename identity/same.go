package identity

import "fettle"

// SameAddress reports whether two texts are one e-mail address, or one address on
// LinkedIn: case, the scheme, and what programs add to links do not matter.
func SameAddress(t fettle.FieldType, a, b string) bool {
	switch t {
	case fettle.Email:
		local, domain, ok := splitEmail(a)
		other, of, also := splitEmail(b)
		return ok && also && local == other && domain == of
	case fettle.LinkedIn:
		key, ok := LinkedIn(a)
		other, also := LinkedIn(b)
		return ok && also && key == other
	case fettle.Text, fettle.Number, fettle.Currency, fettle.Select, fettle.MultiSelect, fettle.Boolean, fettle.Date, fettle.Timestamp, fettle.URL, fettle.Phone, fettle.Domain, fettle.Country, fettle.JSON:
	}
	return false
}

// PoorerLinkedIn reports whether an address on LinkedIn is one of a tool (Sales
// Navigator, Recruiter, a number), which only some can open, while another is the
// public one, which everybody and every provider knows.
func PoorerLinkedIn(s, than string) bool {
	key, ok := LinkedIn(s)
	other, also := LinkedIn(than)
	return ok && also && !publicLinkedIn(key) && publicLinkedIn(other) && IsCompanyLinkedIn(key) == IsCompanyLinkedIn(other)
}

// publicLinkedIn reports whether a key is of a public address.
func publicLinkedIn(key string) bool {
	switch class(LinkedInKey, key) {
	case "in", "pub", "company", "school", "showcase":
		return true
	}
	return false
}
