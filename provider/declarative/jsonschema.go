package declarative

import (
	"reflect"
	"slices"
)

// Schema is the JSON Schema of definitions, made from what they are read into.
func Schema() map[string]any {
	s := schemaOf(reflect.TypeFor[document]())
	s["required"] = []string{"apiVersion", "kind", "id", "operations"}
	properties := s["properties"].(map[string]any)
	properties["apiVersion"], properties["kind"] = map[string]any{"const": "provider/v1"}, map[string]any{"const": kindProvider}
	return s
}

// schemaOf gives the schema of a type; of one within itself it says no more than
// that it is an object.
func schemaOf(t reflect.Type, within ...reflect.Type) map[string]any {
	switch t {
	case reflect.TypeFor[params]():
		return map[string]any{"type": "object", "additionalProperties": schemaOf(reflect.TypeFor[param]())}
	case reflect.TypeFor[interval]():
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), within...)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem(), within...)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem(), within...)}
	case reflect.Struct:
		if slices.Contains(within, t) {
			return map[string]any{"type": "object"}
		}
		properties := map[string]any{}
		for key, of := range yamlKeys(t) {
			properties[key] = schemaOf(of, append(slices.Clone(within), t)...)
		}
		return map[string]any{"type": "object", "additionalProperties": false, "properties": properties}
	case reflect.String:
		return map[string]any{"type": []string{"string", "number", "boolean"}}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	default:
		return map[string]any{}
	}
}
