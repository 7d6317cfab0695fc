package declare

import (
	"github.com/goccy/go-yaml/ast"

	"fettle"
)

// source reads how records are read that others send.
func (r *reader) source(body ast.Node) (string, *fettle.Source) {
	m := r.mapping(body, "", "apiVersion", "kind", "name", "label", "entity", "source", "each", "ignore", "fields")
	name := m.name("a source")
	m.need("fields", "Say what fills which field, such as fields: {email: body.person.email}.")
	def := &fettle.Source{Entity: m.entity(), Source: m.text("source"), Each: m.text("each"), Ignore: m.text("ignore"), Fields: m.texts("fields")}
	if len(r.errs) == 0 {
		if err := def.Check(); err != nil {
			key, _ := fettle.AsError(err).Details["key"].(string)
			m.check(key, err)
		}
	}
	return name, def
}
