package fettle

import (
	"regexp"
	"strings"
)

// Entity is people or companies.
type Entity string

// The entities.
const (
	People    Entity = "people"
	Companies Entity = "companies"
)

// Entities lists the entities in the order in which they are shown.
func Entities() []Entity { return []Entity{People, Companies} }

// ParseEntity reads an entity's name.
func ParseEntity(s string) (Entity, error) {
	switch Entity(s) {
	case People, Companies:
		return Entity(s), nil
	}
	return "", Errorf(Invalid, "%q is not an entity", s).WithHint("Use people or companies.")
}

// FieldType is the type of a field's values.
type FieldType string

// The field types. Email, url, phone, domain, linkedin and country are text
// with a checked format; json is any JSON document.
const (
	Text      FieldType = "text"
	Number    FieldType = "number"
	Boolean   FieldType = "boolean"
	Date      FieldType = "date"      // 2006-01-02
	Timestamp FieldType = "timestamp" // RFC 3339, microseconds
	Email     FieldType = "email"
	URL       FieldType = "url"
	Phone     FieldType = "phone"
	Domain    FieldType = "domain"
	LinkedIn  FieldType = "linkedin"
	Country   FieldType = "country"
	JSON      FieldType = "json"

	Select      FieldType = "select"       // one of the field's options
	MultiSelect FieldType = "multi_select" // some of them, between semicolons
	Currency    FieldType = "currency"     // an amount of the field's currency
)

// FieldTypes lists every type.
func FieldTypes() []FieldType {
	return []FieldType{Text, Number, Boolean, Date, Timestamp, Email, URL, Phone, Domain, LinkedIn, Country, JSON, Select, MultiSelect, Currency}
}

// ParseFieldType reads a type's name.
func ParseFieldType(s string) (FieldType, error) {
	for _, t := range FieldTypes() {
		if string(t) == s {
			return t, nil
		}
	}
	return "", Errorf(Invalid, "%q is not a field type", s).WithHint("Types: text, number, boolean, date, timestamp, email, url, phone, domain, linkedin, country, json, select, multi_select, currency.")
}

// Textual reports whether values of the type are stored and compared as text.
func (t FieldType) Textual() bool {
	switch t {
	case Number, Currency, Boolean, Date, Timestamp, JSON:
		return false
	case Text, Email, URL, Phone, Domain, LinkedIn, Country, Select, MultiSelect:
		return true
	}
	return true
}

// Field is a typed attribute of an entity. Its key is a column of the entity's
// table.
type Field struct {
	Entity      Entity    `json:"entity"`
	Key         string    `json:"field"`
	Label       string    `json:"label"`
	Type        FieldType `json:"type"`
	Builtin     bool      `json:"builtin"` // cannot be deleted or retyped
	KeyField    bool      `json:"key"`     // shown first in the Data Hub
	Description string    `json:"description,omitempty"`
	Position    int       `json:"position"`
	Options     []string  `json:"options,omitempty"`  // the values that a select or multi_select knows, in their order
	Currency    string    `json:"currency,omitempty"` // the ISO code of a field of type currency
	ETag        string    `json:"etag,omitempty"`     // where it is read: names it as it stands, for If-Match
	CreatedAtUS int64     `json:"-"`
}

// MaxFields is the most fields that an entity may have: wider rows no longer
// fit a page of PostgreSQL.
const MaxFields = 400

// MaxValueBytes is the longest value of a text field, in bytes of UTF-8.
const MaxValueBytes = 64 << 10

var fieldKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,58}$`)

// reservedFields are columns of our own and words of the expression language.
var reservedFields = map[string]bool{
	"id": true, "created_at": true, "updated_at": true, "created_at_us": true, "updated_at_us": true, "origins": true,
	"invalid": true, "company_id": true, "company_key": true, "suppressed": true, "company": true, "signals": true, "signal": true, "before": true, "record": true, "now": true,
	"true": true, "false": true, "null": true, "in": true, "input": true, "options": true, "rowid": true, "oid": true,
	"ctid": true, "xmin": true, "xmax": true, "cmin": true, "cmax": true, "tableoid": true,
	"as": true, "break": true, "const": true, "continue": true, "else": true, "for": true, "function": true, "if": true,
	"import": true, "let": true, "loop": true, "package": true, "namespace": true, "return": true, "var": true, "void": true, "while": true,
}

// IsFieldKey reports whether a key can be a column that stands quoted in SQL.
func IsFieldKey(key string) bool { return fieldKey.MatchString(key) }

// CheckFieldKey refuses keys that cannot be a column and a name in expressions.
func CheckFieldKey(key string) error {
	if !IsFieldKey(key) {
		return Errorf(Invalid, "%q is not a field key", key).WithHint("Use lower-case letters, digits and underscores, starting with a letter, at most 59 characters.")
	}
	if reservedFields[key] || strings.HasPrefix(key, "sqlite_") || strings.HasPrefix(key, "pg_") {
		return Errorf(Invalid, "%q is a reserved word", key).WithHint("Choose another key, such as %s_value.", key)
	}
	return nil
}

// FieldKey makes a field key of a column's heading: "Work E-mail" becomes
// work_e_mail. It is empty if nothing usable is left.
func FieldKey(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	key := strings.Trim(b.String(), "_")
	if key != "" && key[0] >= '0' && key[0] <= '9' {
		key = "f_" + key
	}
	if len(key) > 59 {
		key = strings.TrimRight(key[:59], "_")
	}
	if reservedFields[key] {
		key += "_value"
	}
	return key
}

// DefaultFields are the fields that every workspace has, in order.
func DefaultFields() []Field {
	mk := func(e Entity, pos int, key, label string, t FieldType, isKey bool) Field {
		return Field{Entity: e, Key: key, Label: label, Type: t, Builtin: true, KeyField: isKey, Position: pos}
	}
	return []Field{
		mk(People, 1, "external_id", "External ID", Text, false),
		mk(People, 2, "name", "Name", Text, true),
		mk(People, 3, "first_name", "First name", Text, false),
		mk(People, 4, "last_name", "Last name", Text, false),
		mk(People, 5, "email", "Email", Email, false),
		mk(People, 6, "phone", "Phone", Phone, false),
		mk(People, 7, "title", "Title", Text, true),
		mk(People, 8, "location", "Location", Text, true),
		mk(People, 9, "linkedin_url", "LinkedIn URL", LinkedIn, true),
		mk(People, 10, "company_domain", "Company domain", Domain, false),
		mk(Companies, 1, "external_id", "External ID", Text, false),
		mk(Companies, 2, "name", "Name", Text, true),
		mk(Companies, 3, "domain", "Domain", Domain, true),
		mk(Companies, 4, "linkedin_url", "LinkedIn URL", LinkedIn, true),
		mk(Companies, 5, "industry", "Industry", Text, false),
		mk(Companies, 6, "location", "Location", Text, true),
		mk(Companies, 7, "employee_count", "Employees", Number, false),
	}
}
