package fettle

import (
	"fmt"
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

// Percent writes a part of a whole as the app does: "95.7%"; never 100 while
// something is missing, nor 0 while something is there.
func Percent(part, total int64) string {
	switch {
	case total <= 0:
		return "–"
	case part <= 0:
		return "0%"
	case part >= total:
		return "100%"
	case part*1000 < total:
		return "< 0.1%"
	}
	tenths := min((part*1000+total/2)/total, 999)
	return fmt.Sprintf("%d.%d%%", tenths/10, tenths%10)
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
