package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
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

// TestGettingStarted types what the page for newcomers says, with nothing on the
// machine but a shell and small tools: from a program to the first values that are
// found. `make release` names its archive in FETTLE_ARCHIVE: then the program is the
// one in it, unpacked as the page says.
func TestGettingStarted(t *testing.T) {
	began := time.Now()
	page := filepath.Join("..", "..", "docs", "getting-started.md")
	var bin string
	if archive := os.Getenv("FETTLE_ARCHIVE"); archive != "" {
		bin = unpacked(t, archive, walkOf(t, page, "## 1. Unpack it\n").commands)
	} else {
		bin = selfAs(t, "fettle")
	}
	walk := docWalk{files: map[string]string{}}
	for _, part := range []string{"## 2. Your list\n", "## 3. What to find, and for how much at most\n", "## 4. Price first, then run\n", "## 5. The web app\n"} {
		more := walkOf(t, page, part)
		maps.Copy(walk.files, more.files)
		walk.commands += more.commands
	}
	walk.hold(t, bin, "imported 3 rows: 3 created", "2 found", "ada.lovelace@acme.com", "cy.twombly@gamma.dev", "row_counts: 0 wrong")
	took := time.Since(began)
	t.Logf("from the program to the first values: %s", took.Round(100*time.Millisecond))
	if os.Getenv("FETTLE_ARCHIVE") != "" && took > 3*time.Minute { // with nothing else on the machine
		t.Errorf("a newcomer waits %s", took)
	}
}

// unpacked follows the page in a folder with the archive and its checksums, and
// gives the folder.
func unpacked(t *testing.T, archive, commands string) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range []string{archive, filepath.Join(filepath.Dir(archive), "SHA256SUMS")} {
		whole, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(whole, filepath.Join(dir, filepath.Base(file))); err != nil {
			t.Fatal(err)
		}
	}
	out, err := docShell{t: t, dir: dir, path: smallTools(t, "sha256sum", "tar", "gzip")}.command(commands).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "fettle ") {
		t.Fatalf("the archive is not as the page says: %v:\n%s", err, out)
	}
	t.Logf("%s", out)
	return dir
}

// selfAs gives a folder in which this program has a name. Under the race detector it
// is the program as it is shipped, as for scripts.
func selfAs(t *testing.T, name string) string {
	t.Helper()
	self, err := os.Executable()
	if underRace {
		err = builtAsShipped()
		self = filepath.Join(shippedAt, "fettle")
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// smallTools gives a folder with a shell and the named tools: all that is on PATH.
func smallTools(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range append(names, "sh", "cat", "ls", "mkdir", "rm") {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// docWalk is what a section of a page has whoever follows it do: files to write, and
// commands to type.
type docWalk struct {
	files    map[string]string
	commands string
}

// walkOf reads a section: a file is the block after a paragraph that names it last.
func walkOf(t *testing.T, page, heading string) docWalk {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), heading)
	if !ok {
		t.Fatalf("%s has no section %q", page, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	w := docWalk{files: map[string]string{}}
	for _, m := range regexp.MustCompile("`([a-z.-]+)`:\n\n```[a-z]+\n((?s:.*?))```").FindAllStringSubmatch(section, -1) {
		w.files[m[1]] = m[2]
	}
	for _, m := range regexp.MustCompile("```sh\n((?s:.*?))```").FindAllStringSubmatch(section, -1) {
		w.commands += m[1]
	}
	if w.commands == "" && len(w.files) == 0 {
		t.Fatalf("%s, %q: there is nothing to do", page, heading)
	}
	return w
}

// hold types the walk word for word on an empty workspace: the files, then the
// commands, by a shell. Only the addresses are others, so that tests beside it do not
// meet. What serves (a line in the background, and the last) is asked whether it
// answers; all else has to say what is wanted.
func (walk docWalk) hold(t *testing.T, bin string, wants ...string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range walk.files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	web, providers := freeAddress(t), freeAddress(t)
	commands := strings.NewReplacer("127.0.0.1:7070", web, "127.0.0.1:7071", providers).Replace(walk.commands)
	w := docShell{t: t, dir: dir, path: bin + ":" + smallTools(t)}
	typed, last := "", ""
	for line := range strings.Lines(commands) {
		command, _, _ := strings.Cut(strings.TrimSpace(line), "  ")
		if background, ok := strings.CutSuffix(command, "&"); ok {
			w.serves("exec "+background, "http://"+providers+"/capabilities")
		} else if strings.HasPrefix(command, "fettle serve") {
			last = command
		} else {
			typed += line
		}
	}
	out, err := w.command(typed).CombinedOutput()
	if err != nil {
		t.Fatalf("the walk ends in %v:\n%s", err, out)
	}
	for _, want := range wants {
		if !strings.Contains(string(out), want) {
			t.Errorf("the walk does not say %q:\n%s", want, out)
		}
	}
	w.serves("exec "+last, "http://"+web+"/readyz")
}

// docShell is where the commands are typed.
type docShell struct {
	t         *testing.T
	dir, path string
}

func (w docShell) command(script string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(w.t.Context()), hangs)
	w.t.Cleanup(cancel)
	return w.within(ctx, script)
}

func (w docShell) within(ctx context.Context, script string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", "-e", "-c", script)
	cmd.Dir, cmd.Env = w.dir, []string{"PATH=" + w.path, "HOME=" + w.dir}
	return cmd
}

// serves starts a server, waits until it answers, and ends it with the test,
// however long that takes.
func (w docShell) serves(script, url string) {
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

// freeAddress is an address on which nobody listens. Its port is none that the system
// gives to whoever asks for any: another test would get it before it is used.
func freeAddress(t *testing.T) string {
	t.Helper()
	for {
		at := fmt.Sprintf("127.0.0.1:%d", 20_000+rand.IntN(12_000))
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", at)
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil || l.Close() != nil {
			t.Fatal(at, err)
		}
		return at
	}
}
