package declare

import (
	"github.com/goccy/go-yaml/ast"

	"fettle"
)

// source reads how records are read that others send, or that stand in a file.
func (r *reader) source(body ast.Node) (string, *fettle.Source) {
	m := r.mapping(body, "", "apiVersion", "kind", "name", "label", "entity", "source", "file", "each", "ignore", "fields")
	name := m.name("a source")
	if r.shapes == nil && !m.has("file") {
		m.need("fields", "Say what fills which field, such as fields: {email: body.person.email}, or which file is read.")
	}
	def := &fettle.Source{Entity: m.entity(), Source: m.text("source"), Each: m.text("each"), Ignore: m.text("ignore"), Fields: m.texts("fields")}
	if n := m.entries["file"]; n != nil {
		def.File = r.sourceFile(n, m.path+"file.")
	}
	if len(r.errs) == 0 {
		if err := def.Check(); err != nil {
			key, _ := fettle.AsError(err).Details["key"].(string)
			m.check(key, err)
		}
	}
	return name, def
}

// sourceFile reads which file a source reads, when and how.
func (r *reader) sourceFile(n ast.Node, path string) *fettle.SourceFile {
	m := r.mapping(n, path, "path", "url", "header", "schedule", "map", "skip", "create_fields", "create_values", "phone_key", "region", "skip_lines", "encoding", "delimiter", "sheet", "no_run")
	f := &fettle.SourceFile{
		Path: m.text("path"), URL: m.text("url"), Header: m.text("header"), Map: m.texts("map"), Skip: m.list("skip"),
		CreateFields: m.boolean("create_fields", false), CreateValues: m.boolean("create_values", false), PhoneKey: m.boolean("phone_key", false), NoRun: m.boolean("no_run", false),
		Region: m.text("region"), Encoding: m.text("encoding"), Delimiter: m.text("delimiter"), Sheet: m.text("sheet"),
	}
	if m.has("skip_lines") {
		f.SkipLines = int(m.count("skip_lines"))
	}
	f.Schedule = m.schedule("schedule")
	return f
}
