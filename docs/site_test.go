package docs

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestLinks holds that each link of the site leads to a page, and to a heading of it.
func TestLinks(t *testing.T) {
	site, err := Site(openapi(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range site {
		if !strings.HasSuffix(name, ".html") {
			continue
		}
		for _, m := range regexp.MustCompile(`(?:href|src)="([^"]+)"`).FindAllStringSubmatch(string(b), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			to, anchor, _ := strings.Cut(m[1], "#")
			if to == "" {
				to = name
			}
			target, ok := site[to]
			if !ok {
				t.Errorf("%s leads to %s, which is not there", name, m[1])
			} else if anchor != "" && !strings.Contains(string(target), `id="`+anchor+`"`) {
				t.Errorf("%s leads to %s: the page has no such heading", name, m[1])
			}
		}
	}
	for _, n := range order {
		if site[n+".html"] == nil {
			t.Errorf("the table of contents names %s, which is not there", n)
		}
	}
}

func openapi(t *testing.T) []byte {
	t.Helper()
	doc, err := os.ReadFile("../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestServed(t *testing.T) {
	h := Handler("/docs/", func() ([]byte, error) { return openapi(t), nil }, slog.New(slog.DiscardHandler))
	for _, c := range []struct {
		path, kind, has string
		code            int
	}{
		{"/docs/", "text/html", "<h1", http.StatusOK},
		{"/docs/deploy.html", "text/html", `aria-current="page"`, http.StatusOK},
		{"/docs/search.json", "application/json", `"page":"deploy.html"`, http.StatusOK},
		{"/docs/search.js", "text/javascript", "search.json", http.StatusOK},
		{"/docs/api-reference.html", "text/html", `<a href="api-audiences.html">`, http.StatusOK},
		{"/docs/api-audiences.html", "text/html", `<h2 id="createAudience"><code>POST /api/v1/audiences</code></h2>`, http.StatusOK},
		{"/docs/nothing.html", "text/plain", "", http.StatusNotFound},
	} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodGet, c.path, nil))
		if rec.Code != c.code || !strings.HasPrefix(rec.Header().Get("Content-Type"), c.kind) || !strings.Contains(rec.Body.String(), c.has) {
			t.Errorf("%s: %d %s", c.path, rec.Code, rec.Header().Get("Content-Type"))
		}
	}
}
