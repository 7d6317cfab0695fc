package engine_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"fettle/declare"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// TestWhatIsExportedIsValid holds that every document of an export is valid by its
// kind's schema, which its file names where the text is ours.
func TestWhatIsExportedIsValid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, storetest.Open(t), sandbox.Defaults())
	if _, err := w.e.Apply(t.Context(), admin, []byte(everythingDeclared), true); err != nil {
		t.Fatal(err)
	}
	files, _ := w.exported()
	if len(files) < 8 {
		t.Errorf("%d files", len(files))
	}
	for _, f := range files {
		validFile(t, f)
	}
}

func validFile(t *testing.T, f engine.DocumentFile) {
	t.Helper()
	for text := range strings.SplitSeq(f.Text, "\n---\n") {
		var doc map[string]any
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		kind, _ := doc["kind"].(string)
		if up := strings.Repeat("../", strings.Count(f.Path, "/")); !strings.HasPrefix(f.Text, "# yaml-language-server: $schema="+up+"schema/"+kind+".json\n") {
			t.Errorf("%s does not name the schema of %s", f.Path, kind)
		}
		s, err := declare.Schema(declare.Kind(kind))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("kind.json", plainJSON(t, s)); err != nil {
			t.Fatal(err)
		}
		compiled, err := c.Compile("kind.json")
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(plainJSON(t, doc)); err != nil {
			t.Errorf("%s: %v\n%s", f.Path, err, text)
		}
	}
}

func plainJSON(t *testing.T, v any) any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
