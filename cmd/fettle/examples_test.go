package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// commands are the command line. To make it takes long, so that one is for all lines.
type commands struct {
	*kong.Kong
	typed *root
}

// cliOf is the command line, with an environment that holds nothing.
func cliOf(t *testing.T) commands {
	t.Helper()
	r := &root{}
	st := &settings{getenv: func(string) string { return "" }, file: map[string]setting{}, from: map[string]string{}}
	p, err := commandLine(r, st, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return commands{p, r}
}

// typed splits a line as a shell does: quotes hold words together. What is behind a
// pipe, a redirection or a comment is the shell's.
func typed(line string) (words []string) {
	word, in, open := "", rune(0), false
	end := func() {
		if open {
			words = append(words, word)
		}
		word, open = "", false
	}
	for i, r := range line {
		switch {
		case in != 0 && r == in:
			in = 0
		case in != 0:
			word += string(r)
		case r == '\'' || r == '"':
			in, open = r, true
		case r == ' ' || r == '\t' || r == '\n':
			end()
		case r == '|' || r == '>' || r == '<' || r == ';' || r == '&' || r == '#' && !open || r == ')':
			end()
			return words
		case r == '\\' && strings.TrimSpace(line[i+1:]) == "":
		default:
			word, open = word+string(r), true
		}
	}
	end()
	return words
}

// parses holds that a line could be typed: there is such a command, with such flags.
func parses(t *testing.T, cli commands, line string) {
	t.Helper()
	_, command, _ := strings.Cut(line, "fettle")
	words := typed(command)
	if slices.Contains(words, "--help") || slices.Equal(words, []string{"--version"}) {
		return
	}
	for i, w := range words { // the files of examples are not there
		if i > 0 && (words[i-1] == "--ids-file" || words[i-1] == "-f" && words[0] == "provider") {
			words[i] = "-"
		} else if words[0] == "bench" && strings.HasSuffix(w, ".csv") {
			words[i] = "-"
		}
	}
	// kong keeps what the line before has set. The visit cannot fail.
	*cli.typed = root{}
	_ = kong.Visit(cli.Model, func(n kong.Visitable, next kong.Next) error {
		if f, ok := n.(*kong.Flag); ok {
			f.Set = false
		}
		return next(nil)
	})
	if _, err := cli.Parse(words); err != nil {
		t.Errorf("%s: %v", strings.TrimSpace(line), err)
	}
}

// TestExamples holds that the help of each command shows how it is typed, and that
// what it shows can be typed.
func TestExamples(t *testing.T) {
	cli := cliOf(t)
	app := cli.Model
	there := map[string]bool{}
	for _, leaf := range app.Leaves(true) {
		path := pathOf(leaf)
		there[path] = true
		if examples[path] == "" {
			t.Errorf("fettle %s has no example (examples.go)", path)
		}
	}
	for path, text := range examples {
		if !there[path] {
			t.Errorf("there is no command %q", path)
		}
		for line := range strings.Lines(text) {
			parses(t, cli, line)
		}
	}
	_, help, _ := newProgram(t).run("records", "show", "--help")
	if !strings.Contains(help, "Examples:\n\n    fettle records show 12\n") {
		t.Errorf("the help has no example:\n%s", help)
	}
	_, help, _ = newProgram(t).run("--help")
	for _, g := range groups {
		if !strings.Contains(help, "\n"+g.Title+"\n") {
			t.Errorf("the help lists no %q:\n%s", g.Title, help)
		}
	}
	if strings.Contains(help, "\nCommands:") {
		t.Errorf("a command is in no group:\n%s", help)
	}
}

func TestCompletion(t *testing.T) {
	app := cliOf(t).Model
	for _, c := range []struct{ typed, want string }{
		{"enr", "enrichment"},
		{"enrichment es", "estimate"},
		{"import people.csv --ent", "--entity"},
		{"import people.csv --entity ", "companies people"},
		{"records --form", "--format"},
		{"credits by pro", "provider"},
		{"--json limit set ", "budget person provider workspace"},
		{"apply -f ", ""},
	} {
		if got := strings.Join(complete(app, strings.Split(c.typed, " ")), " "); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.typed, got, c.want)
		}
	}
	if got := complete(app, nil); !slices.Contains(got, "serve") {
		t.Errorf("nothing typed becomes %q", got)
	}
	bash, err := exec.LookPath("bash")
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("there is no bash")
	} else if err != nil {
		t.Skip("there is no bash")
	}
	p := newProgram(t)
	_, script, _ := p.run("completion", "bash")
	cmd := exec.CommandContext(t.Context(), bash, "-c", script+"\nCOMP_WORDS=(fettle enrichment es) COMP_CWORD=2; _fettle; echo \"${COMPREPLY[@]}\"")
	cmd.Env = []string{"PATH=" + selfAs(t, "fettle") + ":" + filepath.Dir(bash), "HOME=" + t.TempDir()}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if out, err := cmd.Output(); err != nil || strings.TrimSpace(string(out)) != "estimate" {
		t.Errorf("bash completes to %q, %v: %s", out, err, errs.String())
	}
}
