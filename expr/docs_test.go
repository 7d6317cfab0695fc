package expr_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/expr"
)

// TestFilterPage holds that the page on filters has each function, and that each of
// its examples is one that can be saved.
func TestFilterPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "filters.md"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := expr.NewEnv(fettle.People, fields(fettle.People), fields(fettle.Companies))
	if err != nil {
		t.Fatal(err)
	}
	var has []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-zA-Z]+)` \\|.*\\| `(.+)` \\|$").FindAllStringSubmatch(string(text), -1) {
		has = append(has, m[1])
		of := e
		switch m[1] {
		case "disputed":
			of = e.Lists()
		case "changed":
			of = e.Changes()
		}
		if _, err := of.Filter(m[2]); err != nil {
			t.Errorf("%s: %v", m[2], err)
		}
	}
	_, shown, _ := strings.Cut(string(text), "```cel\n")
	shown, _, _ = strings.Cut(shown, "```")
	if strings.Count(shown, "\n") < 3 {
		t.Errorf("the page shows no filters: %q", shown)
	}
	for line := range strings.Lines(shown) {
		if _, err := e.Filter(strings.TrimSpace(line)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	for _, name := range expr.Functions() {
		if !slices.Contains(has, name) {
			t.Errorf("the page has no row for %s", name)
		}
	}
	for _, name := range has {
		if !slices.Contains(expr.Functions(), name) && name != "exists" {
			t.Errorf("the page has %s, which is no function", name)
		}
	}
}
