package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// TestMain makes the whole program a command of the scripts.
func TestMain(m *testing.M) {
	testscript.Main(cleaned{m}, map[string]func(){"fettle": main})
}

// cleaned takes away, after the tests, what all scripts share.
type cleaned struct{ *testing.M }

func (c cleaned) Run() int {
	code := c.M.Run()
	_ = os.RemoveAll(shippedAt)
	return code
}

// TestScripts drives the program through whole journeys, failing exits
// included. Each script has a workspace of its own; the command `sandbox`
// starts a simulated provider for it and sets FETTLE_SANDBOX.
func TestScripts(t *testing.T) {
	scripts(t, testscript.Params{Dir: filepath.Join("testdata", "script")}, func(env *testscript.Env) string {
		return filepath.Join(env.WorkDir, "fettle.db")
	})
}

// TestScriptsOnPostgres tells the story of the money on PostgreSQL too, by the
// same commands, while four worker processes take their share of the rows.
func TestScriptsOnPostgres(t *testing.T) {
	for _, name := range []string{"lesson", "limit", "credits", "two-systems"} {
		dsn := storetest.DSN(t, storetest.PostgreSQL)
		scripts(t, testscript.Params{Files: []string{filepath.Join("testdata", "script", name+".txtar")}}, func(env *testscript.Env) string {
			env.Setenv("WORKERS", "4")
			return dsn
		})
	}
}

var shippedAt string // "" until a script needs it

// builtAsShipped builds the program as it is shipped, once for all scripts, into a folder.
var builtAsShipped = sync.OnceValue(func() (err error) {
	if shippedAt, err = os.MkdirTemp("", "fettle-shipped-"); err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-o", filepath.Join(shippedAt, "fettle"), ".") // by the flags of `make build`: it is built once
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
})

// scripts runs scripts with the program in processes of their own. Under the race
// detector that is the program as it is shipped: a script starts it some forty times,
// and what runs in those processes is raced by the tests of each package.
func scripts(t *testing.T, p testscript.Params, dsn func(*testscript.Env) string) {
	t.Helper()
	path := ""
	if underRace {
		if err := builtAsShipped(); err != nil {
			t.Fatal(err)
		}
		path = shippedAt + string(filepath.ListSeparator)
	}
	p.RequireExplicitExec, p.RequireUniqueNames = true, true
	p.Setup = func(env *testscript.Env) error {
		env.Setenv("FETTLE_DB", dsn(env))
		env.Setenv("HOME", env.WorkDir)
		env.Setenv("PATH", path+env.Getenv("PATH"))
		return nil
	}
	p.Cmds = map[string]func(*testscript.TestScript, bool, []string){
		"exits":   exits,
		"json":    jsonHolds,
		"sandbox": startSandbox,
		"books":   bookHolds,
		"people":  writePeople,
		"readme":  readmeHolds,
		"answers": answersHold,
	}
	testscript.Run(t, p)
}

// exits runs the whole program in this process and holds its exit code:
// exits CODE [<FILE] ARGS…, where FILE is its standard input. Names of files
// are made absolute: the process has one working directory for all scripts.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE [<FILE] ARGS…")
	}
	var stdin io.Reader = strings.NewReader("")
	want, args := args[0], slices.Clone(args[1:])
	if name, ok := strings.CutPrefix(args[0], "<"); ok {
		stdin, args = strings.NewReader(ts.ReadFile(name)), args[1:]
	}
	for i, a := range args {
		if _, err := os.Stat(ts.MkAbs(a)); err == nil && filepath.Ext(a) != "" {
			args[i] = ts.MkAbs(a)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), hangs)
	defer cancel()
	var stdout, stderr bytes.Buffer
	got := run(ctx, args, ts.Getenv, stdin, &stdout, &stderr)
	_, err := ts.Stdout().Write(stdout.Bytes())
	ts.Check(err)
	_, err = ts.Stderr().Write(stderr.Bytes())
	ts.Check(err)
	if strconv.Itoa(got) != want {
		ts.Fatalf("fettle %s exits with %d, want %s", strings.Join(args, " "), got, want)
	}
}

// jsonHolds looks into the JSON on stdout: json PATH VALUE, where a path is
// keys and indexes between dots.
func jsonHolds(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: json PATH VALUE")
	}
	var v any
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &v); err != nil {
		ts.Fatalf("stdout is not JSON: %v\n%s", err, ts.ReadFile("stdout"))
	}
	for key := range strings.SplitSeq(args[0], ".") {
		switch w := v.(type) {
		case map[string]any:
			next, ok := w[key]
			if !ok {
				ts.Fatalf("there is no %s in %s", args[0], ts.ReadFile("stdout"))
			}
			v = next
		case []any:
			i, err := strconv.Atoi(key)
			if key == "len" {
				v = float64(len(w))
			} else if err != nil || i >= len(w) {
				ts.Fatalf("there is no %s in %s", args[0], ts.ReadFile("stdout"))
			} else {
				v = w[i]
			}
		default:
			ts.Fatalf("there is no %s in %s", args[0], ts.ReadFile("stdout"))
		}
	}
	if got := fmt.Sprint(v); (got == args[1]) == neg {
		ts.Fatalf("%s is %s, want %s", args[0], got, args[1])
	}
}

// readmeHolds holds that stdout has each line of what the README shows after a
// text: readme TEXT. The README may leave lines out, and the ends of them.
func readmeHolds(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: readme TEXT")
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	ts.Check(err)
	_, block, _ := strings.Cut(string(readme), args[0])
	_, block, _ = strings.Cut(block, "```\n")
	block, _, ok := strings.Cut(block, "```")
	if !ok {
		ts.Fatalf("the README shows nothing after %q", args[0])
	}
	said, lines := ts.ReadFile("stdout"), 0
	for line := range strings.Lines(block) {
		if line = strings.TrimSpace(line); line == "" || line[0] >= '1' && line[0] <= '9' && line[1] == '.' {
			continue // a heading is told shorter
		}
		if lines++; !strings.Contains(said, line) {
			ts.Fatalf("the README shows a line that is not said: %s", line)
		}
	}
	if lines < 5 {
		ts.Fatalf("the README shows %d lines", lines)
	}
}

// startSandbox starts a simulated provider: sandbox [hit-rate]. With it start
// as many worker processes as WORKERS says.
func startSandbox(ts *testscript.TestScript, _ bool, args []string) {
	cfg := sandbox.Defaults()
	if len(args) > 0 {
		rate, err := strconv.ParseFloat(args[0], 64)
		ts.Check(err)
		cfg.HitRate = rate
	}
	server := sandbox.New(cfg)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	web := httptest.NewUnstartedServer(server.Handler())
	ts.Check(web.Listener.Close())
	web.Listener = listener
	web.Start()
	ts.Defer(web.Close)
	ts.Setenv("FETTLE_SANDBOX", web.URL)
	ts.Setenv("BOOKS", web.URL+"/books")
	workers, _ := strconv.Atoi(ts.Getenv("WORKERS"))
	for range workers {
		startWorker(ts)
	}
}

// startWorker starts a process that works until the script ends.
func startWorker(ts *testscript.TestScript) {
	cmd := exec.Command(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "fettle"), "worker")
	cmd.Env = []string{"FETTLE_DB=" + ts.Getenv("FETTLE_DB"), "FETTLE_SANDBOX=" + ts.Getenv("FETTLE_SANDBOX"), "HOME=" + ts.Getenv("HOME")}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	ts.Check(cmd.Start())
	ts.Defer(func() {
		ts.Check(cmd.Process.Signal(syscall.SIGTERM))
		if err := cmd.Wait(); err != nil {
			ts.Fatalf("a worker ended: %v\n%s", err, stderr.String())
		}
	})
}

// bookHolds holds a number of the provider's own books: books KEY N.
func bookHolds(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: books KEY N")
	}
	books := readBooks(ts, ts.Getenv("BOOKS"))
	if got := fmt.Sprint(books[args[0]]); got != args[1] {
		ts.Fatalf("the books say %s is %s, want %s: %v", args[0], got, args[1], books)
	}
}

// writePeople writes a CSV of people: people FILE FROM TO. Those up to 501 are
// engineers, those from 202 on are in Berlin.
func writePeople(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: people FILE FROM TO")
	}
	from, err := strconv.Atoi(args[1])
	ts.Check(err)
	to, err := strconv.Atoi(args[2])
	ts.Check(err)
	var b strings.Builder
	b.WriteString("External ID,Name,Title,Location,Company domain\n")
	for i := from; i <= to; i++ {
		title, city := "Seller", "Hamburg"
		if i <= 501 {
			title = "Engineer"
		}
		if i >= 202 {
			city = "Berlin"
		}
		fmt.Fprintf(&b, "p%d,Ada Number%d,%s,%s,acme%d.example\n", i, i, title, city, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}
