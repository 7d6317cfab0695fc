package identity

import (
	"regexp"
	"strings"
)

// What people and programs write around an address or a number is no part of it.
var (
	emailLabel   = regexp.MustCompile(`^(?i:e-?mail|mail|mailto)\s*:\s*`)
	phoneLabel   = regexp.MustCompile(`^(?i:tel|telephone|telefon|téléphone|phone|ph|mobile|mobil|mob|cell|cellphone|handy|portable|direct|work|office|home|main|[tmpwohcd])\s*[.:]+\s*|^(?i:tel|callto|phone):`)
	quotedName   = regexp.MustCompile(`^"[^"@]*"\s+`)
	plainComment = regexp.MustCompile(`\s*\([^()@0-9]*\)$`)
	schemes      = regexp.MustCompile(`^(?i:https?(?::[/\\]*|//)\s*)+`)
	wideMarks    = strings.NewReplacer("＠", "@", "．", ".", "。", ".", "｡", ".", "：", ":", "／", "/")
)

// trimAround takes white space, brackets, quotes and the punctuation of a sentence
// off the ends of a text.
func trimAround(s string) string {
	s = strings.TrimLeft(trimKey(s), `([<"`)
	return trimKey(strings.TrimRight(s, `)]>"',;.:`))
}

// emailText gives the address in a text that says nothing else beside it: "mailto:",
// the name of whose it is, what it is for, quotes and brackets, punctuation.
func emailText(s string) string {
	s = strings.Trim(Unquote(trimKey(s)), loneQuotes)
	if !asciiOnly(s) {
		s = wideMarks.Replace(s)
	}
	s = strings.TrimRight(plainComment.ReplaceAllString(s, ""), " ,;.")
	if open := strings.LastIndexByte(s, '<'); open >= 0 && strings.HasSuffix(s, ">") {
		s = s[open+1 : len(s)-1]
	}
	if label := emailLabel.FindString(s); label != "" {
		s, _, _ = strings.Cut(s[len(label):], "?")
	}
	return strings.Trim(trimAround(quotedName.ReplaceAllString(s, "")), loneQuotes)
}

// phoneText gives the number in a text that says nothing else beside it: "tel:", what
// it is for, the apostrophe by which a spreadsheet keeps it as text.
func phoneText(s string) string {
	s = strings.TrimRight(trimKey(plainComment.ReplaceAllString(trimKey(s), "")), ",;.")
	s = strings.TrimPrefix(s, "'")
	return trimKey(strings.TrimPrefix(s, phoneLabel.FindString(s)))
}

// hostText gives the host or web address in a text: without quotes and brackets
// around it, with one scheme where that is written twice or with a slip.
func hostText(s string) string {
	s = Unquote(trimKey(s))
	if !asciiOnly(s) {
		s = wideMarks.Replace(s)
	}
	s = strings.TrimPrefix(strings.TrimRight(strings.TrimLeft(s, "<[("), ">]),;. "), "@")
	if scheme := schemes.FindString(s); scheme != "" {
		return "http://" + s[len(scheme):]
	}
	return s
}
