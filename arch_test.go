package fettle_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "fettle"

// layers lists every package, lowest first. A package may import only packages
// on lines above its own. This table is the architecture; keep it true.
var layers = [][]string{
	{""}, // the root: nouns and rules
	{"internal/asread", "internal/events", "internal/gate", "internal/kept", "internal/label", "internal/nearest", "internal/oidc", "internal/oidc/oidctest", "internal/outbox", "internal/password", "internal/safehttp", "internal/secret", "internal/text", "internal/trace"}, // leaves: none of ours but the root
	{"identity", "ledger", "play"},
	{"rights", "schedule", "identity/match", "identity/employment"},
	{"identity/stranger"},
	{"expr"},
	{"provider", "source/csv", "source/inbox"},
	{"provider/pace", "provider/sandbox"},
	{"provider/declarative", "provider/formula", "provider/llm", "store"},
	{"provider/catalog", "provider/providertest", "store/storetest"},
	{"past", "notify"},
	{"signal"},
	{"ingest", "declare", "limits"},
	{"connect", "duplicate"},
	{"judge"},
	{"jobs", "account", "run", "recall", "backtest", "deliver"},
	{"engine"},
	{"api", "client", "ui", "docs"},
	{"mcp"},
	{"cmd/comments", "cmd/fettle", "cmd/image", "cmd/notices", "ui/e2e/older", "ui/e2e/earlier"},
	{"chaos"},
}

// pure packages touch neither the database nor the network nor files.
var pure = []string{"", "ledger", "identity", "identity/match", "identity/employment", "identity/stranger", "expr", "rights", "schedule"}

// witness is the sandbox: it keeps its own books, so that what it says was
// billed owes nothing to our engine.
const witness = "provider/sandbox"

type pkg struct {
	ImportPath, Doc string
	Imports         []string
}

func TestImportsPointDown(t *testing.T) {
	rank := map[string]int{}
	for i, line := range layers {
		for _, p := range line {
			rank[p] = i
		}
	}
	all := packages(t)
	for name := range rank {
		if !slices.ContainsFunc(all, func(p pkg) bool { return local(p.ImportPath) == name }) {
			t.Errorf("%s is in the table and is no package", name)
		}
	}
	for _, p := range all {
		name := local(p.ImportPath)
		r, ok := rank[name]
		if !ok {
			t.Errorf("%s is on no layer: add it to the table", p.ImportPath)
			continue
		}
		if p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
		for _, imp := range p.Imports {
			if dep := local(imp); ours(imp) {
				if rank[dep] >= r {
					t.Errorf("%s imports %s, which is not below it", p.ImportPath, imp)
				}
				if strings.HasPrefix(name, "internal/") && dep != "" {
					t.Errorf("%s is a leaf and imports %s", p.ImportPath, imp)
				}
			}
			if imp == "testing" && !strings.HasSuffix(name, "test") {
				t.Errorf("%s links testing into the binary", p.ImportPath)
			}
			if slices.Contains(pure, name) && slices.Contains([]string{"database/sql", "net/http", "os"}, imp) {
				t.Errorf("%s is pure and imports %s", p.ImportPath, imp)
			}
			if name == "" && strings.Contains(imp, ".") {
				t.Errorf("the root imports %s: standard library only", imp)
			}
			if name == witness && ours(imp) && local(imp) != "" {
				t.Errorf("the sandbox imports %s: it is an independent witness", imp)
			}
			if name == "client" && ours(imp) && local(imp) != "" {
				t.Errorf("the client imports %s: it knows the nouns alone", imp)
			}
		}
	}
}

func ours(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

func local(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
}

func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports,Doc", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
