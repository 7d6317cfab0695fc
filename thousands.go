package fettle

import (
	"strconv"
	"strings"
)

// Thousands writes a count for people: 1,234,567.
func Thousands(n int64) string { return GroupDigits(strconv.FormatInt(n, 10)) }

// Count writes how many there are of a thing: "1 row", "1,234 rows".
func Count(n int64, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + several
}

// GroupDigits puts a comma between each three digits of a whole number.
func GroupDigits(digits string) string {
	sign := ""
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		sign, digits = "-", rest
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return sign + b.String()
}
