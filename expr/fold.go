package expr

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// FoldPostgres is the body of fettle_fold(x text) on PostgreSQL that agrees
// with Fold: declare it IMMUTABLE, STRICT and PARALLEL SAFE, LANGUAGE sql. The
// final sigma is made a plain one, since ICU lower-cases Σ by its neighbours.
const FoldPostgres = `translate(lower(x COLLATE "und-x-icu"), 'ς', 'σ')`

// Fold gives the form in which text is compared without case: every character
// lower-cased by itself. It is registered as fettle_fold on SQLite.
func Fold(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || ('A' <= c && c <= 'Z') {
			return fold(s)
		}
	}
	return s
}

func fold(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case 'A' <= r && r <= 'Z':
			b.WriteByte(byte(r) + 'a' - 'A')
		case r < utf8.RuneSelf:
			b.WriteByte(byte(r))
		case r == 'İ': // the one character whose lower case is two
			b.WriteString("i\u0307")
		case r == 'ς':
			b.WriteRune('σ')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// containsFold, hasPrefixFold and hasSuffixFold look for a folded needle in
// text as it is. ASCII text is compared in place, without a copy.
func containsFold(s, needle string) bool {
	if !ascii(s) {
		return strings.Contains(fold(s), needle)
	}
	for i := 0; i+len(needle) <= len(s); i++ {
		if equalFold(s[i:i+len(needle)], needle) {
			return true
		}
	}
	return false
}

func hasPrefixFold(s, needle string) bool {
	if !ascii(s) {
		return strings.HasPrefix(fold(s), needle)
	}
	return len(s) >= len(needle) && equalFold(s[:len(needle)], needle)
}

func hasSuffixFold(s, needle string) bool {
	if !ascii(s) {
		return strings.HasSuffix(fold(s), needle)
	}
	return len(s) >= len(needle) && equalFold(s[len(s)-len(needle):], needle)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// equalFold compares ASCII text with a folded needle of the same length.
func equalFold(s, needle string) bool {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != needle[i] {
			return false
		}
	}
	return true
}
