package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"fettle"
)

// TestDocumentsCommandsParse holds that each command of the README and of docs/, in a
// block or within a sentence, can be typed: there is such a command, and such a flag.
func TestDocumentsCommandsParse(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	placeholders := strings.NewReplacer("…", "db", "NAME", "name", "NUMBER", "7", "ID", "7", " N", " 7")
	seen, cli := 0, cliOf(t)
	for _, page := range append(pages, filepath.Join("..", "..", "README.md"), filepath.Join("..", "..", "deploy", "README.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?s)`(fettle [^`]+)`").FindAllStringSubmatch(regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(string(text), ""), -1) {
			seen++
			if !strings.Contains(m[1], " --") && !strings.ContainsAny(m[1], "…|") { // it may be named without what it needs
				named(t, cli, filepath.Base(page), m[1])
				continue
			}
			parses(t, cli, filepath.Base(page)+": "+placeholders.Replace(strings.Join(strings.Fields(m[1]), " ")))
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
				parses(t, cli, filepath.Base(page)+": "+placeholders.Replace(command))
			}
		}
	}
	if seen < 120 {
		t.Errorf("the documents have %d commands", seen)
	}
}

// named holds that there is a command of that name; it may be given what it takes.
func named(t *testing.T, cli commands, page, command string) {
	t.Helper()
	at := cli.Model.Node
	for _, word := range strings.Fields(command)[1:] {
		i := slices.IndexFunc(at.Children, func(n *kong.Node) bool { return n.Name == word || slices.Contains(n.Aliases, word) })
		if i < 0 {
			if len(at.Children) > 0 && at.DefaultCmd == nil {
				t.Errorf("%s: %s: there is no command %s", page, command, word)
			}
			return
		}
		at = at.Children[i]
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
