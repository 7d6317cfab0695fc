package nearest

import "testing"

func TestOf(t *testing.T) {
	keys := []string{"audience", "steps", "outputs", "output", "write", "when", "not_found_retry", "limit", "email"}
	for word, want := range map[string]string{
		"audiense":      "audience",
		"Audience":      "audience",
		"notFoundRetry": "not_found_retry",
		"limti":         "limit",
		"ouput":         "output",
		"emial":         "email",
		"seps":          "steps",
		"banana":        "",
		"x":             "",
		"":              "",
		"wen":           "when",
	} {
		if got := Of(word, keys); got != want {
			t.Errorf("Of(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"abc", "ab", 1}, {"kitten", "sitting", 3}, {"abcdef", "", 6}} {
		if got := distance(c.a, c.b, 10); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
	if got := distance("abcdef", "uvwxyz", 3); got != 3 {
		t.Errorf("distance gives up at its limit: %d", got)
	}
}
