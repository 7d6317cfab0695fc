// Package ui serves the web app, which is built into ui/dist and embedded in
// the binary. A build without the app (no Node needed) serves a page that says
// how to make it.
package ui

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Handler serves the app: its files as they are, and its one page for every
// other address that a browser asks for.
func Handler() http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	page, err := fs.ReadFile(files, "index.html")
	if err != nil {
		page = []byte(missing)
	}
	return handler{files: files, server: http.FileServerFS(files), page: page}
}

const missing = `<!doctype html><meta charset="utf-8"><title>Fettle</title>
<h1>Fettle</h1><p>This binary was built without the web app. Run <code>make ui build</code>, or use the API at /api/v1 and the command line.</p>
`

type handler struct {
	files  fs.FS
	server http.Handler
	page   []byte
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	if info, err := fs.Stat(h.files, name); err == nil && !info.IsDir() && name != "index.html" {
		if strings.HasPrefix(name, "assets/") { // their names hold a hash of their content
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		h.server.ServeHTTP(w, r)
		return
	}
	w.Header().Add("Vary", "Accept")
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(h.page) // a browser that has gone is no concern of ours
}
