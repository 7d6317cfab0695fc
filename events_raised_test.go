package fettle_test

import (
	"go/ast"
	"os"
	"strings"
	"testing"

	"fettle"
)

// TestEveryEventIsRaised holds that each event of the catalogue is raised
// somewhere, and that what is raised is in the catalogue.
func TestEveryEventIsRaised(t *testing.T) {
	named := map[string]fettle.EventType{} // constant → event
	used := map[string]bool{}
	for _, s := range sources(t) {
		if s.path == "channel.go" {
			ast.Inspect(s.file, func(n ast.Node) bool {
				spec, ok := n.(*ast.ValueSpec)
				if !ok || len(spec.Values) != 1 {
					return true
				}
				if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "EventType" {
					if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
						named[spec.Names[0].Name] = fettle.EventType(strings.Trim(lit.Value, `"`))
					}
				}
				return true
			})
			continue
		}
		if s.test() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && strings.HasPrefix(sel.Sel.Name, "Event") {
				used[sel.Sel.Name] = true
			}
			return true
		})
	}
	listed := map[fettle.EventType]bool{}
	for _, k := range fettle.EventKinds() {
		listed[k.Type] = true
		if k.Says == "" || k.One == "" || k.Many == "" || len(k.Data) == 0 {
			t.Errorf("%s is not described: %+v", k.Type, k)
		}
	}
	if len(named) < 15 || len(named) != len(listed) {
		t.Errorf("%d events are named, %d are in the catalogue", len(named), len(listed))
	}
	for name, event := range named {
		if !listed[event] {
			t.Errorf("%s is not in the catalogue", event)
		}
		if !used[name] {
			t.Errorf("nothing raises %s", event)
		}
	}
}

// TestEventsAreDocumented holds the list of events in docs/channels.md.
func TestEventsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("docs/channels.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range fettle.EventKinds() {
		data := "`" + strings.Join(k.Data, "`, `") + "`"
		if line := "| `" + string(k.Type) + "` | " + k.Says + " | " + data + " |\n"; !strings.Contains(string(page), line) {
			t.Errorf("docs/channels.md has no line\n%s", line)
		}
	}
}
