package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"fettle/declare"
)

// TestServedSchemasTakeWhatIsExported: what the server gives as the workspace's
// documents is valid by the schemas that it serves at the same time.
func TestServedSchemasTakeWhatIsExported(t *testing.T) {
	b := setup(t)
	for _, w := range writtenThings() {
		b.made(w)
	}
	for _, doc := range []string{
		`kind: Field\nentity: people\nfield: stage\ntype: select\noptions: [new, won]`,
		`kind: Source\nname: web-forms\nentity: people\nfields: {name: body.name}`,
		`kind: Limit\nscope: workspace\nlimit: {credits: 40, per: month}`,
	} {
		if rec := b.do("POST", "/api/v1/apply", `{"documents": "apiVersion: fettle/v1\n`+doc+`\n"}`); rec.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", doc, rec.Code, rec.Body)
		}
	}
	schemas := map[string]*jsonschema.Schema{}
	for _, kind := range declare.Kinds() {
		for _, end := range []string{"", ".json"} {
			rec := b.do("GET", fmt.Sprintf("/api/v1/schemas/%s%s", kind, end), "")
			if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "application/json" {
				t.Fatalf("%s: %d, %s", kind, rec.Code, rec.Header().Get("Content-Type"))
			}
			schemas[string(kind)] = compiledSchema(t, rec.Body.String())
		}
	}
	if rec := b.do("GET", "/api/v1/schemas/Planet", ""); rec.Code != http.StatusNotFound || !strings.Contains(rec.Body.String(), "Audience") {
		t.Errorf("a kind that there is not: %d %s", rec.Code, rec.Body)
	}
	var files struct{ Items []struct{ Path, Text string } }
	if err := json.Unmarshal(b.do("GET", "/api/v1/workspace/documents", "").Body.Bytes(), &files); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range files.Items {
		for text := range strings.SplitSeq(f.Text, "\n---\n") {
			var doc map[string]any
			if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
				t.Fatal(err)
			}
			kind, _ := doc["kind"].(string)
			seen[kind] = true
			if schemas[kind] == nil {
				t.Errorf("%s: no schema is served of %q", f.Path, kind)
			} else if err := schemas[kind].Validate(jsonOf(t, doc)); err != nil {
				t.Errorf("%s: %v\n%s", f.Path, err, text)
			}
			doc["kindd"] = "x"
			if s := schemas[kind]; s != nil && s.Validate(jsonOf(t, doc)) == nil {
				t.Errorf("the schema of %s takes a key that nothing reads", kind)
			}
		}
	}
	if len(seen) < 7 {
		t.Errorf("documents of %v only", seen)
	}
}

func compiledSchema(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	var doc any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("kind.json", jsonOf(t, doc)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("kind.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func jsonOf(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
