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
