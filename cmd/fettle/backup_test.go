package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"fettle/store/storetest"
)

// TestBackupScripts drives backup, restore and copy through whole journeys. PG
// is an empty database in PostgreSQL.
func TestBackupScripts(t *testing.T) {
	for _, name := range []string{"backup", "copy"} {
		dsn := storetest.EmptyDSN(t, storetest.PostgreSQL)
		scripts(t, testscript.Params{Files: []string{filepath.Join("testdata", "backup", name+".txtar")}}, func(env *testscript.Env) string {
			env.Setenv("PG", dsn)
			return filepath.Join(env.WorkDir, "fettle.db")
		})
	}
}

// TestKilledInTheMiddle kills copy and restore over and over until they are
// through: what comes out is whole.
func TestKilledInTheMiddle(t *testing.T) {
	p := newProgram(t)
	p.env["FETTLE_SANDBOX"] = "http://127.0.0.1:1"
	dir := p.env["HOME"]
	csv := filepath.Join(dir, "people.csv")
	writeManyPeople(t, csv, 6000)
	p.must("import", csv, "--entity", "people")
	backup := filepath.Join(dir, "backup")
	p.must("backup", "-o", backup)
	file := p.env["FETTLE_DB"]
	copied, restored := storetest.EmptyDSN(t, storetest.PostgreSQL), storetest.EmptyDSN(t, storetest.PostgreSQL)
	for _, c := range []struct {
		db   string
		args []string
	}{
		{copied, []string{"copy", "--from", file, "--to", copied}},
		{restored, []string{"restore", backup, "--db", restored}},
		{filepath.Join(dir, "new.db"), []string{"restore", backup, "--db", filepath.Join(dir, "new.db")}},
	} {
		killed := p.killUntilDone(c.args...)
		t.Logf("fettle %s: killed %d times", c.args[0], killed)
		if killed == 0 {
			t.Errorf("fettle %s was never killed", c.args[0])
		}
		p.must("audit", "--db", c.db)
		var v struct{ Count int }
		out := p.must("audience", "count", "--entity", "people", "--where", "filled(name)", "--db", c.db, "--json")
		if err := json.Unmarshal([]byte(out), &v); err != nil || v.Count != 6000 {
			t.Errorf("fettle %s: %s", c.args[0], out)
		}
	}
}

func (p program) must(args ...string) string {
	p.t.Helper()
	code, out, errs := p.run(args...)
	if code != 0 {
		p.t.Fatalf("fettle %v exits with %d: %s", args, code, errs)
	}
	return out
}

func writeManyPeople(t *testing.T, path string, n int) {
	t.Helper()
	var b strings.Builder
	b.WriteString("External ID,Name,Title,Company domain\n")
	for i := range n {
		fmt.Fprintf(&b, "p%d,Ada Number%d,Engineer,acme%d.example\n", i, i, i)
	}
	writeFile(t, path, b.String())
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// killUntilDone runs the program as a process of its own and kills it, later
// each time, until it ends well.
func (p program) killUntilDone(args ...string) (killed int) {
	p.t.Helper()
	self, err := os.Executable()
	if err != nil {
		p.t.Fatal(err)
	}
	bin := filepath.Join(p.t.TempDir(), "fettle") // by its name it is the program
	if err := os.Symlink(self, bin); err != nil {
		p.t.Fatal(err)
	}
	for after := 200 * time.Millisecond; ; after += 300 * time.Millisecond {
		ctx, cancel := context.WithTimeout(p.t.Context(), after)
		cmd := exec.CommandContext(ctx, bin, args...)
		cmd.Env = os.Environ()
		for k, v := range p.env {
			cmd.Env = append(cmd.Env, k+"="+v)
		}
		out, err := cmd.CombinedOutput()
		timedOut := ctx.Err() != nil
		cancel()
		whole := strings.Contains(string(out), "in the database already") || strings.Contains(string(out), "exists")
		if err == nil || (killed > 0 && whole) { // it was through when it was killed
			return killed
		}
		if !timedOut {
			p.t.Fatalf("fettle %v: %v\n%s", args, err, out)
		}
		if killed++; killed > 150 {
			p.t.Fatalf("fettle %v never ends", args)
		}
	}
}
