package identity

import (
	"strings"
	"unicode"
)

// trimKey trims white space and the invisible characters that come along when
// text is copied from a page or a spreadsheet.
func trimKey(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || invisible(r) })
}

func invisible(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u202a', '\u202c', '\u2060', '\ufeff':
		return true
	}
	return false
}

// hasSpace reports white space, control or invisible characters.
func hasSpace(s string) bool {
	for _, r := range s {
		if unicode.IsSpace(r) || unicode.IsControl(r) || invisible(r) || r == unicode.ReplacementChar {
			return true
		}
	}
	return false
}

func asciiOnly(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// quotePairs are the marks that stand around a quoted text, opening and closing
// one; typographic ones come from word processors and chats.
var quotePairs = []struct{ opens, closes string }{
	{"\"", "\""},
	{"'", "'"},
	{"“", "”"},
	{"“", "“"},
	{"”", "”"},
	{"„", "“"},
	{"„", "”"},
	{"‟", "”"},
	{"‘", "’"},
	{"‚", "‘"},
	{"’", "’"},
	{"«", "»"},
	{"»", "«"},
	{"‹", "›"},
	{"›", "‹"},
	{"「", "」"},
	{"＂", "＂"},
	{"`", "`"},
	{"`", "'"},
}

// Unquote takes the quotes off a text that stands between two of them as a whole.
func Unquote(s string) string {
	for _, q := range quotePairs {
		inner, opened := strings.CutPrefix(s, q.opens)
		if inner, closed := strings.CutSuffix(inner, q.closes); opened && closed && inner != "" && !strings.Contains(inner, q.opens) {
			return trimKey(inner)
		}
	}
	return s
}
