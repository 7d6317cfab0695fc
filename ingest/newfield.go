package ingest

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"fettle"
)

// newField makes the field that a column gets, or could get.
func newField(fields, made []fettle.Field, entity fettle.Entity, column string, at int, k kind) fettle.Field {
	return fettle.Field{Entity: entity, Key: freeKey(fields, made, column, at), Label: labelOf(column), Type: cmp.Or(k.Type, fettle.Text), Currency: k.Currency}
}

// freeKey makes a key of a heading that no field has. A heading of letters that
// no key can have is named by its place.
func freeKey(fields, made []fettle.Field, column string, at int) string {
	base := fettle.FieldKey(plainLetters(column))
	if base == "" {
		base = "column_" + strconv.Itoa(at+1)
	}
	taken := func(key string) bool {
		_, there := fieldByKey(fields, key)
		_, again := fieldByKey(made, key)
		return there || again || fettle.CheckFieldKey(key) != nil
	}
	key := base
	for n := 2; taken(key); n++ {
		suffix := "_" + strconv.Itoa(n)
		key = base[:min(len(base), 59-len(suffix))] + suffix
	}
	return key
}

// plainLetters writes accented letters without their accents.
func plainLetters(s string) string {
	s = strings.NewReplacer("ß", "ss", "æ", "ae", "Æ", "Ae", "ø", "o", "Ø", "O", "ł", "l", "Ł", "L", "œ", "oe", "Œ", "Oe", "đ", "d", "Đ", "D", "ı", "i").Replace(s)
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// acronyms keep their capitals in a label.
var acronyms = map[string]string{
	"id": "ID", "ids": "IDs", "url": "URL", "urls": "URLs", "crm": "CRM", "utm": "UTM", "ip": "IP", "arr": "ARR", "mrr": "MRR", "sms": "SMS", "gdpr": "GDPR",
	"roi": "ROI", "icp": "ICP", "sdr": "SDR", "linkedin": "LinkedIn", "hubspot": "HubSpot", "salesforce": "Salesforce", "facebook": "Facebook", "twitter": "Twitter",
}

// labelOf makes a heading readable: hs_lead_status becomes Hs lead status, and
// firstConversionDate First conversion date. What a person wrote in words stays.
func labelOf(heading string) string {
	heading = strings.Join(strings.Fields(heading), " ")
	words := headingWords(heading)
	if len(words) == 0 {
		return heading
	}
	if strings.Contains(heading, " ") || len(words) == 1 && words[0] != strings.ToLower(words[0]) {
		return heading
	}
	for i, w := range words {
		lower := strings.ToLower(w)
		switch known := acronyms[lower]; {
		case known != "":
			words[i] = known
		case i == 0:
			words[i] = string(unicode.ToUpper([]rune(lower)[0])) + string([]rune(lower)[1:])
		default:
			words[i] = lower
		}
	}
	return strings.Join(words, " ")
}

// newFields are the fields that are made for columns, with their columns.
func (m *mapping) newFields() []fettle.NewField {
	var out []fettle.NewField
	for _, t := range m.mapped {
		if f, made := fieldByKey(m.create, t.field.Key); made {
			out = append(out, fettle.NewField{Column: m.columns[t.column], Field: f.Key, Label: f.Label, Type: f.Type, Currency: f.Currency})
		}
	}
	return out
}
