package csv

import (
	"fmt"
	"strconv"
	"strings"

	"fettle"
)

// delimiterNames are the words for what stands between cells.
var delimiterNames = map[string]byte{
	"comma": ',', "semicolon": ';', "tab": '\t', `\t`: '\t', "pipe": '|', "bar": '|', "colon": ':', "tilde": '~', "caret": '^', "space": ' ', "us": 0x1f,
}

// ParseDelimiter reads a delimiter as people give it: the character itself, its
// name, or its code (U+001F, 0x1f, \x1f). "" is none.
func ParseDelimiter(text string) (byte, error) {
	if text == "" {
		return 0, nil
	}
	if d, named := delimiterNames[strings.ToLower(text)]; named {
		return d, nil
	}
	if len(text) == 1 && separates(text[0]) {
		return text[0], nil
	}
	low := strings.ToLower(text)
	for _, prefix := range []string{"u+", "0x", `\x`, `\u`} {
		if code, ok := strings.CutPrefix(low, prefix); ok {
			if n, err := strconv.ParseUint(code, 16, 8); err == nil && separates(byte(n)) {
				return byte(n), nil
			}
		}
	}
	return 0, fettle.Errorf(fettle.Invalid, "%.20q cannot stand between cells", text).WithHint("Give one character, such as ; or |, or tab, or a code such as U+001F.").With("field", "delimiter")
}

// delimiterText is ParseDelimiter's way back: the character itself, or a name or
// code for one that nobody sees.
func delimiterText(d byte) string {
	switch {
	case d == 0:
		return ""
	case d == '\t':
		return "tab"
	case d == ' ':
		return "space"
	case d < ' ':
		return fmt.Sprintf("U+%04X", d)
	}
	return string(rune(d))
}

// separates reports whether a character can stand between cells: one byte, and
// no letter, digit, quote or line end.
func separates(d byte) bool {
	return d > 0 && d < 0x80 && strings.IndexByte("\"\r\n", d) < 0 && (d < '0' || d > '9') && !asciiLetter(rune(d))
}
