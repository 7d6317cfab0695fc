// Package label judges what people call things, and makes names of it. A label
// is free text that changes at will; a name is a key in files, in the API and in
// the journal, and stays.
package label

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"fettle"
)

// most is how long a label may be, in characters.
const most = 120

// Check gives a label as it is kept: without blanks around it, its letters
// composed. What does not stay on one line, or turns the text around it, is
// refused: labels stand in messages and mails.
func Check(s string) (string, error) {
	fail := func(what, hint string) (string, error) {
		return "", fettle.Errorf(fettle.Invalid, "the label %s", what).WithHint("%s", hint).With("key", "label")
	}
	if !utf8.ValidString(s) {
		return fail("is not UTF-8", "Send it as UTF-8.")
	}
	s = norm.NFC.String(strings.TrimFunc(s, blank))
	if s == "" {
		return fail("is empty", "Write what people call it, such as House Democrats.")
	}
	if n := utf8.RuneCountInString(s); n > most {
		return fail("is too long", "At most "+fettle.Thousands(most)+" characters; this has "+fettle.Thousands(int64(n))+".")
	}
	for _, r := range s {
		switch {
		case unicode.IsControl(r) || r == '\u2028' || r == '\u2029':
			return fail("has a line break or another control character", "Write it in one line.")
		case r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
			return fail("has a character that turns the direction of the text", "Leave the invisible character out; letters of any script are fine without.")
		}
	}
	return s, nil
}

// blank is what nobody sees at the ends of a label. A joiner is not: emoji are
// made of them.
func blank(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\u2060' || r == '\ufeff' || r == '\u00ad'
}

// longest is how long a name may be (fettle.CheckName).
const longest = 63

// reserved are names that addresses have for something else: /audiences/new,
// /audiences/count.
func reserved(name string) bool { return name == "new" || name == "count" }

// Name makes a name of a label: the letters and digits of its words, with hyphens
// between. A label without any is named by kind. A name that is taken gets a
// number.
func Name(label, kind string, taken func(name string) (bool, error)) (string, error) {
	base := words(label)
	if base == "" {
		base = kind
	}
	for n := int64(1); ; n++ {
		name := base
		if n > 1 {
			end := "-" + strconv.FormatInt(n, 10)
			name = strings.TrimRight(cut(base, longest-len(end)), "-") + end
		}
		if reserved(name) {
			continue
		}
		if is, err := taken(name); err != nil || !is {
			return name, err
		}
	}
}

func cut(s string, n int) string { return s[:min(len(s), n)] }

// plain writes letters that do not come apart into one of a to z and an accent.
func plain() *strings.Replacer {
	return strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i", "&", " and ")
}

func words(label string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(plain().Replace(strings.ToLower(label))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.M, r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(cut(b.String(), longest), "-")
}
