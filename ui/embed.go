// Package ui serves the web app, which is built into ui/dist and embedded in
// the binary. A build without the app (no Node needed) serves a page that says
// how to make it.
package ui

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"html"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Handler serves the app: its files, and its one page for every other address
// that a browser asks for.
func Handler() http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	return handlerOf(files)
}

func handlerOf(files fs.FS) http.Handler {
	page, err := fs.ReadFile(files, "index.html")
	if err != nil {
		page = []byte(missing)
	}
	h := handler{files: files, server: http.FileServerFS(files), page: page}
	if table, err := fs.ReadFile(files, "preload.json"); err == nil {
		if err := json.Unmarshal(table, &h.routes); err != nil {
			panic(err) // the build wrote it
		}
	}
	return h
}

const missing = `<!doctype html><meta charset="utf-8"><title>Fettle</title>
<h1>Fettle</h1><p>This binary was built without the web app. Run <code>make ui build</code>, or use the API at /api/v1 and the command line.</p>
`

type handler struct {
	files  fs.FS
	server http.Handler
	page   []byte
	routes []route
}

// route is an address of the app and the files that its page needs beside the
// entry. A segment that begins with $ stands for any text.
type route struct {
	Path  string   `json:"path"`
	Files []string `json:"files"`
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if name != "index.html" && name != "preload.json" && h.file(w, r, name) {
		return
	}
	w.Header().Add("Vary", "Accept")
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(h.pageAt(r.URL.Path)) // a browser that has gone is no concern of ours
}

// file serves a file of the app, and reports whether there is one. What the
// build compressed is there only so: whoever takes no compression has it
// expanded.
func (h handler) file(w http.ResponseWriter, r *http.Request, name string) bool {
	packed := false
	info, err := fs.Stat(h.files, name)
	if err != nil {
		info, err = fs.Stat(h.files, name+".gz")
		packed = true
	}
	if err != nil || info.IsDir() {
		return false
	}
	if strings.HasPrefix(name, "assets/") { // their names hold a hash of their content
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if packed {
		h.packed(w, r, name)
	} else {
		h.server.ServeHTTP(w, r)
	}
	return true
}

func (h handler) packed(w http.ResponseWriter, r *http.Request, name string) {
	header := w.Header()
	header.Add("Vary", "Accept-Encoding")
	header.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	for _, e := range []struct{ coding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !takes(r.Header.Get("Accept-Encoding"), e.coding) {
			continue
		}
		if data, err := fs.ReadFile(h.files, name+e.suffix); err == nil {
			header.Set("Content-Encoding", e.coding)
			header.Set("Content-Length", strconv.Itoa(len(data)))
			_, _ = w.Write(data) // a browser that has gone is no concern of ours
			return
		}
	}
	data, err := fs.ReadFile(h.files, name+".gz")
	if err == nil {
		err = expand(w, data)
	}
	if err != nil {
		http.Error(w, "the file cannot be read", http.StatusInternalServerError)
	}
}

// expand writes what gzip compressed.
func expand(w io.Writer, data []byte) error {
	in, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	_, _ = io.Copy(w, in) // what the build wrote is whole, and a browser that has gone is no concern of ours
	return nil
}

// takes reports whether an Accept-Encoding header takes a coding.
func takes(header, coding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		if !strings.EqualFold(strings.TrimSpace(name), coding) {
			continue
		}
		q, weighed := strings.CutPrefix(strings.ReplaceAll(rest, " ", ""), "q=")
		return !weighed || strings.Trim(q, "0.") != ""
	}
	return false
}

// pageAt is the app's page, which names the code that an address needs.
func (h handler) pageAt(address string) []byte {
	for _, rt := range h.routes {
		if !matches(rt.Path, address) {
			continue
		}
		var links strings.Builder
		for _, f := range rt.Files {
			rel := `rel="modulepreload" crossorigin`
			if strings.HasSuffix(f, ".css") {
				rel = `rel="stylesheet" crossorigin`
			}
			links.WriteString(`<link ` + rel + ` href="/` + html.EscapeString(f) + `">`)
		}
		return bytes.Replace(h.page, []byte("</head>"), []byte(links.String()+"</head>"), 1)
	}
	return h.page
}

// matches reports whether an address is of a route. A route without $ comes
// before one with it, as the app's router has it.
func matches(route, address string) bool {
	want, got := strings.Split(route, "/"), strings.Split(strings.TrimSuffix(path.Clean(address), "/"), "/")
	if route == "/" {
		return path.Clean(address) == "/"
	}
	if len(want) != len(got) {
		return false
	}
	for i, w := range want {
		stands := strings.HasPrefix(w, "$") && got[i] != ""
		if w != got[i] && !stands {
			return false
		}
	}
	return true
}
