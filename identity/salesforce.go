package identity

import "strings"

// The ids of Salesforce have 15 characters, in which case counts; the form of 18
// ends with three more that say which of the others are capitals, for programs
// that ignore case. Both are one id.
const (
	shortID = 15
	longID  = 18
)

// caseMarks are the characters of the ending: each stands for five bits, the
// lowest for the first of five characters.
const caseMarks = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

// RecordID is the id of a source's record as ids are compared. Of a short id of
// Salesforce it is the long one; of a long one whose case was lost on the way
// (all capitals, or none) the one with its case. Any other id is itself.
func RecordID(id string) string {
	switch {
	case len(id) == shortID && alphanumeric(id):
		return id + caseEnding(id)
	case len(id) == longID && alphanumeric(id) && strings.HasPrefix(id, "00") && (id == strings.ToLower(id) || id == strings.ToUpper(id)):
		if whole, ok := restoreCase(id); ok {
			return whole
		}
	}
	return id
}

// ShortRecordID is the short form of what RecordID gives, where it has one.
func ShortRecordID(id string) (short string, ok bool) {
	if len(id) != longID || !alphanumeric(id) || caseEnding(id[:shortID]) != id[shortID:] {
		return "", false
	}
	return id[:shortID], true
}

func alphanumeric(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// caseEnding computes the three characters that belong to a short id.
func caseEnding(id string) string {
	var out [longID - shortID]byte
	for i := range out {
		bits := 0
		for j := range 5 {
			if c := id[5*i+j]; c >= 'A' && c <= 'Z' {
				bits |= 1 << j
			}
		}
		out[i] = caseMarks[bits]
	}
	return string(out[:])
}

// restoreCase gives a long id the case that its ending says. It is not ok where
// the ending calls a digit a capital.
func restoreCase(id string) (whole string, ok bool) {
	out := []byte(strings.ToLower(id[:shortID]))
	ending := strings.ToUpper(id[shortID:])
	for i := range len(ending) {
		bits := strings.IndexByte(caseMarks, ending[i])
		if bits < 0 {
			return "", false
		}
		for j := range 5 {
			if bits&(1<<j) == 0 {
				continue
			}
			at := 5*i + j
			if out[at] < 'a' || out[at] > 'z' {
				return "", false
			}
			out[at] -= 'a' - 'A'
		}
	}
	return string(out) + ending, true
}
