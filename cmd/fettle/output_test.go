package main

import (
	"maps"
	"strings"
	"testing"

	"fettle"
)

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -12: "-12"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) = %s, want %s", n, got, want)
		}
	}
	if got := credits(1234567890000); got != "1,234,567.89" {
		t.Errorf("credits = %s", got)
	}
}

func TestBarAndPercent(t *testing.T) {
	for _, share := range []float64{0, 0.01, 0.5, 0.999, 1} {
		if n := len([]rune(bar(share))); n != 10 {
			t.Errorf("bar(%v) is %d wide", share, n)
		}
	}
	if bar(1) != strings.Repeat("█", 10) || bar(0) != strings.Repeat(" ", 10) {
		t.Errorf("bar(1) = %q, bar(0) = %q", bar(1), bar(0))
	}
	// A share that is not whole is never shown as whole, nor a part as nothing.
	for share, want := range map[float64]string{1: "100.0%", 0: "0.0%", 0.99999: ">99.9%", 0.00001: "<0.1%", 0.5: "50.0%"} {
		if got := percent(share); got != want {
			t.Errorf("percent(%v) = %s, want %s", share, got, want)
		}
	}
}

func TestParseMap(t *testing.T) {
	got, err := parseMap([]string{"Full Name=name,E-Mail=email", "Last, First=name", "a=b=title"})
	want := map[string]string{"Full Name": "name", "E-Mail": "email", "Last, First": "name", "a=b": "title"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"name", "=name", "Name=", "a=b,c"} {
		if _, err := parseMap([]string{bad}); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestPrintableKeepsTheTerminal(t *testing.T) {
	if got := printable("a\x1b[31mred\x07\nb\u009bc"); got != "a[31mred bc" {
		t.Errorf("got %q", got)
	}
}

func TestRate(t *testing.T) {
	for text, want := range map[string]rate{"50/s": 50, "50": 50, "0": 0} {
		var r rate
		if err := r.UnmarshalText([]byte(text)); err != nil || r != want {
			t.Errorf("%q: %d, %v", text, r, err)
		}
	}
}
