package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestTextsIn(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("README.md", "see the licence")
	write("license.go", "package license")
	write("licensed.txt", "no")
	if _, err := textsIn(dir); !errors.Is(err, errNoText) {
		t.Errorf("a folder without a licence: %v", err)
	}
	for _, name := range []string{"COPYING", "LICENCE", "LICENSE-MIT.txt", "NOTICE", "PATENTS", "SQLITE-LICENSE", "UNLICENSE", "license.md"} {
		write(name, name+"  \r\nof us\r\n\r\n")
	}
	got, err := textsIn(dir)
	want := []string{"COPYING", "LICENCE", "LICENSE-MIT.txt", "NOTICE", "PATENTS", "SQLITE-LICENSE", "UNLICENSE", "license.md"}
	for i := range want {
		want[i] += "\nof us"
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestOneTextIsPrintedOnce(t *testing.T) {
	var out strings.Builder
	list(&out, "In the program", []part{{"b 1", []string{"MIT"}}, {"c 1", []string{"BSD"}}, {"a 1", []string{"MIT"}}})
	if got := out.String(); strings.Count(got, "MIT") != 1 || !strings.Contains(got, "a 1\nb 1\n\nMIT\n") || strings.Index(got, "c 1") < strings.Index(got, "MIT") {
		t.Error(got)
	}
}
