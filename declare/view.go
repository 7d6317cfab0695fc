package declare

import (
	"cmp"

	"github.com/goccy/go-yaml/ast"

	"fettle"
)

// View is a layout of the grid that everybody has: of the records of an entity, or of
// an audience.
type View struct {
	Name     string
	Entity   fettle.Entity // "" where an audience is named
	Audience string
	Look     fettle.Look
}

// full tells a view from all others.
func (v View) full() string { return cmp.Or(v.Audience, string(v.Entity)) + ": " + v.Name }

func (r *reader) view(body ast.Node) *View {
	m := r.mapping(body, "", "apiVersion", "kind", "name", "entity", "audience", "where", "search", "sort", "desc", "group", "order", "hidden", "pinned", "widths", "height", "colors")
	m.need("name", "Give the view a name, such as name: Leaders in Berlin.")
	v := &View{Name: m.text("name"), Audience: m.text("audience")}
	if m.has("name") && r.shapes == nil {
		name, err := fettle.ViewName(v.Name)
		m.check("name", err)
		v.Name = name
	}
	if m.has("entity") {
		v.Entity = fettle.Entity(m.oneOf("entity", string(fettle.People), string(fettle.Companies)))
	}
	if m.has("entity") == m.has("audience") && r.shapes == nil {
		m.fail("entity", fettle.Errorf(fettle.Invalid, "a view is of an entity or of an audience").WithHint("Write one of entity: people, entity: companies and audience: NAME."))
	}
	v.Look = fettle.Look{
		Where: m.text("where"), Search: m.text("search"), Sort: m.text("sort"), Desc: m.boolean("desc", false), Group: m.text("group"),
		Order: m.list("order"), Hidden: m.list("hidden"), Pinned: m.list("pinned"), Widths: m.counts("widths"), Colors: r.colors(m),
	}
	if m.has("height") {
		v.Look.Height = m.oneOf("height", "low", "middle", "high")
	}
	return v
}

// counts reads a mapping of text to whole numbers.
func (m *mapping) counts(key string) map[string]int {
	n := m.entries[key]
	if n == nil {
		return nil
	}
	inner := m.r.mapping(n, m.path+key+".")
	m.each(key, schema{"type": "integer", "minimum": 0})
	out := make(map[string]int, len(inner.keys))
	for _, k := range inner.keys {
		out[k] = int(inner.count(k))
	}
	return out
}

func (r *reader) colors(m *mapping) []fettle.ColorRule {
	n := m.entries["colors"]
	if n == nil {
		return nil
	}
	if r.shapes != nil {
		r.listOf(m, "colors", func(n ast.Node) { r.color(n, "colors[0].") })
		return nil
	}
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		m.fail("colors", fettle.Errorf(fettle.Invalid, "a list of rules is needed here, not %s", typeName(n)).WithHint("Begin each rule with \"- field: …\"."))
		return nil
	}
	out := make([]fettle.ColorRule, 0, len(seq.Values))
	for i, v := range seq.Values {
		out = append(out, r.color(v, "colors["+itoa(i)+"]."))
	}
	return out
}

func (r *reader) color(n ast.Node, path string) fettle.ColorRule {
	m := r.mapping(n, path, "field", "is", "value", "tint")
	m.need("field", "Name the field whose cells are tinted.")
	m.need("is", "Say when, such as is: contains.")
	m.need("tint", "Say the tint, such as tint: green.")
	return fettle.ColorRule{
		Field: m.text("field"), Is: m.oneOf("is", "is", "contains", "above", "below", "filled", "blank", "stale"), Value: m.text("value"),
		Tint: m.oneOf("tint", "red", "orange", "yellow", "green", "blue", "purple"),
	}
}

// viewTree is a view as it is written.
func viewTree(v View) (tree, error) {
	look, err := treeOf(v.Look)
	return append(tree{{"name", v.Name}, {"entity", string(v.Entity)}, {"audience", v.Audience}}, look...), err
}
