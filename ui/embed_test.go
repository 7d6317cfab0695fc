package ui

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

const script = "export const words = 'of a page, of a page, of a page'"

func app(t *testing.T) http.Handler {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.WriteString(w, script); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file := func(data string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(data)} }
	return handlerOf(fstest.MapFS{
		"index.html":          file("<head></head><body></body>"),
		"preload.json":        file(`[{"path":"/","files":[]},{"path":"/a/new","files":["assets/new.js"]},{"path":"/a/$name","files":["assets/one.js","assets/one.css"]}]`),
		"favicon.svg":         file("<svg/>"),
		"assets/page-1.js.br": file("as brotli"),
		"assets/page-1.js.gz": {Data: packed.Bytes()},
	})
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// What the build compressed is served so to whoever takes it, expanded to
// whoever does not, and no cache gives one the other's.
func TestPacked(t *testing.T) {
	h := app(t)
	for _, c := range []struct{ accepts, coding string }{
		{"gzip, deflate, br, zstd", "br"},
		{"gzip, deflate", "gzip"},
		{"br;q=0, gzip;q=0.5", "gzip"},
		{"BR", "br"},
		{"gzip;q=0, br;q=0.000", ""},
		{"identity", ""},
		{"", ""},
	} {
		w := get(h, "/assets/page-1.js", "Accept-Encoding", c.accepts)
		if got := w.Header().Get("Content-Encoding"); w.Code != http.StatusOK || got != c.coding {
			t.Errorf("%q: %d, %q; want %q", c.accepts, w.Code, got, c.coding)
		}
		if vary := w.Header().Get("Vary"); vary != "Accept-Encoding" {
			t.Errorf("%q: Vary %q", c.accepts, vary)
		}
		if kind, cache := w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"); !strings.HasPrefix(kind, "text/javascript") || !strings.Contains(cache, "immutable") {
			t.Errorf("%q: %q, %q", c.accepts, kind, cache)
		}
		if c.coding == "" && w.Body.String() != script {
			t.Errorf("%q: %q", c.accepts, w.Body)
		}
	}
	if w := get(h, "/favicon.svg"); w.Body.String() != "<svg/>" || w.Header().Get("Vary") != "" {
		t.Errorf("what is not compressed: %q, %v", w.Body, w.Header())
	}
	for _, path := range []string{"/assets/none.js", "/assets/", "/preload.json"} {
		if w := get(h, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestPageNamesTheCodeOfItsRoute(t *testing.T) {
	h := app(t)
	for path, want := range map[string]string{
		"/":           "<head></head>",
		"/a/new":      `<head><link rel="modulepreload" crossorigin href="/assets/new.js"></head>`,
		"/a/x%20y?q=": `<head><link rel="modulepreload" crossorigin href="/assets/one.js"><link rel="stylesheet" crossorigin href="/assets/one.css"></head>`,
		"/a/":         "<head></head>",
		"/a/x/edit":   "<head></head>",
		"/elsewhere":  "<head></head>",
	} {
		w := get(h, path, "Accept", "text/html")
		if got := w.Body.String(); got != want+"<body></body>" {
			t.Errorf("%s: %s", path, got)
		}
		if vary := w.Header().Get("Vary"); vary != "Accept" {
			t.Errorf("%s: Vary %q", path, vary)
		}
	}
}
