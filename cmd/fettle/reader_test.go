package main

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"fettle"
	"fettle/provider/sandbox"
)

// docReader types the commands of a page, on a workspace of its own. The program runs in
// this process; what is another's, or needs a pipe, is typed into a shell.
type docReader struct {
	t       *testing.T
	dir     string
	env     map[string]string
	rewrite *strings.Replacer
	running map[string]func() // what serves, by its command: ends it
}

// newDocReader sits down before no workspace yet, a simulated provider, and a service
// that stands for all the others. Then the page's own beginning is made.
func newDocReader(t *testing.T, before *txtar.Archive) *docReader {
	t.Helper()
	dir := t.TempDir()
	vendor := httptest.NewServer(sandbox.New(sandbox.Defaults()).Handler())
	t.Cleanup(vendor.Close)
	world := httptest.NewServer(restOfWorld())
	t.Cleanup(world.Close)
	web := freeAddress(t)
	pairs := []string{
		"127.0.0.1:7070", web, "https://fettle.acme.example", "http://" + web, "127.0.0.1:7071", freeAddress(t), "127.0.0.1:7072", freeAddress(t),
		"http://127.0.0.1:8000", world.URL, "http://127.0.0.1:11434", world.URL, "https://hooks.slack.com", world.URL, "curl ", "curl -sS --fail-with-body ", "WORLD", world.URL,
	}
	r := &docReader{t: t, dir: dir, running: map[string]func(){}, env: map[string]string{
		"HOME": dir, "FETTLE_DB": filepath.Join(dir, "fettle.db"), "FETTLE_ADDR": web, "FETTLE_SANDBOX": vendor.URL, "FETTLE_ALLOW_HOST": "127.0.0.1",
		"PATH": selfAs(t, "fettle") + string(filepath.ListSeparator) + os.Getenv("PATH"),
	}}
	t.Cleanup(r.end)
	for _, f := range before.Files {
		if f.Name != "rewrite" {
			continue
		}
		for line := range strings.Lines(string(f.Data)) {
			if from, to, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " => "); ok {
				pairs = append([]string{from, strings.NewReplacer(pairs...).Replace(to)}, pairs...)
			}
		}
	}
	r.rewrite = strings.NewReplacer(pairs...)
	for _, f := range before.Files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, f.Name)), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, f.Name), r.rewrite.Replace(string(f.Data)))
	}
	r.follow("before the page", string(before.Comment))
	return r
}

// follow types a block, line by line, and gives what was said.
func (r *docReader) follow(at, block string) (said string) {
	r.t.Helper()
	for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", " ")) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		began := time.Now()
		out, err := r.typeIn(r.looked(r.rewrite.Replace(line)))
		if said += out; err != nil {
			r.t.Fatalf("%s: %s\n%v\n%s", at, line, err, out)
		}
		r.t.Logf("%4d ms  %s\n%s", time.Since(began).Milliseconds(), line, out)
	}
	return said
}

var lookedUp = regexp.MustCompile(`\[(first|last) of: fettle ([^\]]+)\]`)

// looked puts the first number of the first or last line that a command shows where
// [first of: fettle …] stands: a reader takes it from the list that they see.
func (r *docReader) looked(line string) string {
	return lookedUp.ReplaceAllStringFunc(line, func(m string) string {
		which := lookedUp.FindStringSubmatch(m)
		_, out, errs := r.run(typed(which[2]), "")
		numbers := regexp.MustCompile(`(?m)^ *(\d+)\b`).FindAllStringSubmatch(out, -1)
		if len(numbers) == 0 {
			r.t.Fatalf("%s shows no number: %s%s", m, out, errs)
		}
		if which[1] == "last" {
			slices.Reverse(numbers)
		}
		return numbers[0][1]
	})
}

// typeIn types one line. A command that asks for a yes gets it, and what reads its
// standard input reads a key.
func (r *docReader) typeIn(line string) (said string, err error) {
	r.t.Helper()
	words := typed(line)
	if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, "export ") {
		return "", r.export(strings.TrimPrefix(name, "export "), value)
	}
	bare := withoutQuotes(line)
	if len(words) == 0 || words[0] != "fettle" || strings.ContainsAny(bare, "|>;") || strings.Contains(bare, "$(") {
		out, err := r.shell(line).CombinedOutput()
		return string(out), err
	}
	words = words[1:]
	if words[0] == "serve" || words[0] == "sandbox" || slices.Contains(words, "--http") {
		return r.start(words)
	}
	stdin := "the-key-of-a-test\n"
	if _, file, ok := strings.Cut(bare, " < "); ok {
		b, err := os.ReadFile(filepath.Join(r.dir, strings.Fields(file)[0]))
		if err != nil {
			return "", err
		}
		stdin = string(b)
	}
	code, out, errs := r.run(words, stdin)
	if code == fettle.Confirm.Exit() {
		code, out, errs = r.run(append(words, "--yes"), stdin)
	}
	if code != 0 {
		return out + errs, quiet(code)
	}
	return out + errs, nil
}

// run runs the program. The names of files are made whole: this process has one
// working directory for all pages.
func (r *docReader) run(words []string, stdin string) (code int, out, errs string) {
	ctx, cancel := context.WithTimeout(r.t.Context(), hangs)
	defer cancel()
	words = slices.Clone(words)
	for i, w := range words {
		kept := slices.Contains([]string{".csv", ".yaml", ".db", ".backup"}, filepath.Ext(w)) || i > 0 && words[i-1] == "-o" && w != "-"
		if _, err := os.Stat(filepath.Join(r.dir, w)); !filepath.IsAbs(w) && (kept || i > 0 && err == nil) {
			words[i] = filepath.Join(r.dir, w)
		}
	}
	var stdout, stderr bytes.Buffer
	code = run(ctx, words, func(k string) string { return r.env[k] }, strings.NewReader(stdin), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// export sets a variable, to what a command prints where the value is $(…).
func (r *docReader) export(name, value string) error {
	if command, ok := strings.CutPrefix(value, "$(fettle "); ok {
		command, _, _ = strings.Cut(command, ")")
		code, out, errs := r.run(typed(command), "")
		if r.env[name] = strings.TrimSpace(out); code != 0 {
			return errors.New(errs)
		}
		return nil
	}
	out, err := r.shell("printf %s " + value).Output()
	r.env[name] = string(out)
	return err
}

// start runs what serves until the page ends, or until the same is started again.
func (r *docReader) start(words []string) (string, error) {
	r.t.Helper()
	if end := r.running[words[0]]; end != nil {
		end()
	}
	addr := r.env["FETTLE_ADDR"]
	for i, w := range words {
		if w == "--addr" || w == "--http" {
			addr = words[i+1]
		}
	}
	ctx, cancel := context.WithCancel(r.t.Context())
	var out lockedBuffer
	env, ended := maps.Clone(r.env), make(chan int, 1)
	go func() {
		ended <- run(ctx, words, func(k string) string { return env[k] }, strings.NewReader(""), &out, &out)
	}()
	r.running[words[0]] = func() {
		cancel()
		if code := <-ended; code != 0 {
			r.t.Errorf("fettle %s ends with %d:\n%s", strings.Join(words, " "), code, out.String())
		}
		delete(r.running, words[0])
	}
	for !listens(r.t, addr) {
		select {
		case code := <-ended:
			ended <- code
			return out.String(), quiet(code)
		case <-time.After(20 * time.Millisecond):
		}
	}
	return out.String(), nil
}

// end ends what serves, when the page has been read.
func (r *docReader) end() {
	for _, end := range maps.Clone(r.running) {
		end()
	}
}

func (r *docReader) shell(line string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.t.Context()), hangs)
	r.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", line)
	cmd.Dir = r.dir
	for k, v := range r.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return cmd
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// withoutQuotes leaves out what stands between quotes, and a remark at the end.
func withoutQuotes(line string) string {
	var out strings.Builder
	in := rune(0)
	for _, c := range line {
		switch {
		case in != 0 && c == in:
			in = 0
		case in != 0:
		case c == '\'' || c == '"':
			in = c
		case c == '#' && strings.HasSuffix(out.String(), " "):
			return out.String()
		default:
			out.WriteRune(c)
		}
	}
	return out.String()
}
