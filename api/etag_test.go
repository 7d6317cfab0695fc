package api_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestNobodyIsWrittenOver: two people read the same thing, and both save.
func TestNobodyIsWrittenOver(t *testing.T) {
	b := setup(t)
	const steps = `"steps": [{"provider": "formula", "formula": {"title": "name"}}], "outputs": {"title": "title"}, "limit": {"none": true}`
	for _, c := range []struct{ path, first, mine, theirs, rename string }{
		{"/api/v1/audiences/vips", `{"entity": "people", "where": "filled(email)"}`, `{"entity": "people", "where": "filled(title)"}`, `{"entity": "people", "where": "filled(name)"}`, `{"label": "Very"}`},
		{"/api/v1/enrichments/titles", `{"audience": ["all-people"], ` + steps + `}`, `{"audience": ["all-people"], "when": "filled(name)", ` + steps + `}`, `{"audience": ["all-people"], "when": "filled(email)", ` + steps + `}`, `{"label": "Very"}`},
		{
			"/api/v1/signal-rules/moves", `{"entity": "people", "type": "job_change", "detect": "changes", "when": "changed(title)", "to": {"title": "title"}, "settle": "1h"}`,
			`{"entity": "people", "type": "job_change", "detect": "changes", "when": "changed(email)", "to": {"title": "title"}, "settle": "1h"}`, `{"entity": "people", "type": "job_change", "detect": "changes", "when": "changed(name)", "to": {"title": "title"}, "settle": "1h"}`, `{"label": "Very"}`,
		},
	} {
		if rec := b.do("PUT", c.path, c.first); rec.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", c.path, rec.Code, rec.Body)
		}
		tag := b.do("GET", c.path, "").Header().Get("ETag")
		if tag == "" || tag != b.do("GET", c.path, "").Header().Get("ETag") {
			t.Errorf("%s: the tag %q", c.path, tag)
		}
		if tag = b.do("GET", c.path, "", "Accept-Encoding", "gzip").Header().Get("ETag"); tag == "" {
			t.Errorf("%s: a browser gets no tag", c.path)
		}
		if rec := b.do("PUT", c.path, c.theirs, "If-Match", tag); rec.Code != http.StatusOK {
			t.Errorf("%s: the first is refused: %d %s", c.path, rec.Code, rec.Body)
		}
		for method, body := range map[string]string{"PUT": c.mine, "PATCH": c.rename} {
			rec := b.do(method, c.path, body, "If-Match", tag)
			if rec.Code != http.StatusPreconditionFailed || !strings.Contains(rec.Body.String(), "Load it again") {
				t.Errorf("%s %s: the second is written over the first: %d %s", method, c.path, rec.Code, rec.Body)
			}
		}
		if rec := b.do("PATCH", c.path, c.rename, "If-Match", b.do("GET", c.path, "").Header().Get("ETag")); rec.Code != http.StatusOK {
			t.Errorf("%s: renamed with the tag of now: %d %s", c.path, rec.Code, rec.Body)
		}
		if rec := b.do("PUT", c.path, c.mine); rec.Code != http.StatusOK {
			t.Errorf("%s: without a tag: %d %s", c.path, rec.Code, rec.Body)
		}
		if rec := b.do("PUT", c.path, c.mine, "If-Match", "abc"); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: a tag without quotes: %d", c.path, rec.Code)
		}
	}
}
