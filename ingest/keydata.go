package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"fettle"
	"fettle/identity"
)

// KeyFields are the fields that say who a record is: a change of one of them
// raises what a person decided of the record again.
func KeyFields(entity fettle.Entity) []string {
	if entity == fettle.Companies {
		return []string{"external_id", "name", "domain", "linkedin_url"}
	}
	return []string{"external_id", "name", "first_name", "last_name", "email", "phone", "linkedin_url", "company_domain"}
}

// KeyData is a fingerprint of what says who a record is. The way in which it is
// written (case, white space, the form of an address) does not count.
func KeyData(entity fettle.Entity, get func(field string) any) string {
	sum := sha256.New()
	put := func(s string) { _, _ = sum.Write([]byte(s + "\x00")) }
	for _, k := range keysOf(entity, "", get, identity.Options{Phone: true}) {
		put(keyText(entity, k))
	}
	for _, field := range KeyFields(entity) {
		switch field {
		case "external_id", "email", "linkedin_url", "domain", "phone":
			continue // as the keys above, where they are any
		}
		if text, ok := get(field).(string); ok {
			put(field + "=" + strings.Join(strings.Fields(strings.ToLower(text)), " "))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}
