package provider

import (
	"strings"

	"fettle"
	"fettle/identity"
	"fettle/identity/stranger"
)

// Asked is what a question says of whom it is about, by the types and names of the
// operation's inputs, and by which keys it asks.
func Asked(info OperationInfo, entity fettle.Entity, inputs map[string]any) stranger.Known {
	var k stranger.Known
	if info.Entity != "" {
		entity = info.Entity
	}
	for _, p := range info.Inputs {
		text := ""
		if v := inputs[p.Name]; v != nil {
			text = strings.TrimSpace(fettle.FormatValue(v))
		}
		if text == "" {
			continue
		}
		switch p.Type {
		case fettle.LinkedIn:
			if key, ok := identity.LinkedIn(text); ok && identity.IsCompanyLinkedIn(key) == (entity == fettle.Companies) {
				k.LinkedIn, k.ByLink = text, true
			}
		case fettle.Email:
			k.Email, k.ByEmail = text, true
		case fettle.Phone:
			k.ByPhone = true
		case fettle.Domain, fettle.URL:
			k.Domains, k.ByDomain = append(k.Domains, text), true
		case fettle.Country:
			k.Country = text
		case fettle.Text, fettle.Number, fettle.Currency, fettle.Select, fettle.MultiSelect, fettle.Boolean, fettle.Date, fettle.Timestamp, fettle.JSON:
			askedByName(&k, p.Name, text, entity)
		}
	}
	return k
}

// askedByName notes an input whose name says what it is.
func askedByName(k *stranger.Known, name, text string, entity fettle.Entity) {
	switch name {
	case "full_name", "name", "person_name":
		k.Name = text
	case "first_name":
		k.First = text
	case "last_name":
		k.Last = text
	case "company", "company_name", "organization", "organization_name":
		if entity == fettle.Companies {
			k.Name = text
			return
		}
		k.Employers = append(k.Employers, text)
	case "country", "country_code", "location":
		k.Country = text
	}
}
