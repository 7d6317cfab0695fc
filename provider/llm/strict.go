package llm

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"fettle"
)

// maxSchemaDepth bounds how deep objects and lists may nest: vendors allow
// five to ten levels.
const maxSchemaDepth = 5

// keywords are what an output may say, by the names that definitions use. The
// snake_case forms are ours; the values are JSON Schema's names.
var keywords = map[string]string{
	"type": "type", "description": "description", "enum": "enum", "const": "const", "format": "format", "pattern": "pattern",
	"minimum": "minimum", "maximum": "maximum", "properties": "properties", "required": "required", "items": "items",
	"maxLength": "maxLength", "max_length": "maxLength", "minLength": "minLength", "min_length": "minLength",
	"maxItems": "maxItems", "max_items": "maxItems", "minItems": "minItems", "min_items": "minItems",
	"exclusiveMinimum": "exclusiveMinimum", "exclusive_minimum": "exclusiveMinimum",
	"exclusiveMaximum": "exclusiveMaximum", "exclusive_maximum": "exclusiveMaximum",
	"multipleOf": "multipleOf", "multiple_of": "multipleOf", "anyOf": "anyOf", "any_of": "anyOf",
	"additionalProperties": "additionalProperties", "additional_properties": "additionalProperties",
	"nullable": "nullable", "optional": "nullable",
}

// bounds are the keywords that a vendor's strict mode may refuse. They are told
// in words instead, and checked here either way.
var bounds = []string{
	"maxLength", "minLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "maxItems", "minItems",
}

// strict turns what a definition says of one output into the subset of JSON
// Schema that vendors enforce: objects are closed and require every property;
// one that may be missing may be null instead.
func strict(path string, raw any, depth int) (map[string]any, error) {
	if name, ok := raw.(string); ok { // line: string
		raw = map[string]any{"type": name}
	}
	said, ok := raw.(map[string]any)
	if !ok {
		return nil, fettle.Errorf(fettle.Invalid, "%s is not a schema", path).WithHint("Write one such as {type: string, max_length: 200}.").With("key", path)
	}
	if depth > maxSchemaDepth {
		return nil, fettle.Errorf(fettle.Invalid, "%s nests deeper than %d levels", path, maxSchemaDepth).WithHint("Flatten it.").With("key", path)
	}
	out := make(map[string]any, len(said))
	for key, v := range said {
		name, known := keywords[key]
		if !known {
			return nil, fettle.Errorf(fettle.Invalid, "%s has the unknown key %s", path, key).WithHint("Known keys: type, description, enum, max_length, min_length, pattern, format, minimum, maximum, items, max_items, properties, nullable.").With("key", path+"."+key)
		}
		out[name] = v
	}
	if err := strictChildren(path, out, depth); err != nil {
		return nil, err
	}
	nullable, _ := out["nullable"].(bool)
	delete(out, "nullable")
	if choices, ok := out["enum"].([]any); ok && out["type"] == nil && allText(choices) {
		out["type"] = "string"
	}
	if _, hasType := out["type"]; !hasType && out["enum"] == nil && out["const"] == nil && out["anyOf"] == nil {
		return nil, fettle.Errorf(fettle.Invalid, "%s has no type", path).WithHint("Give type: string, number, integer, boolean, array or object.").With("key", path)
	}
	if nullable {
		return orNull(out), nil
	}
	return out, nil
}

func strictChildren(path string, out map[string]any, depth int) error {
	switch {
	case hasType(out, "object"):
		return strictObject(path, out, depth)
	case hasType(out, "array"):
		if out["items"] == nil {
			return fettle.Errorf(fettle.Invalid, "%s is a list of nothing", path).WithHint("Give items, such as items: {type: string}.").With("key", path)
		}
		items, err := strict(path+".items", out["items"], depth+1)
		out["items"] = items
		return err
	}
	choices, isList := out["anyOf"].([]any)
	if out["anyOf"] != nil && !isList {
		return fettle.Errorf(fettle.Invalid, "%s.any_of is not a list", path).With("key", path)
	}
	strictChoices := make([]any, len(choices))
	for i, choice := range choices {
		one, err := strict(fmt.Sprintf("%s.any_of[%d]", path, i), choice, depth+1)
		if err != nil {
			return err
		}
		strictChoices[i] = one
	}
	if isList {
		out["anyOf"] = strictChoices
	}
	return nil
}

func strictObject(path string, out map[string]any, depth int) error {
	properties, ok := out["properties"].(map[string]any)
	if !ok || len(properties) == 0 {
		return fettle.Errorf(fettle.Invalid, "%s is an object without properties", path).WithHint("Give properties: models can be held only to objects that are known.").With("key", path)
	}
	required := requiredNames(out)
	closed := make(map[string]any, len(properties))
	for name, raw := range properties {
		property, err := strict(path+"."+name, raw, depth+1)
		if err != nil {
			return err
		}
		if required != nil && !required[name] {
			property = orNull(property)
		}
		closed[name] = property
	}
	out["properties"] = closed
	out["required"] = slices.Sorted(maps.Keys(closed))
	out["additionalProperties"] = false
	return nil
}

// requiredNames are the properties that a definition names as required; nil if
// it does not say, which means all.
func requiredNames(object map[string]any) map[string]bool {
	list, ok := object["required"].([]any)
	if !ok {
		return nil
	}
	names := map[string]bool{}
	for _, v := range list {
		if name, ok := v.(string); ok {
			names[name] = true
		}
	}
	return names
}

// orNull is the schema that allows null besides.
func orNull(s map[string]any) map[string]any {
	switch t := s["type"].(type) {
	case string:
		if t != "null" {
			s["type"] = []any{t, "null"}
		}
	case []any:
		if !slices.Contains(t, any("null")) {
			s["type"] = append(slices.Clone(t), "null")
		}
	default:
		return map[string]any{"anyOf": []any{s, map[string]any{"type": "null"}}}
	}
	if choices, ok := s["enum"].([]any); ok && !slices.Contains(choices, nil) {
		s["enum"] = append(slices.Clone(choices), nil)
	}
	return s
}

// relaxed is the schema that an answer is checked by: every value may be null,
// and objects may have other keys, since both can be left out of what was paid
// for.
func relaxed(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = relaxed(one)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, one := range v {
			switch key {
			case "additionalProperties":
			case "properties":
				properties, _ := one.(map[string]any)
				open := make(map[string]any, len(properties))
				for name, property := range properties {
					open[name] = nullToo(relaxed(property))
				}
				out[key] = open
			case "items":
				out[key] = nullToo(relaxed(one))
			case "anyOf":
				out[key] = relaxed(one)
			default:
				out[key] = one
			}
		}
		return out
	}
	return v
}

func nullToo(v any) any {
	s, ok := v.(map[string]any)
	if !ok {
		return v
	}
	if s["const"] != nil || s["anyOf"] != nil {
		return map[string]any{"anyOf": []any{s, map[string]any{"type": "null"}}}
	}
	return orNull(s)
}

// allowsNull reports whether a schema of ours takes null for an answer.
func allowsNull(s map[string]any) bool {
	if hasType(s, "null") {
		return true
	}
	if choices, ok := s["enum"].([]any); ok && s["type"] == nil && slices.Contains(choices, nil) {
		return true
	}
	choices, _ := s["anyOf"].([]any)
	return slices.ContainsFunc(choices, func(one any) bool { c, ok := one.(map[string]any); return ok && allowsNull(c) })
}

func hasType(s map[string]any, name string) bool {
	switch t := s["type"].(type) {
	case string:
		return t == name
	case []any:
		return slices.Contains(t, any(name))
	}
	return false
}

// withoutBounds is the schema in the keywords that every strict mode knows;
// what is left out is told in the description.
func withoutBounds(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = withoutBounds(one)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, one := range v {
			out[key] = withoutBounds(one)
		}
		switch v["type"].(type) {
		case string, []any: // a schema, not a property that is called type
			tellBounds(out)
		}
		return out
	}
	return v
}

func tellBounds(s map[string]any) {
	var told []string
	for _, key := range bounds {
		if v, ok := s[key]; ok {
			told = append(told, fmt.Sprintf("%s: %v", key, v))
			delete(s, key)
		}
	}
	if len(told) > 0 {
		description, _ := s["description"].(string)
		s["description"] = strings.TrimSpace(description + " (" + strings.Join(told, ", ") + ")")
	}
}

func allText(values []any) bool {
	return !slices.ContainsFunc(values, func(v any) bool { _, ok := v.(string); return !ok })
}

// typeNames are the types that a schema allows, besides null.
func typeNames(s map[string]any) []string {
	if name, ok := s["type"].(string); ok {
		return []string{name}
	}
	var names []string
	list, _ := s["type"].([]any)
	for _, one := range list {
		if name, ok := one.(string); ok && name != "null" {
			names = append(names, name)
		}
	}
	return names
}
