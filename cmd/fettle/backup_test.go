package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
