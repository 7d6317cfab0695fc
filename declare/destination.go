package declare

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"fettle"
)

// destination reads where records go, which, and what of them.
func (r *reader) destination(body ast.Node) (string, *fettle.Destination) {
	m := r.mapping(body, "", "apiVersion", "kind", "name", "label", "to", "http", "audience", "on", "id", "fields", "write")
	name := m.name("a destination")
	m.need("audience", "Write the name of the audience whose records are sent.")
	m.need("id", "Say what the record's id is there, such as id: external_id.")
	m.need("fields", "Say what is set there, such as fields: {jobtitle: title}.")
	def := fettle.Destination{
		To: m.text("to"), HTTP: m.tree("http"), Audience: m.text("audience"), On: m.list("on"), ID: strings.TrimSpace(m.text("id")), Fields: m.texts("fields"),
		Write: m.oneOf("write", fettle.BlanksOnly, fettle.WriteOver),
	}.Filled()
	if len(r.errs) == 0 {
		if err := def.Check(); err != nil {
			key, _ := fettle.AsError(err).Details["key"].(string)
			m.check(key, err)
		}
	}
	return name, &def
}
