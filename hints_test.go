package fettle_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What a reader of the web app does not type: a command of this program, or one
// of its flags.
var typed = regexp.MustCompile(`\bfettle [a-z]{3,}|(?:^|[^\w-])--[a-z]`)

// inBrackets is what the web app leaves out (spoken, in ui/src/ui/words.ts).
var inBrackets = regexp.MustCompile(` ?\([^()]*(?:\bfettle [a-z]|--[a-z])[^()]*\)`)

// elsewhere are rooms whose words reach a terminal alone.
var elsewhere = []string{"cmd", "client", "ui", "rights", "chaos", "provider/sandbox", "store/storetest"}

// TestCommandsStandInBrackets reads every text that the server may say. It is
// shown on a terminal and in the web app, so the act stands in words, and the
// command after it in brackets: the app leaves the brackets out, and what stays
// is a whole sentence.
func TestCommandsStandInBrackets(t *testing.T) {
	read := eachText(t, elsewhere, func(at token.Position, s string) {
		if rest := inBrackets.ReplaceAllString(s, ""); typed.MatchString(rest) && !wholeCommand.MatchString(s) {
			t.Errorf("%s: %q: say the act in words, and put what is typed after it in brackets", at, s)
		}
	})
	if read < 1000 {
		t.Errorf("%d texts were read: this test looks in the wrong place", read)
	}
}

// eachText shows the texts in the project's Go files, those of its tests aside and
// those below some folders, and gives how many there are.
func eachText(t *testing.T, without []string, show func(at token.Position, text string)) (read int) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (slices.Contains(without, path) || strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for at, text := range textsOf(file) {
			read++
			show(set.Position(at), text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// wholeCommand is a text that is nothing but a command or a part of one: its
// own member of an answer, or put into brackets elsewhere.
var wholeCommand = regexp.MustCompile(`^(fettle [a-z]+( [a-z]+)*( …|( %[sd])+)*|( ?--[a-z]+)( [A-Z]+)? ?…?)$`)

// textsOf gives the texts of a file, joined where they are joined there, with
// "…" for what is put between.
func textsOf(file *ast.File) map[token.Pos]string {
	texts := map[token.Pos]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec, *ast.StructType: // paths and tags
			return false
		case *ast.BinaryExpr:
			if n.Op == token.ADD {
				if s, ok := joined(n); ok {
					texts[n.Pos()] = s
					return false
				}
			}
		case *ast.BasicLit:
			if s, ok := joined(n); ok {
				texts[n.Pos()] = s
			}
		}
		return true
	})
	return texts
}

func joined(e ast.Expr) (s string, text bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			s, err := strconv.Unquote(e.Value)
			return s, err == nil
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			a, inA := joined(e.X)
			b, inB := joined(e.Y)
			return a + b, inA || inB
		}
	}
	return "…", false
}
