package fettle

import (
	"regexp"
	"slices"
	"strings"
)

// Bounds of the values that a select knows.
const (
	MaxOptions     = 1000
	MaxOptionBytes = 200
)

// ChoiceSeparator stands between the values of a multi_select, as in the exports
// of CRMs.
const ChoiceSeparator = ";"

// Choices reports whether fields of the type know their values.
func (t FieldType) Choices() bool { return t == Select || t == MultiSelect }

// Numeric reports whether values of the type are numbers.
func (t FieldType) Numeric() bool { return t == Number || t == Currency }

// Choose brings a value of a select into the spelling of the field's own values,
// and says which of it the field does not know: those are kept as they are. The
// values of a multi_select come in the order of the field's, each once.
func (f *Field) Choose(v string) (chosen string, unknown []string) {
	if f.Type == Select {
		if i := f.option(v); i >= 0 {
			return f.Options[i], nil
		}
		return v, []string{v}
	}
	var known []int
	for _, part := range SplitChoices(v) {
		if i := f.option(part); i < 0 {
			unknown = append(unknown, part)
		} else if !slices.Contains(known, i) {
			known = append(known, i)
		}
	}
	slices.Sort(known)
	parts := make([]string, 0, len(known)+len(unknown))
	for _, i := range known {
		parts = append(parts, f.Options[i])
	}
	return strings.Join(append(parts, unknown...), ChoiceSeparator), unknown
}

// option finds a value among those that the field knows; spelling in capitals
// does not matter.
func (f *Field) option(v string) int {
	if i := slices.Index(f.Options, v); i >= 0 {
		return i
	}
	return slices.IndexFunc(f.Options, func(o string) bool { return strings.EqualFold(o, v) })
}

// SplitChoices gives the values of a multi_select, each once.
func SplitChoices(v string) []string {
	var out []string
	for part := range strings.SplitSeq(v, ChoiceSeparator) {
		part = strings.TrimSpace(part)
		if part != "" && !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, part) }) {
			out = append(out, part)
		}
	}
	return out
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// CheckChoices refuses options and a currency that a field of the type cannot
// have, and trims the options.
func (f *Field) CheckChoices() error {
	if f.Type == Currency && !currencyCode.MatchString(f.Currency) {
		return Errorf(Invalid, "a field of type currency needs its currency, and %q is none", f.Currency).WithHint("Give its ISO code, such as EUR.").With("key", "currency")
	}
	if f.Type != Currency && f.Currency != "" {
		return Errorf(Invalid, "a field of type %s has no currency", f.Type).WithHint("Make it a field of type currency.").With("key", "currency")
	}
	if !f.Type.Choices() && len(f.Options) > 0 {
		return Errorf(Invalid, "a field of type %s has no options", f.Type).WithHint("Make it a field of type select or multi_select.").With("key", "options")
	}
	if len(f.Options) > MaxOptions {
		return Errorf(Invalid, "%d options are more than %d", len(f.Options), MaxOptions).WithHint("Use a text field for so many values.").With("key", "options")
	}
	options := make([]string, 0, len(f.Options))
	for _, o := range f.Options {
		o = strings.TrimSpace(o)
		if err := CheckOption(o); err != nil {
			return err
		}
		if slices.ContainsFunc(options, func(p string) bool { return strings.EqualFold(o, p) }) {
			return Errorf(Invalid, "the option %q is there twice", o).WithHint("Capitals do not make it another one.").With("key", "options")
		}
		options = append(options, o)
	}
	if f.Options != nil {
		f.Options = options
	}
	return nil
}

// CheckOption refuses what cannot be a value that a select knows.
func CheckOption(o string) error {
	switch {
	case o == "":
		return Errorf(Invalid, "an option is blank").WithHint("Leave it out: every field may be blank.").With("key", "options")
	case len(o) > MaxOptionBytes:
		return Errorf(Invalid, "an option has %d bytes, more than %d", len(o), MaxOptionBytes).WithHint("Shorten it, or use a text field.").With("key", "options")
	case strings.ContainsAny(o, ChoiceSeparator+"\n\r\x00"):
		return Errorf(Invalid, "the option %q holds a semicolon or a line break", o).WithHint("A semicolon stands between the values of a multi_select.").With("key", "options")
	}
	return nil
}

// NewValues are values that a select or multi_select did not know.
type NewValues struct {
	Field   string     `json:"field"`
	Values  []NewValue `json:"values"`          // the most frequent first, a thousand at most
	Created bool       `json:"created"`         // they were added to the field; else they are stored, marked, and can be added
	Other   int64      `json:"other,omitempty"` // rows with further ones
}

// NewValue is one of them.
type NewValue struct {
	Value string `json:"value"`
	Rows  int64  `json:"rows"`
}
