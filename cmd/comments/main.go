// Command comments writes what the Go source says of each field that leaves as
// JSON: the descriptions of the OpenAPI document. `make generate` runs it.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// from are the packages whose types the API answers with or takes.
var from = []string{".", "account", "api", "engine", "expr", "internal/events", "provider", "provider/declarative", "store"}

func main() {
	said, err := comments(os.DirFS("."))
	if err != nil {
		fmt.Fprintln(os.Stderr, "comments:", err)
		os.Exit(1)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	if err := out.Encode(said); err != nil {
		fmt.Fprintln(os.Stderr, "comments:", err)
		os.Exit(1)
	}
}

// comments gives what is written beside the fields, by package, type and field.
func comments(project fs.FS) (map[string]string, error) {
	said := map[string]string{}
	for _, dir := range from {
		names, err := fs.Glob(project, path.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			if err := ofFile(project, name, path.Join("fettle", dir), said); err != nil {
				return nil, err
			}
		}
	}
	return said, nil
}

func ofFile(project fs.FS, name, pkg string, said map[string]string) error {
	source, err := fs.ReadFile(project, name)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Base(name), source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			t, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			if s, ok := t.Type.(*ast.StructType); ok {
				ofStruct(pkg+"."+t.Name.Name, s, said)
			}
		}
	}
	return nil
}

func ofStruct(prefix string, s *ast.StructType, said map[string]string) {
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil || !leaves(reflect.StructTag(tag)) {
			continue
		}
		text := f.Comment.Text()
		if text == "" {
			text = f.Doc.Text()
		}
		if text = strings.Join(strings.Fields(text), " "); text == "" {
			continue
		}
		for _, n := range f.Names {
			said[prefix+"."+n.Name] = text
		}
	}
}

// leaves reports whether a field is part of a body, of an address or of a query.
func leaves(tag reflect.StructTag) bool {
	for _, key := range []string{"json", "path", "query", "header"} {
		if v, ok := tag.Lookup(key); ok && v != "-" {
			return true
		}
	}
	return false
}
