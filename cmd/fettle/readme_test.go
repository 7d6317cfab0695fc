package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReadmeWalk types what the README says under "With your own data" word for
// word on an empty workspace: the files, then the commands, by a shell. Only
// the two addresses are others, so that tests beside it do not meet. What
// serves (the first command and the last) is asked whether it answers.
func TestReadmeWalk(t *testing.T) {
	files, commands := readmeWalk(t)
	dir, bin := t.TempDir(), t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "fettle")); err != nil {
		t.Fatal(err)
	}
	web, providers := freeAddress(t), freeAddress(t)
	commands = strings.NewReplacer("127.0.0.1:7070", web, "127.0.0.1:7071", providers).Replace(commands)
	first, rest, _ := strings.Cut(commands, "\n")
	last := strings.LastIndex(rest, "fettle serve")
	first, background := strings.CutSuffix(strings.TrimSpace(strings.Split(first, "  ")[0]), "&")
	if !background || last < 0 {
		t.Fatalf("the walk does not begin with a command in the background and end with one that serves:\n%s", commands)
	}
	w := readmeShell{t: t, dir: dir, path: bin + ":" + os.Getenv("PATH")}

	w.serves("exec "+first, "http://"+providers+"/capabilities")
	out, err := w.command(rest[:last]).CombinedOutput()
	if err != nil {
		t.Fatalf("the README's walk ends in %v:\n%s", err, out)
	}
	for _, want := range []string{"imported 3 rows: 3 created", "2 found", "ada.lovelace@acme.com", "cy.twombly@gamma.dev", "row_counts: 0 wrong"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the walk does not say %q:\n%s", want, out)
		}
	}
	w.serves("exec "+rest[last:], "http://"+web+"/readyz")
}

// readmeWalk reads the files and the commands of the section: a file is the
// block after the line that ends with its name.
func readmeWalk(t *testing.T) (files map[string]string, commands string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## With your own data\n")
	section, _, _ = strings.Cut(section, "\n## ")
	files = map[string]string{}
	for _, m := range regexp.MustCompile("`([a-z.]+)`:\n\n```[a-z]+\n((?s:.*?))```").FindAllStringSubmatch(section, -1) {
		files[m[1]] = m[2]
	}
	block := regexp.MustCompile("```sh\n((?s:.*?))```").FindStringSubmatch(section)
	if block == nil || len(files) != 2 {
		t.Fatalf("the README's section has no commands, or other files than two: %v", files)
	}
	return files, block[1]
}

// readmeShell is where the commands are typed.
type readmeShell struct {
	t         *testing.T
	dir, path string
}

func (w readmeShell) command(script string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), hangs)
	w.t.Cleanup(cancel)
	return w.within(ctx, script)
}

func (w readmeShell) within(ctx context.Context, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", script)
	cmd.Dir, cmd.Env = w.dir, []string{"PATH=" + w.path, "HOME=" + w.dir}
	return cmd
}

// serves starts a server, waits until it answers, and ends it with the test,
// however long that takes.
func (w readmeShell) serves(script, url string) {
	w.t.Helper()
	var said bytes.Buffer
	cmd := w.within(context.WithoutCancel(w.t.Context()), script)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	w.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := <-ended; err != nil {
			w.t.Errorf("%s ends with %v:\n%s", script, err, said.String())
		}
	})
	for {
		req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, url, nil)
		if err != nil {
			w.t.Fatal(err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-ended:
			ended <- err
			w.t.Fatalf("%s ended with %v:\n%s", script, err, said.String())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// freeAddress is an address on which nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
