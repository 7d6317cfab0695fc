package fettle

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Look is how the grid is laid out. Keys of fields that are there no more stand for
// nothing.
type Look struct {
	Where  string         `json:"where,omitempty"` // CEL: what narrows it
	Search string         `json:"search,omitempty"`
	Sort   string         `json:"sort,omitempty"` // a field's key
	Desc   bool           `json:"desc,omitempty"`
	Group  string         `json:"group,omitempty"` // the key of a field by whose values the records are counted
	Order  []string       `json:"order,omitempty"` // of the columns
	Hidden []string       `json:"hidden,omitempty"`
	Pinned []string       `json:"pinned,omitempty"`
	Widths map[string]int `json:"widths,omitempty"` // in pixels
	Height string         `json:"height,omitempty" enum:"low,middle,high"`
	Colors []ColorRule    `json:"colors,omitempty" maxItems:"50"`
}

// ColorRule tints the cells of a field that are as it says; of several the first
// that holds does.
type ColorRule struct {
	Field string `json:"field"`
	Is    string `json:"is" enum:"is,contains,above,below,filled,blank,stale"`
	Value string `json:"value,omitempty"`
	Tint  string `json:"tint" enum:"red,orange,yellow,green,blue,purple"`
}

// SavedView is a layout of the grid that somebody keeps under a name.
type SavedView struct {
	ID        int64     `json:"id"`
	Entity    Entity    `json:"entity"`
	Audience  string    `json:"audience,omitempty"`
	Name      string    `json:"name"`
	Shared    bool      `json:"shared"` // everybody has it
	MadeBy    string    `json:"made_by"`
	UpdatedAt time.Time `json:"updated_at"`
	Look      Look      `json:"look"`
	ETag      string    `json:"etag"` // names it as it stands: for If-Match
}

// maxViewName is the longest name of a view, in characters.
const maxViewName = 80

// ViewName gives the name of a view as it is kept, or refuses it.
func ViewName(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	strange := strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' })
	if n := utf8.RuneCountInString(s); n == 0 || n > maxViewName || strange || !utf8.ValidString(s) {
		return "", Errorf(Invalid, "%.80q is no name for a view", s).WithHint("Give it 1 to %d characters that can be seen.", maxViewName)
	}
	return s, nil
}
