package label_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/internal/label"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"  House Democrats\u00a0":    "House Democrats",
		"Jose\u0301":                 "Jos\u00e9",
		"\u200b🦄 Unicorns\ufeff":     "🦄 Unicorns",
		"👩‍👩‍👧":                      "👩‍👩‍👧",
		"מכירות":                     "מכירות",
		`<!channel> "a" 'b' & %s {{`: `<!channel> "a" 'b' & %s {{`,
		strings.Repeat("没", 120):     strings.Repeat("没", 120),
	} {
		if got, err := label.Check(in); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", " \t\u00a0", "\u200b\ufeff", "a\x00b", "a\nb", "a\u2028b", "a\u202eb", "\u2066a\u2069", "\xff", strings.Repeat("x", 10_000), strings.Repeat("没", 121),
	} {
		if got, err := label.Check(in); fettle.CodeOf(err) != fettle.Invalid || fettle.AsError(err).Hint == "" || fettle.AsError(err).Details["key"] != "label" {
			t.Errorf("%.20q: %q, %v", in, got, err)
		}
	}
}

func TestName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ab ", 40)
	for in, want := range map[string][]string{
		"House Democrats":    {"house-democrats", "house-democrats-2", "house-democrats-3"},
		"  R&D — Größe (1)!": {"r-and-d-grosse-1", "r-and-d-grosse-1-2"},
		"没有 🦄":               {"audience", "audience-2"},
		"New":                {"new-2", "new-3"},
		"Count":              {"count-2"},
		long:                 {strings.TrimSuffix(strings.Repeat("ab-", 21), "-"), strings.Repeat("ab-", 20) + "a-2"},
	} {
		used := map[string]bool{}
		for _, w := range want {
			got, err := label.Name(in, "audience", func(s string) (bool, error) { return used[s], nil })
			if err != nil || got != w || fettle.CheckName("an audience", got) != nil {
				t.Errorf("%.20q: %q, %v; want %q", in, got, err, w)
			}
			used[got] = true
		}
	}
}
