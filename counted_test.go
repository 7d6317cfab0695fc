package fettle_test

import (
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// bareCount finds a count whose thing is written beside it, as "%d rows": of one
// it says "1 rows".
var bareCount = regexp.MustCompile(`(^|[^%])%d (more |new |other )?(rows|records|values|calls|lines|columns|cells|messages|signals|pairs|fields|charges|conflicts|people|companies|tries|times|limits|files)\b`)

// beyondOne is where the count is a bound, or too many already, and so never one.
var beyondOne = regexp.MustCompile(`(of|of about|last|up to|at most|more than|after|to|every) %d \w+|%d \w+( at once|; the most| a page| in (one|a) (body|request)| in a row| are (too many|more than)| already)|%d of (about )?%d \w+|^%d (values|times)$|%d (more )?(lines cannot be skipped)`)

// TestThingsAreCountedByCount refuses counts written by hand: Count knows the
// singular, and writes 1,234 as people do.
func TestThingsAreCountedByCount(t *testing.T) {
	read := eachText(t, nil, func(at token.Position, text string) {
		if at.Filename == "thousands.go" || strings.Contains(at.Filename, "/bench") || strings.HasPrefix(at.Filename, "store/") || strings.Contains(at.Filename, "test/") {
			return // Count itself; what only those read who build the program
		}
		if bareCount.MatchString(beyondOne.ReplaceAllString(text, "")) {
			t.Errorf("%s: %q: count with fettle.Count, or of one it says \"1 rows\"", at, text)
		}
	})
	if read < 1000 {
		t.Errorf("only %d texts were looked at", read)
	}
}
