package llm

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"fettle"
)

// read checks an answer against the schema and gives its outputs in their Go
// form, without the blank ones; or a complaint for the model and for people.
// The texts are where it may be, the likeliest first.
func (s *schema) read(texts ...string) (outputs map[string]any, complaint string) {
	complaint = "it is not a JSON object"
	for i, text := range texts {
		found, why := s.readOne(text)
		if why == "" {
			return found, ""
		}
		if i == 0 {
			complaint = why
		}
	}
	return nil, complaint
}

func (s *schema) readOne(text string) (outputs map[string]any, complaint string) {
	for _, doc := range documents(text) {
		found, why := s.fit(doc, maxWrap)
		if why == "" {
			return found, ""
		}
		if complaint == "" {
			complaint = why
		}
	}
	switch {
	case complaint != "":
	case strings.Contains(text, "{") && strings.Contains(text, "}"):
		complaint = "it is not valid JSON"
	default:
		complaint = "it is not a JSON object"
	}
	return nil, complaint
}

// maxWrap is how deep an answer may be wrapped into other objects.
const maxWrap = 3

// fit checks one object. Keys that the schema does not have are left out, and
// null means that something is not known, whether the schema allows it or not.
// An object that breaks the schema may hold the answer under a key.
func (s *schema) fit(doc map[string]any, wrap int) (outputs map[string]any, complaint string) {
	if err := s.check.Validate(doc); err != nil {
		for _, name := range slices.Sorted(maps.Keys(doc)) {
			inner, ok := doc[name].(map[string]any)
			if !ok || wrap == 0 {
				continue
			}
			if found, why := s.fit(inner, wrap-1); why == "" {
				return found, ""
			}
		}
		return nil, complain(err)
	}
	properties, _ := s.full["properties"].(map[string]any)
	outputs = make(map[string]any, len(doc))
	for _, out := range s.outputs {
		property, _ := properties[out.Name].(map[string]any)
		if v := goForm(trim(doc[out.Name], property), out.Type); v != nil {
			outputs[out.Name] = v
		}
	}
	return outputs, ""
}

// trim takes out of a value what its schema does not have: keys besides, and
// nulls that it does not allow.
func trim(v any, schema map[string]any) any {
	switch v := v.(type) {
	case map[string]any:
		properties, ok := schema["properties"].(map[string]any)
		if !ok {
			return v
		}
		kept := make(map[string]any, len(v))
		for name, one := range v {
			if property, ok := properties[name].(map[string]any); ok && (one != nil || allowsNull(property)) {
				kept[name] = trim(one, property)
			}
		}
		return kept
	case []any:
		items, ok := schema["items"].(map[string]any)
		if !ok {
			return v
		}
		kept := make([]any, 0, len(v))
		for _, one := range v {
			if one != nil || allowsNull(items) {
				kept = append(kept, trim(one, items))
			}
		}
		return kept
	}
	return v
}

// complain says what is wrong with an answer, line by line, without the
// validator's own headline.
func complain(err error) string {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return err.Error()
	}
	_, lines, _ := strings.Cut(invalid.Error(), "\n")
	return strings.TrimSpace(lines)
}

// goForm gives an answer's value in the form that the store takes; nil for a
// blank one.
func goForm(v any, t fettle.FieldType) any {
	switch v := v.(type) {
	case string:
		return textForm(strings.TrimSpace(v), t)
	case json.Number:
		if f, err := v.Float64(); err == nil && t != fettle.JSON {
			return f
		}
		return json.RawMessage(v.String())
	case bool:
		return v
	case []any:
		if len(v) == 0 {
			return nil
		}
		return rawForm(v)
	case map[string]any:
		if len(v) == 0 {
			return nil
		}
		return rawForm(v)
	}
	return nil
}

func textForm(s string, t fettle.FieldType) any {
	if s == "" {
		return nil
	}
	switch t {
	case fettle.Date:
		return fettle.Day(s)
	case fettle.Timestamp:
		if at, err := time.Parse(time.RFC3339, s); err == nil {
			return at.UTC().Truncate(time.Microsecond)
		}
	case fettle.JSON:
		return rawForm(s)
	case fettle.Text, fettle.Number, fettle.Boolean, fettle.Email, fettle.URL, fettle.Phone, fettle.Domain, fettle.LinkedIn, fettle.Country, fettle.Select, fettle.MultiSelect, fettle.Currency:
	}
	return s
}

func rawForm(v any) any {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // not with values that came out of JSON
	}
	return json.RawMessage(raw)
}
