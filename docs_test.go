package fettle_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocumentsNameTestsThatExist holds that every test, file and folder that
// the documents give as evidence is there.
func TestDocumentsNameTestsThatExist(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "git", "grep", "-hoE", "^func (Test|Benchmark|Fuzz)[A-Za-z0-9_]+", "--", "*_test.go").Output()
	if err != nil {
		t.Fatal("this is no checkout with git: ", err)
	}
	there := map[string]bool{}
	for name := range strings.FieldsSeq(string(out)) {
		there[name] = true
	}
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("`(Test[A-Z][A-Za-z0-9]+)").FindAllStringSubmatch(string(text), -1) {
			if !there[m[1]] {
				t.Errorf("%s names %s, and there is no such test", page, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`).FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}

// pages lists the documents of the repository.
func pages(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "ls-files", "*.md").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}
