package fettle

import (
	"slices"
	"strings"
)

// Status is what a provider says of a value that it gives, such as whether an
// email takes mail. A value that was imported or typed has none.
type Status string

// The statuses: a closed vocabulary, into which every provider's own words are
// mapped by its definition.
const (
	StatusValid      Status = "valid"      // it takes mail
	StatusCatchAll   Status = "catch_all"  // its domain takes everything, so nobody can tell
	StatusRisky      Status = "risky"      // it may bounce
	StatusRole       Status = "role"       // a mailbox of a role, such as info@
	StatusDisposable Status = "disposable" // thrown away after use
	StatusUnknown    Status = "unknown"    // the provider could not tell
	StatusInvalid    Status = "invalid"    // it does not exist: never a result
)

// Statuses lists the statuses, the best first.
func Statuses() []Status {
	return []Status{StatusValid, StatusCatchAll, StatusRisky, StatusRole, StatusDisposable, StatusUnknown, StatusInvalid}
}

// ParseStatus reads a status. What is no word of the vocabulary is unknown: a
// word that a provider makes up tomorrow is not taken for valid.
func ParseStatus(s string) (st Status, ok bool) {
	st = Status(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), "-", "_"))
	if slices.Contains(Statuses(), st) {
		return st, true
	}
	return StatusUnknown, false
}

// CheckAccept refuses a list of accepted statuses that no result could pass, or
// that names what is no status.
func CheckAccept(accept []Status) error {
	for _, a := range accept {
		switch {
		case a == StatusInvalid:
			return Errorf(Invalid, "accept: invalid is never a result").WithHint("Accept some of: %s.", acceptable())
		case !slices.Contains(Statuses(), a):
			return Errorf(Invalid, "accept: %q is no status", a).WithHint("There are: %s.", acceptable())
		}
	}
	return nil
}

func acceptable() string {
	var names []string
	for _, s := range Statuses() {
		if s != StatusInvalid {
			names = append(names, string(s))
		}
	}
	return strings.Join(names, ", ")
}

// Accepts reports whether a step takes a result with the status. Without a list
// it takes all but invalid; a result of which the provider says nothing counts
// as unknown.
func (s Step) Accepts(st Status) bool {
	if st == StatusInvalid {
		return false
	}
	if st == "" {
		st = StatusUnknown
	}
	return len(s.Accept) == 0 || slices.Contains(s.Accept, st)
}
