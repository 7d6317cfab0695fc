package declare

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"fettle"
	"fettle/provider/declarative"
)

// shapes is what a reader asks of a document, kept while it reads one that has
// every key and no value: a document's schema is made by the code that reads it.
type shapes struct {
	of map[ast.Node]func(schema) // where the schema of what stands at a key goes
}

type schema = map[string]any

// Kinds lists the kinds of documents that have a schema.
func Kinds() []Kind {
	return []Kind{KindAudience, KindChannel, KindDataProvider, KindDestination, KindEnrichment, KindField, KindLimit, KindProvider, KindSignal, KindSource, KindView}
}

// Schema is the JSON Schema of a kind of documents.
func Schema(kind Kind) (map[string]any, error) {
	if kind == KindDataProvider {
		s := declarative.Schema()
		s["$schema"], s["title"] = draft, "A provider's definition"
		return s, nil
	}
	if !slices.Contains(Kinds(), kind) {
		return nil, fettle.Errorf(fettle.NotFound, "there is no kind of documents %q", kind).WithHint("Kinds: %s.", kindNames())
	}
	r := &reader{number: 1, shapes: &shapes{of: map[ast.Node]func(schema){}}}
	var out schema
	root := r.shapes.node(func(s schema) { out = s })
	r.read(&Document{Kind: kind}, root)
	properties := out["properties"].(schema)
	if _, ok := properties["label"]; ok {
		properties["label"] = anyScalar()
	}
	properties["apiVersion"], properties["kind"] = schema{"const": version}, schema{"const": string(kind)}
	required := append([]string{"apiVersion", "kind"}, out["required"].([]string)...)
	if kind == KindField { // its key has two names
		required = slices.DeleteFunc(required, func(k string) bool { return k == "field" })
		out["anyOf"] = []any{schema{"required": []string{"field"}}, schema{"required": []string{"name"}}}
	}
	out["required"], out["$schema"], out["title"] = required, draft, "A document of the kind "+string(kind)
	return out, nil
}

const draft = "http://json-schema.org/draft-07/schema#" // which editors know

func kindNames() string {
	names := make([]string, 0, len(Kinds()))
	for _, k := range Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// node stands for what is at a key.
func (s *shapes) node(set func(schema)) ast.Node {
	n := &ast.MappingNode{}
	s.of[n] = set
	return n
}

// mapping notes the keys of a mapping, each of which is there.
func (s *shapes) mapping(m *mapping, n ast.Node, allowed []string) *mapping {
	m.schema = schema{"type": "object", "additionalProperties": len(allowed) == 0, "required": []string{}}
	properties := schema{}
	for _, key := range allowed {
		properties[key] = schema{}
		m.entries[key] = s.node(func(v schema) { properties[key] = v })
	}
	if len(allowed) > 0 {
		m.schema["properties"] = properties
	}
	if set := s.of[n]; set != nil {
		set(m.schema)
	}
	return m
}

// is notes what stands at a key.
func (m *mapping) is(key string, v schema) {
	if m.schema == nil {
		return
	}
	if properties, ok := m.schema["properties"].(schema); ok {
		properties[key] = v
	}
}

// each notes what stands at every key of a mapping that has any.
func (m *mapping) each(key string, v any) {
	if m.schema != nil {
		m.is(key, schema{"type": "object", "additionalProperties": v})
	}
}

// orNone notes that a key may say none instead.
func (m *mapping) orNone(key string) {
	if m.schema != nil {
		properties := m.schema["properties"].(schema)
		properties[key] = schema{"anyOf": []any{schema{"const": "none"}, properties[key]}}
	}
}

// required notes a key that has to be there.
func (m *mapping) required(key string) {
	if m.schema != nil {
		m.schema["required"] = append(m.schema["required"].([]string), key)
	}
}

func anyScalar() schema { return schema{"type": []string{"string", "number", "boolean"}} }

func oneOrMore() schema {
	return schema{"anyOf": []any{anyScalar(), schema{"type": "array", "items": anyScalar()}}}
}

// listOf notes that a key holds a list of what read reads.
func (r *reader) listOf(m *mapping, key string, read func(n ast.Node)) {
	var item schema
	read(r.shapes.node(func(v schema) { item = v }))
	m.is(key, schema{"type": "array", "minItems": 1, "items": item})
}
