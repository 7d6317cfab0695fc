package identity

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Phone gives the E.164 form of a phone number. Region is the ISO 3166 alpha-2
// country of numbers without a country code; without one, such numbers are not
// ok. A number is ok when its length is possible in its country: plans of
// numbering change faster than tables of them. An extension is left out.
func Phone(s, region string) (e164 string, ok bool) {
	e164, _, ok = parsePhone(s, region)
	return e164, ok
}

func parsePhone(s, region string) (e164, extension string, ok bool) {
	s = phoneText(s)
	if s == "" || len(s) > 64 {
		return "", "", false
	}
	region = strings.ToUpper(strings.TrimSpace(region))
	if region == "" && strings.HasPrefix(s, "00") {
		s = "+" + s[2:]
	}
	n, err := phonenumbers.Parse(s, region)
	if err != nil || phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE {
		return "", "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), n.GetExtension(), true
}

// plausiblePhone reports whether text without a known region can be a phone
// number: with a country code it is checked; else it has 7 to 15 digits among
// the marks that phone numbers are written with.
func plausiblePhone(s string) bool {
	s = phoneText(s)
	if strings.HasPrefix(s, "+") || strings.HasPrefix(s, "00") {
		_, ok := Phone(s, "")
		return ok
	}
	number := s
	for _, mark := range []string{"ext.", "ext", "extension", "x", "#"} {
		if head, tail, found := strings.Cut(strings.ToLower(s), mark); found && digits(strings.TrimSpace(tail)) {
			number = head
			break
		}
	}
	n := 0
	for _, r := range number {
		switch {
		case r >= '0' && r <= '9':
			n++
		case !strings.ContainsRune(" .-/()\u00a0\u2010\u2011\u2012\u2013", r):
			return false
		}
	}
	return n >= 7 && n <= 15
}

// PhoneRegion gives the alpha-2 code of a country, by its code or English name,
// if phone numbers of it are known.
func PhoneRegion(country string) (alpha2 string, ok bool) {
	alpha2, ok = Country(country)
	return alpha2, ok && phonenumbers.GetCountryCodeForRegion(alpha2) != 0
}

// OnePhone reports whether a text has no more digits than one phone number, an
// extension included.
func OnePhone(s string) bool {
	const most = 15 + 6
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n <= most && (n <= 15 || strings.ContainsAny(lower(s), "x#"))
}
