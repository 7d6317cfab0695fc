package fettle_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The bounds of what is read at once, in lines.
const (
	longestFile = 500
	longestTest = 600
	longestFunc = 80
)

// movesMoney are the verbs of the store that reserve, charge or give back.
var movesMoney = []string{
	"InsertAttempts", "EndAttempts", "ResolveAttempts", "HoldCells", "PassCells", "BuyCells", "FreeCells", "ApplyBalances", "AppendJournal", "PutAnswers",
}

// mayMoveMoney are the only packages outside the store that use them: whoever
// wants to know what can spend money reads these.
var mayMoveMoney = []string{
	"limits/", "run/",
	"cmd/fettle/bench_hot.go", // a database of its own, to measure the verbs
}

// mayCallOut are the only packages that ask a provider for something that is
// billed.
var mayCallOut = []string{
	"run/",
	"connect/file.go", // fetches the files of sources, which bills nothing
	"deliver/",        // writes records into services, which bills nothing
	"internal/oidc/",  // an issuer, which bills nothing
	"provider/",       // an operation that wraps another, and what tests them
}

// mayReadChanges are the only packages that read what an entry of the change log
// changed: the others ask package past.
var mayReadChanges = []string{"past/", "store/"}

// mayReadEnvironment are the only places that do: all others are given it.
var mayReadEnvironment = []string{"cmd/", "store/storetest/"}

var statement = regexp.MustCompile(`\b(SELECT\s[^"]*\sFROM\s|INSERT INTO\s|UPDATE\s+\w+\s+SET\s|DELETE FROM\s)`)

// maySpeakSQL are the only files outside the store with statements.
var maySpeakSQL = []string{
	"expr/",            // makes conditions
	"jobs/",            // the queue's own tables
	"cmd/fettle/bench", // measures a database of its own
	"ui/e2e/earlier/",  // makes a past for a journey
}

// source is a file of ours that is read, not run.
type source struct {
	path  string
	fset  *token.FileSet
	file  *ast.File
	lines int
}

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s source) in(places []string) bool {
	return slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(s.path, p) })
}

func (s source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil || ast.IsGenerated(f) {
			return err
		}
		out = append(out, source{filepath.ToSlash(path), fset, f, fset.File(f.Pos()).LineCount()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestWhoMay holds what only some files may do: move money, ask a provider,
// read the environment, speak SQL.
func TestWhoMay(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || s.in([]string{"store/"}) && !s.in(mayReadEnvironment) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok {
					s.checkCall(t, n, sel)
				}
			case *ast.BasicLit:
				if n.Kind == token.STRING && statement.MatchString(n.Value) && !s.in(maySpeakSQL) && !s.in([]string{"store/"}) {
					t.Errorf("%s:%d speaks SQL: that is the store's", s.path, s.line(n))
				}
			}
			return true
		})
	}
}

func (s source) checkCall(t *testing.T, call *ast.CallExpr, sel *ast.SelectorExpr) {
	t.Helper()
	name := sel.Sel.Name
	if slices.Contains(movesMoney, name) && !s.in(mayMoveMoney) {
		t.Errorf("%s:%d moves money with %s: see mayMoveMoney", s.path, s.line(call), name)
	}
	asks := name == "DoBatch" || name == "Poll" || name == "Do" && len(call.Args) == 2
	if asks && !s.in(mayCallOut) {
		t.Errorf("%s:%d asks a provider with %s: see mayCallOut", s.path, s.line(call), name)
	}
	if name == "Unmarshal" && len(call.Args) == 2 && readsEntry(call.Args[0]) && !s.in(mayReadChanges) {
		t.Errorf("%s:%d reads an entry of the change log: ask past.Changes", s.path, s.line(call))
	}
	if x, ok := sel.X.(*ast.Ident); ok && x.Name == "os" && (name == "Getenv" || name == "LookupEnv") && !s.in(mayReadEnvironment) {
		t.Errorf("%s:%d reads the environment: take a function that cmd gives", s.path, s.line(call))
	}
}

// readsEntry reports whether an expression is []byte(entry.Changes).
func readsEntry(e ast.Expr) bool {
	conv, ok := e.(*ast.CallExpr)
	if !ok || len(conv.Args) != 1 {
		return false
	}
	sel, ok := conv.Args[0].(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Changes"
}

// TestSizes keeps files and functions small enough to be read at once.
func TestSizes(t *testing.T) {
	for _, s := range sources(t) {
		most := longestFile
		if s.test() {
			most = longestTest
		}
		if s.lines > most+1 {
			t.Errorf("%s has %d lines, at most %d", s.path, s.lines, most)
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || s.test() {
				continue
			}
			if n := s.fset.Position(f.End()).Line - s.line(f) + 1; n > longestFunc {
				t.Errorf("%s: %s has %d lines, at most %d", s.path, f.Name.Name, n, longestFunc)
			}
		}
	}
}
