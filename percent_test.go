package fettle_test

import (
	"testing"

	"fettle"
)

// The same parts as the app's: ui/src/ui/Bar.test.ts.
func TestPercent(t *testing.T) {
	for _, c := range []struct {
		part, total int64
		want        string
	}{
		{0, 0, "–"}, {0, 9, "0%"}, {34, 102_000, "< 0.1%"}, {1, 8, "12.5%"}, {99_999, 100_000, "99.9%"}, {7, 7, "100%"}, {45, 47, "95.7%"},
	} {
		if got := fettle.Percent(c.part, c.total); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.part, c.total, got, c.want)
		}
	}
}
