package declare

import (
	"bytes"
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"fettle"
	"fettle/internal/text"
)

// Kind says what a document declares.
type Kind string

// The kinds. A DataProvider is a provider/v1 document.
const (
	KindField        Kind = "Field"
	KindAudience     Kind = "Audience"
	KindEnrichment   Kind = "Enrichment"
	KindSignal       Kind = "Signal"
	KindSource       Kind = "Source"
	KindDestination  Kind = "Destination"
	KindProvider     Kind = "Provider"
	KindDataProvider Kind = "DataProvider"
	KindView         Kind = "View"
	KindChannel      Kind = "Channel"
	KindLimit        Kind = "Limit"
)

// Versions of the documents.
const (
	version         = "fettle/v1"
	providerVersion = "provider/v1"
)

// maxBytes bounds the text of all documents together.
const maxBytes = 2 << 20

// maxDepth bounds brackets that are open at once: the parser's time grows
// with more than the square of their depth.
const maxDepth = 1000

// tooDeep counts brackets and list marks, also those within text.
func tooDeep(text []byte) bool {
	open, marks := 0, 0
	for i, c := range text {
		switch c {
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		case '\n':
			marks = 0
		case '-', '?':
			if i+1 < len(text) && text[i+1] == ' ' {
				marks++
			}
		}
		if open > maxDepth || marks > maxDepth {
			return true
		}
	}
	return false
}

// Document is one document. Of the pointers, the one of its kind is set.
type Document struct {
	Number      int    // from 1
	Line        int    // of its first key
	Kind        Kind   //
	Name        string // of what it declares
	Label       string // what people call it: of an Audience, Enrichment, Signal, Destination or Channel; "" where it does not say
	Field       *fettle.Field
	Audience    *fettle.Audience
	Enrichment  *fettle.Definition
	Signal      *fettle.SignalRule
	Source      *fettle.Source
	Destination *fettle.Destination
	View        *View
	Channel     *Channel
	Provider    *Provider
	Limit       *Limit
	Definition  []byte // DataProvider: its own text

	// Made says of a Field that is written that it is there without the document,
	// so that what is blank of it is said too.
	Made bool

	lines map[string]int
}

// Provider is how a provider is reached and what its units cost. Keys are
// never declared: they are not for files that are kept beside code.
type Provider struct {
	Name        string
	BaseURL     *string
	UnitCredits *fettle.Credits
}

// Limit is a limit outside an enrichment.
type Limit struct {
	Scope string // workspace, budget, provider, person
	Key   string // the budget, provider or person; "" for the workspace
	Limit fettle.Limit

	// Of a budget: all that counts in it; nil where the document does not say.
	Enrichments []string
	People      []string
}

// Has reports whether the document has a key, such as label or limit.per.
func (d *Document) Has(key string) bool {
	_, ok := d.lines[key]
	return ok
}

// Wrap says where in the documents an error about d is. The error's detail
// "key", if it has one, names the key.
func (d *Document) Wrap(err error) error {
	if err == nil {
		return nil
	}
	var e *fettle.Error
	if !errors.As(err, &e) {
		return err
	}
	key, _ := e.Details["key"].(string)
	if e.Code == fettle.NotFound {
		invalid := *e // what a document names and is not there makes the document wrong
		invalid.Code, e = fettle.Invalid, &invalid
	}
	return at(d.Number, d.lineOf(key), key, e)
}

// lineOf is the line of a key, or of the nearest key above it that is there.
func (d *Document) lineOf(key string) int { return lineOf(d.lines, key, d.Line) }

func lineOf(noted map[string]int, key string, otherwise int) int {
	for key != "" {
		if line, ok := noted[key]; ok {
			return line
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
	return otherwise
}

// Parse reads the documents of a file, in order. Empty ones are left out. All
// that is wrong with their form is told at once.
func Parse(text []byte) ([]Document, error) {
	if len(text) > maxBytes {
		return nil, fettle.Errorf(fettle.Invalid, "the documents have more than %d MB", maxBytes>>20).WithHint("Split them into several files.")
	}
	if tooDeep(text) {
		return nil, fettle.Errorf(fettle.Invalid, "brackets are nested more than %d deep", maxDepth).WithHint("Close the brackets, and put text with brackets between quotes.")
	}
	var out []Document
	var errs []error
	for i, p := range split(loneReturns(bytes.TrimPrefix(text, []byte("\ufeff")))) {
		r := &reader{number: i + 1, lines: p.lines}
		d, ok := r.document(p.text)
		errs = append(errs, r.errs...)
		if ok {
			out = append(out, d)
		}
	}
	if len(errs) > 0 {
		return nil, Together(errs)
	}
	if len(out) == 0 {
		return nil, fettle.Errorf(fettle.Invalid, "there is no document").WithHint("A document begins with apiVersion: %s and kind:.", version)
	}
	return out, nil
}

// loneReturns makes line ends of carriage returns that stand alone, as YAML reads
// them: split does not see them.
func loneReturns(text []byte) []byte {
	if bytes.Count(text, []byte("\r")) == bytes.Count(text, []byte("\r\n")) {
		return text
	}
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
}

// part is the text of one document and the number of lines before it.
type part struct {
	text  []byte
	lines int
}

// split cuts at lines that begin with ---, which can only part documents. The
// documents are parsed one by one, so that each can be named and kept as it is
// written.
func split(text []byte) []part {
	var out []part
	cur, before, n := []byte(nil), 0, 0
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte("---")); ok && (len(rest) == 0 || bytes.ContainsAny(rest[:1], " \t\r\n")) {
			if n > 0 && (len(bytes.TrimSpace(cur)) > 0 || len(out) > 0) {
				out = append(out, part{cur, before})
			}
			cur, before = append([]byte("   "), rest...), n
			if len(bytes.TrimSpace(rest)) == 0 {
				cur = bytes.Clone(rest)
			}
		} else {
			cur = append(cur, line...)
		}
		n++
	}
	return append(out, part{cur, before})
}

// document reads one document; ok is false for an empty one.
func (r *reader) document(text []byte) (d Document, ok bool) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		r.syntax(err)
		return Document{}, false
	}
	if n := unstorable(file); n != nil {
		r.fail(r.line(n), "", fettle.Errorf(fettle.Invalid, "this text holds a NUL character or is not UTF-8").WithHint("Leave the character out, and save the file as UTF-8."))
		return Document{}, false
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.NullType && doc.Body.Type() != ast.CommentType {
			body = doc.Body
		}
	}
	if body == nil {
		return Document{}, false
	}
	head := r.mapping(body, "")
	d = Document{Number: r.number, Line: head.line, lines: map[string]int{}}
	r.note(body, "", d.lines)
	r.noted = d.lines
	switch v := head.text("apiVersion"); v {
	case version:
		r.declared(&d, head, body)
	case providerVersion:
		d.Kind, d.Name, d.Definition = KindDataProvider, head.text("id"), text
		head.need("id", "A provider's definition has an id, the name before the slash in provider/operation.")
	case "":
		head.fail("apiVersion", fettle.Errorf(fettle.Invalid, "apiVersion is missing").WithHint("A document begins with apiVersion: %s and kind:.", version))
	default:
		head.fail("apiVersion", fettle.Errorf(fettle.Invalid, "%q is not a version that is read here", v).WithHint("Use %s, or %s for a provider's definition.", version, providerVersion))
	}
	return d, true
}

// unstorable gives the first text, key or value, that no database holds.
func unstorable(file *ast.File) ast.Node {
	f := &unstorableText{}
	for _, doc := range file.Docs {
		if doc.Body != nil {
			ast.Walk(f, doc.Body)
		}
	}
	return f.found
}

type unstorableText struct{ found ast.Node }

// Visit implements ast.Visitor.
func (f *unstorableText) Visit(n ast.Node) ast.Visitor {
	var s string
	switch v := n.(type) {
	case *ast.StringNode:
		s = v.Value
	case *ast.LiteralNode:
		s = v.Value.Value
	}
	if f.found == nil && !text.OK(s) {
		f.found = n
	}
	return f
}

// note remembers the lines of keys, for errors found later.
func (r *reader) note(n ast.Node, path string, lines map[string]int) {
	switch v := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		m := r.mapping(n, path)
		for _, k := range m.keys {
			lines[path+k] = m.at(k)
			r.note(m.entries[k], path+k+".", lines)
		}
	case *ast.SequenceNode:
		for i, e := range v.Values {
			key := strings.TrimSuffix(path, ".") + "[" + itoa(i) + "]"
			lines[key] = r.line(e)
			r.note(e, key+".", lines)
		}
	}
}

// syntax keeps an error of the parser at its line.
func (r *reader) syntax(err error) {
	var y yaml.Error
	if errors.As(err, &y) && y.GetToken() != nil {
		r.fail(r.lines+y.GetToken().Position.Line, "", fettle.Errorf(fettle.Invalid, "this is not YAML: %s", y.GetMessage()).
			WithHint("Check the indentation, the quotes and the brackets of this line and of the one above."))
		return
	}
	r.fail(r.lines+1, "", fettle.Errorf(fettle.Invalid, "this is not YAML: %w", err).WithHint("Check the indentation, the quotes and the brackets."))
}
