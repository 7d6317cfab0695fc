package fettle_test

import (
	"go/ast"
	"slices"
	"testing"
)

// calledByOthers are names that code outside the module calls through an
// interface, or that only tests read, as the text that another must equal.
var calledByOthers = []string{
	"String", "GoString", "Error", "Unwrap", "Is", "As", "LogValue", "ServeHTTP", "RoundTrip",
	"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "MarshalYAML", "UnmarshalYAML",
	"GetHeaders", "GetStatus", "SchemaFromRef", "TypeFromRef", "RegisterTypeAlias", // huma
	"ResolveName", "Parent", // CEL
	"Visit",        // the syntax trees of YAML and of Go
	"Push", "Swap", // container/heap
	"Work",                        // River
	"FoldPostgres", "WaitReasons", // what a migration and a closed set are held to
}

// TestNoExportedNameIsUnused finds what is exported and used nowhere but in
// tests. It goes by names alone: a name that another package uses for a thing
// of its own hides an unused one, but none is reported that is used.
func TestNoExportedNameIsUnused(t *testing.T) {
	type decl struct {
		s source
		n ast.Node
	}
	declared, used := map[string][]decl{}, map[string]bool{}
	for _, s := range sources(t) {
		if s.test() || s.in([]string{"store/storetest/", "provider/providertest/"}) {
			continue
		}
		own := map[*ast.Ident]bool{}
		note := func(id *ast.Ident) {
			own[id] = true
			if id.IsExported() && !slices.Contains(calledByOthers, id.Name) {
				declared[id.Name] = append(declared[id.Name], decl{s, id})
			}
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				note(d.Name)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						note(spec.Name)
					case *ast.ValueSpec:
						for _, id := range spec.Names {
							note(id)
						}
					}
				}
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && !own[id] {
				used[id.Name] = true
			}
			return true
		})
	}
	for name, ds := range declared {
		if used[name] {
			continue
		}
		for _, d := range ds {
			t.Errorf("%s:%d: %s is exported and nothing uses it", d.s.path, d.s.line(d.n), name)
		}
	}
}
