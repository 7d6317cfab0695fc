package api_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/api"
)

// document is what of the OpenAPI document says how to ask.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		RequestBody *struct {
			Content map[string]struct {
				Schema schema `json:"schema"`
			} `json:"content"`
		} `json:"requestBody"`
		Parameters []struct {
			Name     string `json:"name"`
			In       string `json:"in"`
			Required bool   `json:"required"`
			Schema   schema `json:"schema"`
		} `json:"parameters"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Enum       []any             `json:"enum"`
	Examples   []any             `json:"examples"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	MinItems   int               `json:"minItems"`
	Format     string            `json:"format"`
}

// least makes the least that fits a schema, but never an empty list.
func (d document) least(s schema) any {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.least(d.Components.Schemas[name])
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	if len(s.Examples) > 0 {
		return s.Examples[0]
	}
	kind, _ := s.Type.(string)
	if kinds, ok := s.Type.([]any); ok {
		kind, _ = kinds[0].(string)
	}
	switch kind {
	case "integer", "number":
		return 1
	case "boolean":
		return true
	case "array":
		return []any{d.least(*s.Items)}
	case "object", "":
		out := map[string]any{}
		for _, name := range s.Required {
			out[name] = d.least(s.Properties[name])
		}
		return out
	}
	if s.Format == "date" {
		return "2026-01-01"
	}
	return "x"
}

// harmless is what anyone may ask for although it is no GET: it reads, or it
// is about the one who asks.
var harmless = []string{
	"checkEnrichment", "estimate", "plan", // read and count
	"signIn", "signInByLink", "acceptLink", "lookAtLink", "signOut", "setPassword", "readNotifications",
}

// instead is what is asked for where the least that fits is refused before
// anyone looks at who asks.
var instead = map[string]struct{ path, body string }{
	"retry":           {body: `{"outcome": "failed"}`},
	"import":          {path: "/api/v1/imports?entity=people"},
	"undoImport":      {body: `{"confirm": true}`},
	"deleteRecords":   {body: `{"ids": [1], "confirm": true}`},
	"resolveUnknowns": {body: `{"action": "retry", "all": true}`},
	"setConnection":   {path: "/api/v1/providers/formula/connection"},
	"testConnection":  {path: "/api/v1/providers/formula/test"},
}

// TestAViewerChangesNothing asks for every operation that is not a GET with the
// token of a viewer, who is refused, and told nothing of what there is.
func TestAViewerChangesNothing(t *testing.T) {
	b := served(t)
	raw, err := api.OpenAPI("v1")
	if err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	cookie := b.join("vera@acme.example", fettle.Viewer, "only looking here")
	asked := 0
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for method, op := range doc.Paths[path] {
			if method == "get" || slices.Contains(harmless, op.OperationID) {
				continue
			}
			var body string
			if op.RequestBody != nil {
				if content, ok := op.RequestBody.Content["application/json"]; ok {
					body = asJSON(t, doc.least(content.Schema))
				}
			}
			address, query := path, []string{}
			for _, p := range op.Parameters {
				value := strings.Trim(asJSON(t, doc.least(p.Schema)), `"`)
				if p.In == "path" {
					address = strings.Replace(address, "{"+p.Name+"}", value, 1)
				} else if p.In == "query" && p.Required {
					query = append(query, p.Name+"="+value)
				}
			}
			if len(query) > 0 {
				address += "?" + strings.Join(query, "&")
			}
			if i := instead[op.OperationID]; i.path != "" || i.body != "" {
				address, body = cmp.Or(i.path, address), cmp.Or(i.body, body)
			}
			asked++
			if rec := b.do(strings.ToUpper(method), address, body, "Cookie", cookie); rec.Code != http.StatusForbidden {
				t.Errorf("%s (%s %s %s) answers a viewer %d %s", op.OperationID, method, address, body, rec.Code, rec.Body)
			}
		}
	}
	if asked < 35 {
		t.Errorf("only %d operations were asked for", asked)
	}
}
