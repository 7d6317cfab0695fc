package fettle_test

import (
	"go/token"
	"regexp"
	"strings"
	"testing"
)

// byHand finds an amount whose unit is written beside it, as "%s credits": of one
// it says "1 credits". Of two amounts ("3 of 1,000 credits", "0.5 to 1 credits")
// the last is rarely one, and is let through.
var byHand = regexp.MustCompile(`((^|[^%])%[sdv]|…) credits\b`)

var ofTwo = regexp.MustCompile(`%[sdv] (of|to) %[sdv] credits\b|… of … credits\b|between %[sdv] and %[sdv] credits\b`)

// TestMoneyIsCountedByItsType refuses units written by hand: Credits.Words knows
// the singular.
func TestMoneyIsCountedByItsType(t *testing.T) {
	found := 0
	eachText(t, nil, func(at token.Position, text string) {
		if strings.Contains(text, " credits") {
			found++
		}
		if at.Filename == "credit.go" {
			return // Words itself
		}
		if byHand.MatchString(ofTwo.ReplaceAllString(text, "")) {
			t.Errorf("%s: %q: write the amount with its unit (Words), or one is \"1 credits\"", at, text)
		}
	})
	if found == 0 {
		t.Error("no text speaks of credits: nothing was looked at")
	}
}
