// Command notices writes the licences of the third-party software that the
// program ships with: of the Go modules that are linked into it, from the module
// cache, and of the npm packages of the web app, from ui/node_modules. It asks
// nobody over the network.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// part is something of others that is shipped, with the texts that go with it.
type part struct {
	name  string // with its version
	texts []string
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	err := write(context.Background(), out)
	if err = errors.Join(err, out.Flush()); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(1)
	}
}

func write(ctx context.Context, out io.Writer) error {
	linked, err := modules(ctx)
	if err != nil {
		return err
	}
	web, err := packages("ui")
	if err != nil {
		return err
	}
	letters, err := fonts("ui/src/fonts")
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "Fettle ships with the following software of others, under the licences below.")
	list(out, "In the program", linked)
	list(out, "In the web app", append(web, letters...))
	return nil
}

// list writes each text once, under all that it goes with.
func list(out io.Writer, title string, parts []part) {
	byText := map[string][]string{}
	for _, p := range parts {
		text := strings.Join(p.texts, "\n\n")
		byText[text] = append(byText[text], p.name)
	}
	for _, names := range byText {
		slices.Sort(names)
	}
	line := strings.Repeat("=", 80)
	_, _ = fmt.Fprintf(out, "\n\n%s\n%s\n%s\n", line, title, line)
	for _, text := range slices.SortedFunc(maps.Keys(byText), func(a, b string) int { return cmp.Compare(byText[a][0], byText[b][0]) }) {
		_, _ = fmt.Fprintf(out, "\n%s\n\n", strings.Repeat("-", 80))
		for _, name := range byText[text] {
			_, _ = fmt.Fprintln(out, name)
		}
		_, _ = fmt.Fprintf(out, "\n%s\n", text)
	}
}

// systems are those that the program is built for.
var systems = []string{"linux", "darwin", "windows"}

type module struct {
	Path, Version, Dir string
	Main               bool
}

// modules are those of which something is linked into the program, on any of
// the systems, and Go's own library. What lies beside a package that is linked
// goes along: code of others that a module has taken in.
func modules(ctx context.Context) ([]part, error) {
	found, folders := map[string]module{}, map[string]map[string]bool{}
	for _, system := range systems {
		out, err := goTool(ctx, []string{"GOOS=" + system, "CGO_ENABLED=0", "GOPROXY=off"}, "list", "-deps", "-json=Module,Dir", "./cmd/fettle")
		if err != nil {
			return nil, err
		}
		for dec := json.NewDecoder(bytes.NewReader(out)); ; {
			var p struct {
				Module *module
				Dir    string
			}
			if err := dec.Decode(&p); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return nil, err
			}
			if p.Module == nil || p.Module.Main {
				continue
			}
			m := *p.Module
			if found[m.Path] = m; folders[m.Path] == nil {
				folders[m.Path] = map[string]bool{m.Dir: true}
			}
			for dir := p.Dir; len(dir) > len(m.Dir); dir = filepath.Dir(dir) {
				folders[m.Path][dir] = true
			}
		}
	}
	root, err := goTool(ctx, nil, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	texts, err := textsIn(strings.TrimSpace(string(root)))
	parts := []part{{"Go's standard library", texts}}
	for _, path := range slices.Sorted(maps.Keys(found)) {
		p := part{name: path + " " + found[path].Version}
		for _, dir := range slices.Sorted(maps.Keys(folders[path])) {
			texts, e := textsIn(dir)
			if e != nil && (dir == found[path].Dir || !errors.Is(e, errNoText)) {
				err = errors.Join(err, e)
			}
			for _, text := range texts {
				if !slices.Contains(p.texts, text) {
					p.texts = append(p.texts, text)
				}
			}
		}
		parts = append(parts, p)
	}
	return parts, err
}

func goTool(ctx context.Context, env []string, args ...string) ([]byte, error) {
	run := exec.CommandContext(ctx, "go", args...)
	run.Env = append(os.Environ(), env...)
	run.Stderr = os.Stderr
	out, err := run.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

// packages are those that the web app is made of, by its lock file.
func packages(dir string) ([]part, error) {
	text, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Version       string
			License       string
			Dev, Optional bool
		}
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		return nil, fmt.Errorf("%s/package-lock.json: %w", dir, err)
	}
	var parts []part
	for _, path := range slices.Sorted(maps.Keys(lock.Packages)) {
		p := lock.Packages[path]
		if path == "" || p.Dev || p.Optional {
			continue
		}
		_, name, _ := strings.Cut(path, "node_modules/")
		texts, e := textsIn(filepath.Join(dir, path))
		if errors.Is(e, errNoText) && p.License != "" {
			texts, e = []string{"Licence: " + p.License}, nil // the package has no more to say
		}
		err = errors.Join(err, e)
		parts = append(parts, part{name + " " + p.Version, texts})
	}
	return parts, err
}

// fonts have the text of their licence beside them.
func fonts(dir string) ([]part, error) {
	text, err := os.ReadFile(filepath.Join(dir, "OFL.txt"))
	return []part{{"Inter (font)", []string{clean(text)}}}, err
}

// licence matches the names of files that have to go along.
var licence = regexp.MustCompile(`(?i)(^|[-_.])(licen[cs]e|copying|copyright|unlicense|notice|patents)([-_.]|$)`)

var errNoText = errors.New("no licence")

// textsIn reads the licences in a folder.
func textsIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() || !licence.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, clean(text))
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: %w", dir, errNoText)
	}
	return out, nil
}

// clean makes a text the same on every system.
func clean(text []byte) string {
	lines := strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\f")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}
