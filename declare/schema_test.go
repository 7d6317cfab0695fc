package declare

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"fettle/play"
)

// valid validates a document by the schema of its kind.
func valid(t *testing.T, text string) error {
	t.Helper()
	var doc any
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	if doc, err = jsonschema.UnmarshalJSON(strings.NewReader(string(b))); err != nil || doc == nil {
		return err // an empty document
	}
	kind, _ := doc.(map[string]any)["kind"].(string)
	s, err := Schema(Kind(kind))
	if err != nil {
		return err
	}
	if b, err = json.Marshal(s); err != nil {
		t.Fatal(err)
	}
	raw, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("kind.json", raw); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("kind.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled.Validate(doc)
}

// TestSchemasTakeWhatIsRead holds that what is read is valid by its schema: every
// kind, every play.
func TestSchemasTakeWhatIsRead(t *testing.T) {
	t.Parallel()
	texts := strings.ReplaceAll(everyKind, "id: acme\nanything: {goes: here}\n", "id: acme\noperations: []\n")
	plays, err := play.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plays {
		texts += "---\n" + p.Documents
	}
	for _, text := range split([]byte(texts)) {
		if err := valid(t, string(text.text)); err != nil {
			t.Errorf("%v\n%s", err, text.text)
		}
	}
}

// TestSchemasRefuse holds that a schema knows what its reader refuses.
func TestSchemasRefuse(t *testing.T) {
	t.Parallel()
	const enrichment = "apiVersion: fettle/v1\nkind: Enrichment\nname: e\naudience: a\nsteps: [{provider: x/y}]\noutputs: {a: b}\n"
	if err := valid(t, enrichment); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		enrichment + "colour: red\n", enrichment + "write: sometimes\n", enrichment + "follow: maybe\n", enrichment + "loop: many\n", enrichment + "limit: some\n", enrichment + "limit: {credit: 1}\n",
		enrichment + "schedule: {evry: 7d}\n", enrichment + "guards: {again: [1]}\n", strings.Replace(enrichment, "name: e\n", "", 1), strings.Replace(enrichment, "{provider: x/y}", "{providr: x/y}", 1),
		strings.Replace(enrichment, "[{provider: x/y}]", "[]", 1), "apiVersion: fettle/v1\nkind: Field\nentity: people\n", "apiVersion: fettle/v1\nkind: Field\nentity: planets\nfield: a\n",
		"apiVersion: fettle/v1\nkind: Signal\nname: s\nentity: people\ntype: t\ncompanion: {nam: x}\n", "apiVersion: provider/v1\nkind: DataProvider\nid: a\noperations: [{id: b, colour: red}]\n",
		"apiVersion: fettle/v1\nkind: Channel\nname: c\nto: pigeon\n", "apiVersion: fettle/v1\nkind: Channel\nname: c\nto: slack\nurl: https://x.example\n",
		"apiVersion: fettle/v1\nkind: Limit\nscope: team\nlimit: none\n",
	} {
		if valid(t, text) == nil {
			t.Errorf("a schema takes\n%s", text)
		}
	}
}
