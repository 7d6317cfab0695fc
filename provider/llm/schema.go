package llm

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"fettle"
	"fettle/provider"
)

// schema is what an AI step's answer must look like: one object whose
// properties are the step's outputs, all required, none besides.
type schema struct {
	full    map[string]any // with every bound
	plain   map[string]any // without the keywords that some vendors refuse
	text    string         // full, as compact JSON
	outputs []provider.Param
	check   *jsonschema.Schema // of an answer: null means not known, other keys do no harm
}

var outputName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// newSchema makes the schema of a step's output.
func newSchema(output map[string]any) (*schema, error) {
	if len(output) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "the step has no output").WithHint("Say what the model shall answer, such as output: {line: {type: string, max_length: 200}}.").With("key", "output")
	}
	properties := map[string]any{}
	s := &schema{}
	for _, name := range slices.Sorted(maps.Keys(output)) {
		if !outputName.MatchString(name) {
			return nil, fettle.Errorf(fettle.Invalid, "%q is not the name of an output", name).WithHint("Use letters, digits and underscores, starting with a letter.").With("key", "output")
		}
		property, err := strict("output."+name, output[name], 1)
		if err != nil {
			return nil, err
		}
		properties[name] = property
		s.outputs = append(s.outputs, provider.Param{Name: name, Type: fieldType(property), Label: name})
	}
	s.full = map[string]any{
		"type": "object", "properties": properties, "required": slices.Sorted(maps.Keys(properties)), "additionalProperties": false,
	}
	text, err := json.Marshal(s.full)
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "the output cannot be written as JSON: %w", err).With("key", "output")
	}
	s.text = string(text)
	s.plain, _ = withoutBounds(s.full).(map[string]any)
	if _, err = compile(text); err != nil {
		return nil, err
	}
	lenient, err := json.Marshal(relaxed(s.full))
	if err == nil {
		s.check, err = compile(lenient)
	}
	return s, err
}

func compile(text []byte) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	// A name that is no file's: a relative one would be shown with the folder
	// that the program runs in. Nothing that a schema refers to is loaded.
	const name = "https://schema.invalid/output"
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{})
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	for _, f := range formats() {
		c.RegisterFormat(f)
	}
	err = c.AddResource(name, doc)
	if err == nil {
		var compiled *jsonschema.Schema
		if compiled, err = c.Compile(name); err == nil {
			return compiled, nil
		}
	}
	return nil, fettle.Errorf(fettle.Invalid, "the output is no JSON schema: %s", strings.ReplaceAll(err.Error(), name, "output")).WithHint("Each output is a JSON schema, such as {type: string, max_length: 200}.").With("key", "output")
}

// formats are the formats of our field types. A blank passes: it is how a model
// says that it does not know.
func formats() []*jsonschema.Format {
	text := func(name string, check func(string) error) *jsonschema.Format {
		return &jsonschema.Format{Name: name, Validate: func(v any) error {
			if s, ok := v.(string); ok && s != "" {
				return check(s)
			}
			return nil
		}}
	}
	return []*jsonschema.Format{
		text("email", func(s string) error { _, err := mail.ParseAddress(s); return err }),
		text("uri", func(s string) error { _, err := url.ParseRequestURI(s); return err }),
		text("date", func(s string) error { _, err := time.Parse(time.DateOnly, s); return err }),
		text("date-time", func(s string) error { _, err := time.Parse(time.RFC3339, s); return err }),
	}
}

// fieldType is the type of field that an output fits.
func fieldType(s map[string]any) fettle.FieldType {
	names := typeNames(s)
	if len(names) > 1 || s["anyOf"] != nil {
		return fettle.JSON
	}
	switch strings.Join(names, "") {
	case "number", "integer":
		return fettle.Number
	case "boolean":
		return fettle.Boolean
	case "array", "object":
		return fettle.JSON
	}
	switch s["format"] {
	case "email":
		return fettle.Email
	case "uri":
		return fettle.URL
	case "date":
		return fettle.Date
	case "date-time":
		return fettle.Timestamp
	}
	return fettle.Text
}
