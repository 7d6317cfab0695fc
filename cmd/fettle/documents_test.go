package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"fettle"
)

// TestDocumentsCommandsParse holds that each command in a block of the README and of
// docs/ can be typed: there is such a command, and such a flag.
func TestDocumentsCommandsParse(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen, cli := 0, cliOf(t)
	for _, page := range append(pages, filepath.Join("..", "..", "README.md"), filepath.Join("..", "..", "deploy", "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		in, block := false, ""
		for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
			if lang, fence := strings.CutPrefix(strings.TrimSpace(line), "```"); fence {
				in, block = !in, lang
				continue
			}
			if in && (block == "" || block == "sh") && strings.HasPrefix(line, "fettle ") {
				seen++
				command, _, _ := strings.Cut(line, "  ") // what follows is a remark
				parses(t, cli, filepath.Base(page)+": "+strings.NewReplacer("…", "db", "NAME", "name").Replace(command))
			}
		}
	}
	if seen < 60 {
		t.Errorf("the documents have %d commands", seen)
	}
}

// TestExitCodesPage holds that the page on exit codes says what the program does.
func TestExitCodesPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "exit-codes.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| ([0-9]) \\| ([0-9]+) \\|").FindAllStringSubmatch(string(text), -1)
	if len(rows) != 8 {
		t.Errorf("the page has %d codes", len(rows))
	}
	for _, r := range rows {
		code := fettle.Code(r[1])
		if strconv.Itoa(code.Exit()) != r[2] || strconv.Itoa(code.Status()) != r[3] {
			t.Errorf("%s: exit %d, status %d; the page says %s, %s", code, code.Exit(), code.Status(), r[2], r[3])
		}
	}
}
