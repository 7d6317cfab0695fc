package fettle

import "regexp"

// Audience is a named live filter over one entity. Nothing is copied.
type Audience struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`  // its key; it stays
	Label       string `json:"label"` // what people call it; its name where nobody said
	Entity      Entity `json:"entity"`
	Where       string `json:"where"`   // CEL over a record; "" is every record
	Builtin     bool   `json:"builtin"` // all-people and all-companies
	Description string `json:"description,omitempty"`
	CreatedAtUS int64  `json:"-"`
	UpdatedAtUS int64  `json:"-"`
}

// The audiences that every workspace has.
const (
	AllPeople    = "all-people"
	AllCompanies = "all-companies"
)

var name = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// CheckName refuses names of audiences, enrichments and providers that cannot
// stand in a URL and on a command line.
func CheckName(kind, s string) error {
	if !name.MatchString(s) {
		return Errorf(Invalid, "%q is not a name for %s", s, kind).WithHint("Use lower-case letters, digits and hyphens, at most 63 characters.")
	}
	return nil
}
