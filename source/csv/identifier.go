package csv

import (
	"regexp"
	"strings"
	"unicode"
)

// What a column must hold before it is taken for the ids of its rows: so many
// rows, no blanks, no value twice, none longer than this in bytes.
const (
	fewestNamedIDs = 2 // of a column that is called an id
	fewestCodes    = 5 // of any other
	longestID      = 64
)

// GuessID finds a column that tells the rows apart: one that is called an id, a
// key or the like, or else codes of letters and digits that are all written
// alike ("B000944"). The rows are the first of the table; free says which
// columns are looked at. It is "" if there is none.
func GuessID(columns []string, rows [][]string, free func(column string) bool) string {
	code := ""
	for i, c := range columns {
		if !free(c) || !distinct(rows, i) {
			continue
		}
		if len(rows) >= fewestNamedIDs && namesID(c) {
			return c
		}
		if code == "" && len(rows) >= fewestCodes && codes(rows, i) {
			code = c
		}
	}
	return code
}

// distinct reports whether each row has a value of its own that can be an id.
func distinct(rows [][]string, column int) bool {
	seen := make(map[string]bool, len(rows))
	for _, r := range rows {
		v := strings.TrimSpace(r[column])
		if v == "" || len(v) > longestID || seen[v] || strings.ContainsAny(v, "@/") || strings.ContainsFunc(v, unicode.IsSpace) {
			return false
		}
		seen[v] = true
	}
	return true
}

// idEndings end the plain name of a column of ids. Ids of something else that
// rows belong to are not theirs.
var (
	idEndings = regexp.MustCompile(`(id|key|guid|uuid|identifier)$`)
	ofOthers  = regexp.MustCompile(`company|account|organi[sz]ation|employer|owner|parent|campaign|manager|team|segment|list`)
)

func namesID(column string) bool {
	name := plainName(column)
	return idEndings.MatchString(name) && !ofOthers.MatchString(name)
}

// codes reports whether the values are letters and digits in one order.
func codes(rows [][]string, column int) bool {
	first := shape(strings.TrimSpace(rows[0][column]))
	if !strings.Contains(first, "a") || !strings.Contains(first, "0") {
		return false
	}
	for _, r := range rows {
		if s := shape(strings.TrimSpace(r[column])); s != first {
			return false
		}
	}
	return true
}

// shape is a code with each run of letters as one a, each of digits as one 0;
// "" for what is no code.
func shape(v string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range v {
		switch {
		case r >= '0' && r <= '9':
			r = '0'
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			r = 'a'
		case r == '-' || r == '_':
		default:
			return ""
		}
		if r != last {
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}
