package api

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

func documentOf(t *testing.T) object {
	t.Helper()
	raw, err := OpenAPI("v1")
	if err != nil {
		t.Fatal(err)
	}
	var doc object
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestEverythingIsDescribed: whoever reads the document learns what each property
// and each parameter is.
func TestEverythingIsDescribed(t *testing.T) {
	doc := documentOf(t)
	for name, schema := range doc["components"].(object)["schemas"].(object) {
		properties, _ := schema.(object)["properties"].(object)
		for key, p := range properties {
			if p.(object)["description"] == nil {
				t.Errorf("%s.%s is not described: write a comment beside the field and run make generate, or a line in api/words.txt", name, key)
			}
		}
	}
	each(doc, func(id, path string, op object) {
		parameters, _ := op["parameters"].([]any)
		for _, p := range parameters {
			if p.(object)["description"] == nil {
				t.Errorf("%s: the parameter %s is not described: a doc tag, or ?%[2]s in api/words.txt", id, p.(object)["name"])
			}
		}
		for _, tag := range op["tags"].([]any) {
			if tags()[tag.(string)] == "" {
				t.Errorf("%s: the tag %s is not described: see tags()", id, tag)
			}
		}
		if op["responses"].(object)["default"] == nil {
			t.Errorf("%s %s says nothing of errors", id, path)
		}
	})
}

func each(doc object, f func(id, path string, op object)) {
	for path, item := range doc["paths"].(object) {
		for _, op := range item.(object) {
			f(op.(object)["operationId"].(string), path, op.(object))
		}
	}
}

// TestNoWordIsLeftOver: a word for a property that is no more misleads whoever looks
// for it.
func TestNoWordIsLeftOver(t *testing.T) {
	doc := documentOf(t)
	d, err := newDescriptions()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for name, schema := range doc["components"].(object)["schemas"].(object) {
		properties, _ := schema.(object)["properties"].(object)
		for key := range properties {
			there[key], there[name+"."+key] = true, true
		}
	}
	bodies := map[string]bool{}
	each(doc, func(id, _ string, op object) {
		parameters, _ := op["parameters"].([]any)
		for _, p := range parameters {
			name := p.(object)["name"].(string)
			there[name], there["?"+name], there[id+"."+name] = true, true, true
		}
		bodies[id] = op["requestBody"] != nil
	})
	for _, key := range slices.Sorted(maps.Keys(d.words)) {
		if !there[key] {
			t.Errorf("words.txt: nothing is named %s", key)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(d.examples)) {
		if !bodies[id] {
			t.Errorf("examples.json: no operation with a body is named %s", id)
		}
	}
}

// TestExamplesAreTaken holds each example against the schema that judges requests.
func TestExamplesAreTaken(t *testing.T) {
	s := build(nil, Config{Version: "v1"})
	d, err := newDescriptions()
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range s.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Post, item.Put, item.Patch} {
			if op == nil || op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
				continue
			}
			if d.examples[op.OperationID] == nil {
				t.Errorf("%s has no example: add one to api/examples.json", op.OperationID)
				continue
			}
			var body any
			if err := json.Unmarshal(d.examples[op.OperationID], &body); err != nil {
				t.Errorf("%s: %v", op.OperationID, err)
				continue
			}
			var found huma.ValidateResult
			huma.Validate(s.api.OpenAPI().Components.Schemas, op.RequestBody.Content["application/json"].Schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, body, &found)
			for _, err := range found.Errors {
				t.Errorf("%s: %v", op.OperationID, err)
			}
		}
	}
}

// TestClosedSetsAreEnums: a type of our own that is text is a closed set, and the
// document lists it.
func TestClosedSetsAreEnums(t *testing.T) {
	r := build(nil, Config{Version: "v1"}).api.OpenAPI().Components.Schemas.(*schemas)
	for name, typ := range r.types {
		for f := range typ.Fields() {
			of := f.Type
			for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice || of.Kind() == reflect.Map {
				of = of.Elem()
			}
			if _, known := r.known[of]; known || of.Kind() != reflect.String || !strings.HasPrefix(of.PkgPath(), "fettle") {
				continue
			}
			t.Errorf("%s.%s is a %s, of which the document has no enum: add it to newSchemas", name, f.Name, of)
		}
	}
}
