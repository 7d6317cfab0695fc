// Package docs is the documentation as a site: the pages of this folder, which the
// binary serves under /docs and `make docs` writes as files.
package docs

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

//go:embed *.md pictures/*.png site/*
var files embed.FS

// order is the table of contents; what it does not name comes last.
var order = []string{
	"getting-started", "concepts", "tour", "filters", "providers", "connections", "catalog", "ai", "records", "duplicates", "strangers", "signals", "schedules", "backtest", "channels", "destinations", "files",
	"api", "mcp", "workspace-as-code", "deploy", "operations", "upgrade", "signing-in", "security", "exit-codes", "faq", "reliability",
}

type page struct {
	Name, Title string
	Body        template.HTML
	plain       string
}

// found is a page as the search of the site reads it.
type found struct {
	Page  string `json:"page"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

// Site gives the files of the site by name. The reference of the API is made of its
// OpenAPI document.
func Site(openapi []byte) (map[string][]byte, error) {
	pages, err := read()
	if err != nil {
		return nil, err
	}
	after := slices.IndexFunc(pages, func(p page) bool { return p.Name == "api" })
	pages = slices.Insert(pages, after+1, page{Name: referencePage, Title: "API reference"})
	layout, err := template.ParseFS(files, "site/page.html")
	if err != nil {
		return nil, err
	}
	site, err := referencePages(layout, pages, openapi)
	if err != nil {
		return nil, err
	}
	var index []found
	for _, p := range pages {
		if p.Name == referencePage {
			continue
		}
		var b bytes.Buffer
		if err := layout.Execute(&b, map[string]any{"Page": p, "Pages": pages}); err != nil {
			return nil, err
		}
		site[p.Name+".html"] = b.Bytes()
		index = append(index, found{p.Name + ".html", p.Title, p.plain})
	}
	site["index.html"] = site["getting-started.html"]
	if site["search.json"], err = json.Marshal(index); err != nil {
		return nil, err
	}
	return site, fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".md" || path.Ext(name) == ".html" {
			return err
		}
		site[strings.TrimPrefix(name, "site/")], err = files.ReadFile(name)
		return err
	})
}

// read renders the pages, in the order of the table of contents.
func read() ([]page, error) {
	names, err := fs.Glob(files, "*.md")
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, n := range names {
		there[strings.TrimSuffix(n, ".md")] = true
	}
	sorted := slices.DeleteFunc(slices.Clone(order), func(n string) bool { return !there[n] })
	for _, n := range slices.Sorted(maps.Keys(there)) {
		if !slices.Contains(sorted, n) {
			sorted = append(sorted, n)
		}
	}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	var pages []page
	for _, name := range sorted {
		source, err := files.ReadFile(name + ".md")
		if err != nil {
			return nil, err
		}
		doc := md.Parser().Parse(text.NewReader(source))
		relink(doc, there)
		var b bytes.Buffer
		if err := md.Renderer().Render(&b, source, doc); err != nil {
			return nil, fmt.Errorf("%s.md: %w", name, err)
		}
		pages = append(pages, page{Name: name, Title: titleOf(doc, source, name), Body: template.HTML(b.String()), plain: string(source)}) //nolint:gosec // our own text, without raw HTML
	}
	return pages, nil
}

// relink leads links to the pages of the site; a link to a file of the project that is
// no page keeps its text alone.
func relink(doc ast.Node, there map[string]bool) {
	var away []*ast.Link
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // it cannot fail
		l, ok := n.(*ast.Link)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		to, anchor, _ := strings.Cut(string(l.Destination), "#")
		name, isPage := strings.CutSuffix(to, ".md")
		switch {
		case to == "" || strings.Contains(to, "://") || strings.HasPrefix(to, "mailto:"):
		case isPage && there[name]:
			l.Destination = []byte(name + ".html")
			if anchor != "" {
				l.Destination = append(l.Destination, "#"+anchor...)
			}
		default:
			away = append(away, l)
		}
		return ast.WalkContinue, nil
	})
	for _, l := range away {
		for c := l.FirstChild(); c != nil; c = l.FirstChild() {
			l.Parent().InsertBefore(l.Parent(), l, c)
		}
		l.Parent().RemoveChild(l.Parent(), l)
	}
}

func titleOf(doc ast.Node, source []byte, name string) string {
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok && h.Level == 1 {
			return string(h.Lines().Value(source))
		}
	}
	return name
}

// Handler serves the site under a prefix, such as /docs/. It is made when somebody
// first asks for it.
func Handler(prefix string, openapi func() ([]byte, error), log *slog.Logger) http.Handler {
	made := sync.OnceValues(func() (map[string][]byte, error) {
		doc, err := openapi()
		if err != nil {
			return nil, err
		}
		return Site(doc)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site, err := made()
		if err != nil {
			log.ErrorContext(r.Context(), "make the documentation", "error", err)
			http.Error(w, "The documentation cannot be shown.", http.StatusInternalServerError)
			return
		}
		name := strings.TrimPrefix(r.URL.Path, prefix)
		if name == "" {
			name = "index.html"
		}
		b, ok := site[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kinds[path.Ext(name)])
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(b) // a browser that has gone is no concern of ours
	})
}

var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".json": "application/json", ".png": "image/png",
}

// Write writes the site into a folder.
func Write(dir string, openapi []byte) error {
	site, err := Site(openapi)
	if err != nil {
		return err
	}
	for name, b := range site {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil { //nolint:gosec // a site is for everyone
			return err
		}
		if err := os.WriteFile(to, b, 0o644); err != nil { //nolint:gosec // a site is for everyone
			return err
		}
	}
	return nil
}
