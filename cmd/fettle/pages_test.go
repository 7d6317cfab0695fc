package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// docBlock is one block of a page between fences.
type docBlock struct {
	line   int    // of its first fence
	lang   string // sh: commands; text: what the block of commands before it says
	text   string
	file   string // the paragraph before ends in `FILE`: whoever reads saves the block under this name
	notRun string // <!-- not run: why -->: it needs what no test has
}

var (
	markedSo  = regexp.MustCompile(`^<!-- not run: (.+) -->$`)
	namedFile = regexp.MustCompile("`([a-z0-9-]+\\.(?:csv|yaml|txt|json))`:$")
)

// blocksOf reads the blocks of a page, in their order.
func blocksOf(t *testing.T, page string) (blocks []docBlock) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var in *docBlock
	n, before := 0, ""
	for line := range strings.Lines(string(text)) {
		n++
		words := strings.TrimSpace(line)
		lang, fence := strings.CutPrefix(words, "```")
		switch {
		case fence && in == nil:
			in = &docBlock{line: n, lang: lang}
			if m := markedSo.FindStringSubmatch(before); m != nil {
				in.notRun = m[1]
			}
			if m := namedFile.FindStringSubmatch(before); m != nil {
				in.file = m[1]
			}
		case fence:
			blocks = append(blocks, *in)
			in, before = nil, ""
		case in != nil:
			in.text += line
		case words != "":
			before = words
		}
	}
	return blocks
}

func docPages(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("..", "..", "docs", "*.md"))
	if err != nil || len(all) < 20 {
		t.Fatal(all, err)
	}
	return append(all, filepath.Join("..", "..", "README.md"))
}

// TestPagesAreRun holds that each block of commands is one that is run, and that those
// which are not are the ones listed, each with its reason.
func TestPagesAreRun(t *testing.T) {
	list, err := os.ReadFile(filepath.Join("testdata", "pages", "not-run"))
	if err != nil {
		t.Fatal(err)
	}
	known, there := strings.Split(strings.TrimSpace(string(list)), "\n"), []string{}
	for _, page := range docPages(t) {
		for _, b := range blocksOf(t, page) {
			first, _, _ := strings.Cut(b.text, "\n")
			at := fmt.Sprintf("%s:%d", filepath.Base(page), b.line)
			if b.notRun != "" {
				there = append(there, fmt.Sprintf("%s | %s | %s", filepath.Base(page), first, b.notRun))
			}
			if command, _, _ := strings.Cut(first, " "); b.lang == "" && slices.Contains([]string{"fettle", "curl", "export", "make", "docker", "go", "install"}, command) {
				t.Errorf("%s: commands stand in a block of no language: begin it with ```sh", at)
			}
			if b.lang != "sh" && b.notRun != "" {
				t.Errorf("%s: what is no command is not run anyway", at)
			}
		}
	}
	for _, l := range there {
		if !slices.Contains(known, l) {
			t.Errorf("a block is not run, and testdata/pages/not-run does not list it: have it run, or add\n%s", l)
		}
	}
	for _, l := range known {
		if !slices.Contains(there, l) {
			t.Errorf("testdata/pages/not-run lists what is not there: %s", l)
		}
	}
	t.Logf("%d blocks of commands are not run", len(there))
}

// walkedElsewhere is run by TestGettingStarted, with nothing on the machine but a shell.
const walkedElsewhere = "getting-started"

// TestPages follows each page as a reader does, on a workspace of its own: saves the
// files that it shows, types its commands in their order, and finds what it says they
// say. testdata/pages has, for a page that speaks of what is there already, what that
// is: commands, files, in `rewrite` what stands for the placeholders, in `says` what has
// to be said by all of it.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, page := range docPages(t) {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		blocks := blocksOf(t, page)
		if name == walkedElsewhere || !slices.ContainsFunc(blocks, func(b docBlock) bool { return b.lang == "sh" && b.notRun == "" }) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := beforePage(t, name)
			for _, b := range blocks {
				if b.file != "" {
					before.Files = append(before.Files, txtar.File{Name: b.file, Data: []byte(b.text)})
				}
			}
			r := newDocReader(t, before)
			said, all := "", ""
			for _, b := range blocks {
				switch {
				case b.lang == "sh" && b.notRun == "":
					said = r.follow(fmt.Sprintf("%s:%d", filepath.Base(page), b.line), b.text)
					all += said
				case b.lang == "text":
					r.shown(fmt.Sprintf("%s:%d", filepath.Base(page), b.line), b.text, said)
				}
			}
			for _, f := range before.Files {
				if f.Name == "says" {
					r.shown(name+".txtar", string(f.Data), all)
				}
			}
		})
	}
}

// beforePage is what is there before the page is followed.
func beforePage(t *testing.T, name string) *txtar.Archive {
	t.Helper()
	all, err := txtar.ParseFile(filepath.Join("testdata", "pages", "every-page.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	own, err := txtar.ParseFile(filepath.Join("testdata", "pages", name+".txtar"))
	if errors.Is(err, fs.ErrNotExist) {
		return &txtar.Archive{Files: all.Files}
	} else if err != nil {
		t.Fatal(err)
	}
	return &txtar.Archive{Comment: own.Comment, Files: append(all.Files, own.Files...)}
}

// shown holds that each line which a page shows is said; … stands for anything.
func (r *docReader) shown(at, block, said string) {
	r.t.Helper()
	for line := range strings.Lines(r.rewrite.Replace(block)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		parts := strings.Split(line, "…")
		for i, p := range parts {
			parts[i] = regexp.QuoteMeta(strings.Join(strings.Fields(p), " "))
		}
		if !regexp.MustCompile(strings.Join(parts, ".*")).MatchString(strings.ReplaceAll(regexp.MustCompile(`[ \t]+`).ReplaceAllString(said, " "), " \n", "\n")) {
			r.t.Errorf("%s shows a line that is not said: %s\n%s", at, line, said)
		}
	}
}
