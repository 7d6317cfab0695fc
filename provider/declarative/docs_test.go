package declarative_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"fettle/provider/declarative"
)

// TestProviderPage adds the provider that the page works through, and runs its fixtures.
func TestProviderPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "providers.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile("(?s)```yaml\n(apiVersion: provider/v1.*?)```").FindSubmatch(text)
	if m == nil {
		t.Fatal("the page has no definition")
	}
	def, err := declarative.Parse(m[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := def.Test(t.Context()); err != nil {
		t.Error(err)
	}
}
