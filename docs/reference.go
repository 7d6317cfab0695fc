package docs

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
)

// reference is the OpenAPI document as pages show it: one page for each group of
// operations, and one that lists them all.
type reference struct {
	Info struct {
		Description string `json:"description"`
	} `json:"info"`
	Tags []struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	} `json:"tags"`
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	Method, Path string
	ID           string      `json:"operationId"`
	Summary      string      `json:"summary"`
	Tags         []string    `json:"tags"`
	Parameters   []parameter `json:"parameters"`
	RequestBody  struct {
		Content map[string]media `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Ref     string           `json:"$ref"`
		Content map[string]media `json:"content"`
	} `json:"responses"`
}

type media struct {
	Schema  *schema         `json:"schema"`
	Example json.RawMessage `json:"example"`
}

type parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"`
	Required    bool    `json:"required"`
	Description string  `json:"description"`
	Schema      *schema `json:"schema"`
}

type schema struct {
	Ref         string             `json:"$ref"`
	Type        any                `json:"type"`
	Format      string             `json:"format"`
	Description string             `json:"description"`
	Enum        []any              `json:"enum"`
	Items       *schema            `json:"items"`
	Any         []*schema          `json:"anyOf"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	More        json.RawMessage    `json:"additionalProperties"`
}

// group is one page of the reference.
type group struct {
	Name, Description, Page string
	Operations              []operation
	Schemas                 []namedSchema
}

type namedSchema struct {
	Name string
	Of   *schema
}

// referencePages renders the reference.
func referencePages(layout *template.Template, pages []page, openapi []byte) (map[string][]byte, error) {
	var doc reference
	if err := json.Unmarshal(openapi, &doc); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	body, err := template.New("reference.html").Funcs(template.FuncMap{
		"type": typeOf, "needed": func(s *schema, key string) bool { return slices.Contains(s.Required, key) }, "pretty": pretty,
	}).ParseFS(files, "site/reference.html")
	if err != nil {
		return nil, err
	}
	groups := doc.groups()
	out := map[string][]byte{}
	render := func(name, title string, data any) error {
		var inner, whole bytes.Buffer
		if err := body.Execute(&inner, data); err != nil {
			return err
		}
		p := page{Name: referencePage, Title: title, Body: template.HTML(inner.String())} //nolint:gosec // made by the template
		if err := layout.Execute(&whole, map[string]any{"Page": p, "Pages": pages}); err != nil {
			return err
		}
		out[name] = whole.Bytes()
		return nil
	}
	if err := render(referencePage+".html", "API reference", map[string]any{"Groups": groups, "Description": doc.Info.Description}); err != nil {
		return nil, err
	}
	for _, g := range groups {
		if err := render(g.Page, "API: "+g.Name, map[string]any{"Group": g}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// referencePage is the page that lists every operation.
const referencePage = "api-reference"

func (r *reference) groups() []group {
	var out []group
	for _, t := range r.Tags {
		g := group{Name: t.Name, Description: t.Description, Page: "api-" + t.Name + ".html"}
		for path, item := range r.Paths {
			for method, op := range item {
				if !slices.Contains(op.Tags, t.Name) {
					continue
				}
				op.Method, op.Path = strings.ToUpper(method), path
				g.Operations = append(g.Operations, op)
			}
		}
		if len(g.Operations) == 0 {
			continue
		}
		slices.SortFunc(g.Operations, func(a, b operation) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method)) })
		used := map[string]bool{}
		for _, op := range g.Operations {
			for _, m := range op.RequestBody.Content {
				r.use(m.Schema, used)
			}
			for _, a := range op.Responses {
				for _, m := range a.Content {
					r.use(m.Schema, used)
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(used)) {
			g.Schemas = append(g.Schemas, namedSchema{name, r.Components.Schemas[name]})
		}
		out = append(out, g)
	}
	return out
}

// use notes the schemas that one is made of.
func (r *reference) use(s *schema, used map[string]bool) {
	if s == nil {
		return
	}
	if name := nameOf(s.Ref); name != "" && !used[name] {
		used[name] = true
		r.use(r.Components.Schemas[name], used)
	}
	r.use(s.Items, used)
	for _, p := range s.Properties {
		r.use(p, used)
	}
	for _, a := range s.Any {
		r.use(a, used)
	}
	var more schema
	if len(s.More) > 0 && json.Unmarshal(s.More, &more) == nil {
		r.use(&more, used)
	}
}

func nameOf(ref string) string {
	_, name, _ := strings.Cut(ref, "#/components/schemas/")
	return name
}

// typeOf writes a type in words, with a link to where a named one is shown.
func typeOf(s *schema) template.HTML {
	if s == nil {
		return ""
	}
	if name := nameOf(s.Ref); name != "" {
		return template.HTML(`<a href="#` + name + `">` + name + `</a>`) //nolint:gosec // names of types
	}
	if len(s.Any) > 0 {
		var all []string
		for _, a := range s.Any {
			all = append(all, string(typeOf(a)))
		}
		return template.HTML(strings.Join(all, " or ")) //nolint:gosec // made here
	}
	text := ""
	switch t := s.Type.(type) {
	case string:
		text = t
	case []any:
		var all []string
		for _, one := range t {
			all = append(all, fmt.Sprint(one))
		}
		text = strings.Join(all, " or ")
	}
	if s.Format != "" {
		text += " (" + s.Format + ")"
	}
	if s.Items != nil {
		return template.HTML(template.HTMLEscapeString(text)) + " of " + typeOf(s.Items) //nolint:gosec // escaped
	}
	var more schema
	if len(s.More) > 0 && json.Unmarshal(s.More, &more) == nil && (more.Type != nil || more.Ref != "") {
		return template.HTML(template.HTMLEscapeString(text)) + " of " + typeOf(&more) //nolint:gosec // escaped
	}
	return template.HTML(template.HTMLEscapeString(text)) //nolint:gosec // escaped
}

func pretty(raw json.RawMessage) string {
	var b bytes.Buffer
	if len(raw) == 0 || json.Indent(&b, raw, "", "  ") != nil {
		return ""
	}
	return b.String()
}
