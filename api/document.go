package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"fettle/declare"
)

// comments are what the Go source says beside each field, made by cmd/comments;
// words are what is said of a property where the source says nothing: by schema and
// property, or by the property's name alone.
var (
	//go:embed comments.json
	commentsJSON []byte
	//go:embed words.txt
	wordsText string
)

type object = map[string]any

// document is the OpenAPI document: what huma makes of the types, completed with
// what a reader and a linter want besides. Only what the code knows is said.
func (s *server) document() ([]byte, error) {
	raw, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	var doc object
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	said, err := newDescriptions()
	if err != nil {
		return nil, err
	}
	doc["servers"] = []any{object{"url": "/", "description": "This server."}}
	doc["tags"] = tagsOf()
	doc["info"].(object)["license"] = object{"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
	components := doc["components"].(object)
	components["responses"] = problemResponses()
	registry := s.api.OpenAPI().Components.Schemas.(*schemas)
	for name, schema := range components["schemas"].(object) {
		plainSchema(schema)
		said.schema(registry.types[name], name, schema.(object))
	}
	for path, item := range doc["paths"].(object) {
		for method, op := range item.(object) {
			said.operation(method, path, op.(object))
		}
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	return out.Bytes(), nil
}

// plainSchema takes out what is a word of huma's and none of JSON Schema's.
func plainSchema(v any) {
	switch v := v.(type) {
	case object:
		delete(v, "patternDescription")
		for _, child := range v {
			plainSchema(child)
		}
	case []any:
		for _, child := range v {
			plainSchema(child)
		}
	}
}

// problemResponses are the answers of errors, each named once.
func problemResponses() object {
	out := object{}
	for name, p := range problems() {
		out[name] = object{
			"description": p.says,
			"content": object{"application/problem+json": object{
				"schema":  object{"$ref": refPrefix + "Problem"},
				"example": p.example,
			}},
		}
		if headers := headersOf(name); len(headers) > 0 {
			out[name].(object)["headers"] = headers
		}
	}
	return out
}

type descriptions struct {
	comments map[string]string
	words    map[string]string
	examples map[string]json.RawMessage
}

func newDescriptions() (*descriptions, error) {
	d := &descriptions{words: map[string]string{}}
	if err := json.Unmarshal(commentsJSON, &d.comments); err != nil {
		return nil, fmt.Errorf("comments.json: %w", err)
	}
	if err := json.Unmarshal(examplesJSON, &d.examples); err != nil {
		return nil, fmt.Errorf("examples.json: %w", err)
	}
	for n, line := range strings.Split(strings.TrimSpace(wordsText), "\n") {
		key, text, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("words.txt:%d: want NAME: what it is", n+1)
		}
		d.words[key] = text
	}
	return d, nil
}

// schema says of each property what it is. A tag in the source comes first, then the
// words for this schema, the comment in the source, and the words for the name.
func (d *descriptions) schema(t reflect.Type, name string, schema object) {
	properties, _ := schema["properties"].(object)
	for key, p := range properties {
		property := p.(object)
		text := ""
		if f, of := fieldOf(t, key); f != nil && f.Tag.Get("doc") == "" {
			text = d.comments[of+"."+f.Name]
		}
		switch own := d.words[name+"."+key]; {
		case own != "":
			text = own
		case property["description"] != nil && text == "" && property["$ref"] == nil && property["pattern"] == nil:
			continue // a tag's
		case text == "" && d.words[key] != "":
			text = d.words[key]
		}
		if text != "" {
			property["description"] = sentence(text)
		}
	}
}

// fieldOf finds the field that a property is made of, and the name of the type that
// has it, which may be one that the type is made of.
func fieldOf(t reflect.Type, key string) (*reflect.StructField, string) {
	if t == nil || t.Kind() != reflect.Struct {
		return nil, ""
	}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == key {
			return &f, t.PkgPath() + "." + t.Name()
		}
		if f.Anonymous && name == "" {
			inner := f.Type
			for inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if found, of := fieldOf(inner, key); found != nil {
				return found, of
			}
		}
	}
	return nil, ""
}

// operation says what an operation takes and what it answers, errors included.
func (d *descriptions) operation(method, path string, op object) {
	id := op["operationId"].(string)
	if op["description"] == nil {
		op["description"] = sentence(op["summary"].(string))
	}
	parameters, _ := op["parameters"].([]any)
	for _, p := range parameters {
		d.parameter(id, p.(object))
	}
	plainSchema(parameters)
	if body, ok := op["requestBody"].(object); ok {
		plainSchema(body)
		if media, ok := body["content"].(object)["application/json"].(object); ok {
			if example, ok := d.examples[id]; ok {
				media["example"] = example
			}
		}
	}
	d.tags(method, path, op)
	responses := op["responses"].(object)
	plainSchema(responses)
	for status, name := range problemsOf(method, path, op) {
		if responses[status] == nil {
			responses[status] = object{"$ref": "#/components/responses/" + name}
		}
	}
	delete(responses, "default")
	responses["default"] = object{"$ref": "#/components/responses/Problem"}
	if isOpen(path) {
		op["security"] = []any{}
	}
}

// tags says which operations give an ETag, and which take one.
func (d *descriptions) tags(method, path string, op object) {
	i := slices.IndexFunc(edited, func(e editable) bool { return prefix+e.path == path })
	if i < 0 {
		return
	}
	switch e := edited[i]; {
	case method == "get" && e.alone:
		op["responses"].(object)["200"].(object)["headers"] = object{"ETag": object{
			"description": "Names what people edit of it, as it stands: for If-Match.", "schema": object{"type": "string"},
		}}
	case e.takes(strings.ToUpper(method)):
		parameters, _ := op["parameters"].([]any)
		op["parameters"] = append(parameters, object{
			"name": "If-Match", "in": "header", "schema": object{"type": "string"}, "example": "\"3f9a0c71d2b84e5f60a1b2c3\"",
			"description": "The ETag of what was read: refused where somebody has changed it since.",
		})
		op["responses"].(object)["412"] = object{"$ref": "#/components/responses/Changed"}
	}
}

func (d *descriptions) parameter(id string, p object) {
	if p["description"] != nil {
		return
	}
	name := p["name"].(string)
	for _, key := range []string{id + "." + name, "?" + name, name} {
		if text := d.words[key]; text != "" {
			p["description"] = sentence(text)
			return
		}
	}
}

// sentence makes of a remark in the source a sentence for readers of the document.
func sentence(text string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, "nil:", "null:"))
	if text == "" {
		return ""
	}
	if word, _, _ := strings.Cut(text, " "); !strings.ContainsAny(word, "/:|.@_") && !strings.Contains(text, " | ") {
		first, size := utf8.DecodeRuneInString(text) // a word, not something that is to be typed
		text = string(unicode.ToUpper(first)) + text[size:]
	}
	if last := text[len(text)-1]; !strings.ContainsRune(".!?…", rune(last)) {
		text += "."
	}
	return text
}

// tagsOf are the groups of operations, by name.
func tagsOf() []any {
	groups := tags()
	var out []any
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		out = append(out, object{"name": name, "description": groups[name]})
	}
	return out
}

func (s *server) documentRoutes() {
	s.mux.HandleFunc("GET "+prefix+"/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		doc, err := s.described()
		var body bytes.Buffer
		if err == nil {
			err = json.Compact(&body, doc)
		}
		if err != nil {
			s.write(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = body.WriteTo(w) // a client that has gone is no concern of ours
	})
	s.mux.HandleFunc("GET "+prefix+"/schemas/{kind}", func(w http.ResponseWriter, r *http.Request) {
		var text []byte
		schema, err := declare.Schema(declare.Kind(strings.TrimSuffix(r.PathValue("kind"), ".json")))
		if err == nil {
			text, err = json.Marshal(schema)
		}
		if err != nil {
			s.write(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text) // a client that has gone is no concern of ours
	})
}
