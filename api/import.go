package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fettle"
	"fettle/engine"
)

// maxUpload is the largest file that is imported over HTTP, in bytes.
const maxUpload = 2 << 30

// importParams are the parameters of an import, in the order of the documents.
var importParams = []struct{ name, kind, doc string }{
	{"entity", huma.TypeString, "people or companies"},
	{"file", huma.TypeString, "The file's name, for people."},
	{"source", huma.TypeString, "Names the list of the file's ids: ids are compared within one list only. Without it the list is named after their column, such as csv:record-id."},
	{"same_list", huma.TypeBoolean, "The file is of the list whose name it has, although its ids mostly meet records with other names, or its other keys records with other ids; without it that is refused."},
	{"map", huma.TypeArray, "Each \"CSV column=field\", with no field to leave a column out; columns that are named like fields map themselves."},
	{"create_values", huma.TypeBoolean, "Let fields of type select and multi_select learn the values that they do not know; else those are stored, marked and named."},
	{"create_fields", huma.TypeBoolean, "Make a field of each column that has none, of the type that its values have."},
	{"phone_key", huma.TypeBoolean, "Match by phone too."},
	{"region", huma.TypeString, "With phone_key: the country of phones without a country code, such as DE."},
	{"skip_lines", huma.TypeInteger, "How many lines are above the headings; a title is found without it."},
	{"encoding", huma.TypeString, "How a text is encoded, such as utf-8, windows-1250, iso-8859-2, koi8-r, cp850, shift_jis; found without it."},
	{"delimiter", huma.TypeString, "What stands between the cells of a text, such as ; or tab; found without it."},
	{"sheet", huma.TypeString, "Of a workbook: the name of a worksheet, or its number from 1; the first that holds a table without it."},
	{"strict", huma.TypeBoolean, "Reject a row with a value that its field cannot hold; without it the value is set aside and the row goes in."},
	{"look", huma.TypeBoolean, "Only show the columns, the first rows and where each column would go. The file's beginning is enough, but for a workbook."},
	{"dry_run", huma.TypeBoolean, "Say what would happen, and write nothing."},
	{"no_run", huma.TypeBoolean, "Live enrichments do not follow what is imported."},
	{"confirm", huma.TypeBoolean, "Go ahead although it spends in live enrichments."},
}

func (s *server) importRoutes() {
	s.stream(route{http.MethodPost, "/imports", "import", "Import a CSV or XLSX file, as the body or as a form's file", "imports"}, func(op *huma.Operation) {
		view := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[fettle.ImportView](), true, "")
		binary := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		for _, p := range importParams {
			schema := &huma.Schema{Type: p.kind}
			if p.kind == huma.TypeArray {
				schema.Items = &huma.Schema{Type: huma.TypeString}
			}
			op.Parameters = append(op.Parameters, &huma.Param{Name: p.name, In: "query", Description: p.doc, Schema: schema, Required: p.name == "entity"})
		}
		op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": binary,
			"multipart/form-data": {Schema: &huma.Schema{
				Type: huma.TypeObject, Properties: map[string]*huma.Schema{"file": binary.Schema}, Required: []string{"file"},
			}},
		}}
		op.Responses["200"].Content = map[string]*huma.MediaType{"application/json": {Schema: view}}
	}, s.upload)
	handle(s, route{http.MethodGet, "/imports", "listImports", "List imports, newest first", "imports"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[fettle.ImportView], error) {
			return listOf(s.engine.Imports(ctx, a))
		})
	handle(s, route{http.MethodGet, "/imports/{id}", "getImport", "One import and its result", "imports"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			ID int64 `path:"id" minimum:"0" doc:"0: the newest one that was not taken back."`
		},
		) (fettle.ImportView, error) {
			return s.engine.ImportByID(ctx, a, in.ID)
		})
	s.stream(route{http.MethodGet, "/export", "export", "The records of an entity or an audience, as CSV", "records"}, func(op *huma.Operation) {
		text, truth := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeBoolean}
		op.Parameters = []*huma.Param{
			{Name: "entity", In: "query", Schema: text, Description: "All records of it; or name an audience."},
			{Name: "audience", In: "query", Schema: text},
			{Name: "where", In: "query", Schema: text, Description: "CEL over a record; narrows further."},
			{Name: "search", In: "query", Schema: text, Description: "Text to find in names, emails and domains."},
			{Name: "sort", In: "query", Schema: text, Description: "A field's key."},
			{Name: "desc", In: "query", Schema: truth},
			{Name: "fields", In: "query", Schema: text, Description: "Field keys between commas; all without it."},
			{Name: "only", In: "query", Schema: text, Description: "Of these records alone, by their ids between commas."},
			{Name: "except", In: "query", Schema: text, Description: "Without these, by their ids between commas."},
			{Name: "excel", In: "query", Schema: truth, Description: "Begin with a byte order mark, by which Excel knows the letters."},
			{Name: "raw", In: "query", Schema: truth, Description: "Leave cells that a spreadsheet would take for formulas as they are."},
		}
		op.Responses["200"].Content = csvContent()
	}, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		s.csv(w, r, cmp.Or(q.Get("audience"), q.Get("entity"))+".csv", func(out io.Writer) error {
			from := engine.Query{
				Entity: fettle.Entity(q.Get("entity")), Audience: q.Get("audience"), Where: q.Get("where"), Search: q.Get("search"),
				Fields: splitList(q.Get("fields")), Sort: q.Get("sort"), Desc: q.Get("desc") == "true",
			}
			only, err := idList(q.Get("only"))
			if err != nil {
				return err
			}
			except, err := idList(q.Get("except"))
			if err != nil {
				return err
			}
			how := engine.ExportOptions{Raw: q.Get("raw") == "true", Excel: q.Get("excel") == "true", Only: only, Except: except}
			_, err = s.engine.Export(r.Context(), requestOf(r.Context()).actor, from, how, out)
			return err
		})
	})
}

// conflictRoutes lists what imports left to people.
func (s *server) conflictRoutes() {
	handle(s, route{http.MethodGet, "/conflicts", "listConflicts", "Pairs of records that share a key and are kept apart, newest first, a thousand at once", "records"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Entity string `query:"entity" required:"true" enum:"people,companies"`
			Before int64  `query:"before" doc:"Go on below the conflict with this id."`
		},
		) (list[fettle.ConflictView], error) {
			return listOf(s.engine.Conflicts(ctx, a, fettle.Entity(in.Entity), in.Before))
		})
}

func csvContent() map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}}
}

// csv sends what f writes. An error before the first byte is a problem; after
// it the connection is cut, so that half a file is not taken for a whole one.
func (s *server) csv(w http.ResponseWriter, r *http.Request, name string, f func(io.Writer) error) {
	out := &lazy{w: w, name: name}
	err := f(out)
	switch {
	case err != nil && out.begun:
		s.log.ErrorContext(r.Context(), "download broke off", "request_id", requestOf(r.Context()).id, "error", err)
		panic(http.ErrAbortHandler)
	case err != nil:
		s.write(w, r, err)
	default:
		out.begin()
	}
}

// lazy sends its headers with the first byte.
type lazy struct {
	w     http.ResponseWriter
	name  string
	begun bool
}

func (l *lazy) begin() {
	if l.begun {
		return
	}
	l.begun = true
	l.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	l.w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": l.name}))
	l.w.WriteHeader(http.StatusOK)
}

func (l *lazy) Write(b []byte) (int, error) {
	l.begin()
	return l.w.Write(b)
}

// upload imports a file. It is written to disk first: an import reads its file
// more than once.
func (s *server) upload(w http.ResponseWriter, r *http.Request) {
	actor := requestOf(r.Context()).actor
	in, err := importInput(r.URL.Query())
	if err == nil {
		err = actor.Require(fettle.Editor, "import records") // before two gigabytes are read
	}
	if err != nil {
		s.write(w, r, err)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // an upload takes its time
	spool, err := s.spool(w, r, &in)
	if err != nil {
		s.write(w, r, err)
		return
	}
	defer func() { _ = errors.Join(spool.Close(), os.Remove(spool.Name())) }()
	in.File = spool
	do := s.engine.Import
	if r.URL.Query().Get("look") == "true" {
		do = s.engine.LookAtImport
	}
	view, err := do(r.Context(), actor, in)
	if err != nil {
		s.write(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(view); err != nil {
		s.log.DebugContext(r.Context(), "the client has gone", "error", err)
	}
}

func importInput(q url.Values) (engine.ImportInput, error) {
	for name := range q {
		if !slices.ContainsFunc(importParams, func(p struct{ name, kind, doc string }) bool { return p.name == name }) {
			return engine.ImportInput{}, fettle.Errorf(fettle.Invalid, "an import has no parameter %q", name)
		}
	}
	entity, err := fettle.ParseEntity(q.Get("entity"))
	if err != nil {
		return engine.ImportInput{}, err
	}
	in := engine.ImportInput{
		Name: q.Get("file"), Entity: entity, Source: q.Get("source"), SameList: q.Get("same_list") == "true", Map: map[string]string{},
		CreateFields: q.Get("create_fields") == "true", CreateValues: q.Get("create_values") == "true", PhoneKey: q.Get("phone_key") == "true", Region: q.Get("region"),
		Encoding: q.Get("encoding"), Sheet: q.Get("sheet"), Delimiter: q.Get("delimiter"), Strict: q.Get("strict") == "true",
		DryRun: q.Get("dry_run") == "true", NoRun: q.Get("no_run") == "true", Confirm: q.Get("confirm") == "true",
	}
	if n := q.Get("skip_lines"); n != "" {
		if in.SkipLines, err = strconv.Atoi(n); err != nil {
			return in, fettle.Errorf(fettle.Invalid, "%q is not a number of lines", n).WithHint("Say how many lines are above the headings.").With("field", "skip_lines")
		}
	}
	for _, m := range q["map"] {
		i := strings.LastIndex(m, "=")
		if i < 1 {
			return in, fettle.Errorf(fettle.Invalid, "%q is not a mapping", m).WithHint("Write CSV Column=field; nothing behind the = leaves the column out.")
		}
		in.Map[m[:i]] = m[i+1:]
	}
	return in, nil
}

// spool writes the upload to a file and leaves it at its beginning.
func (s *server) spool(w http.ResponseWriter, r *http.Request, in *engine.ImportInput) (*os.File, error) {
	var from io.Reader = http.MaxBytesReader(w, r.Body, maxUpload)
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "multipart/form-data" {
		r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
		form, err := r.MultipartReader()
		if err != nil {
			return nil, fettle.Errorf(fettle.Invalid, "the form cannot be read")
		}
		part, err := form.NextPart()
		for err == nil && part.FileName() == "" {
			part, err = form.NextPart()
		}
		if err != nil {
			return nil, fettle.Errorf(fettle.Invalid, "the form holds no file").WithHint("Send it as the form's field file.")
		}
		if in.Name == "" {
			in.Name = part.FileName()
		}
		from = part
	}
	file, err := os.CreateTemp(s.cfg.SpoolDir, "fettle-import-*.csv")
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(file, from)
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		err = fettle.Errorf(fettle.Invalid, "the file is larger than %d GB", maxUpload>>30).WithHint("Split it, or have whoever runs the server import it beside the database (fettle import FILE --db).")
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return file, nil
}
