package fettle_test

import (
	"testing"

	"fettle"
)

// TestMoneyForPeople: at most two decimals, or from the first digit that is not
// zero, rounded up. The web app's formatCredits has the same cases.
func TestMoneyForPeople(t *testing.T) {
	for amount, want := range map[fettle.Credits]string{
		400_000: "0.4", 1_000: "0.001", 1_234: "0.0013", 1: "0.000001", 12_345_678: "12.35", 739_296_632: "739.3", -2_501_000: "-2.51", 0: "0", 1_234_567_800_000: "1,234,567.8", fettle.Credit: "1",
	} {
		if got := amount.Text(); got != want {
			t.Errorf("%s is shown as %s, want %s", amount, got, want)
		}
	}
}

// TestMoneyInWords: "1 credit", and of all others the plural.
func TestMoneyInWords(t *testing.T) {
	for amount, want := range map[fettle.Credits]string{fettle.Credit: "1 credit", 999_999: "1 credit", 0: "0 credits", 400_000: "0.4 credits", 1234 * fettle.Credit: "1,234 credits"} {
		if got := amount.Words(); got != want {
			t.Errorf("%s in words is %s, want %s", amount, got, want)
		}
	}
}
