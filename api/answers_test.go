package api_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"fettle/api"
)

// promised gives the schemas of answers, by method, route and status, and finds the
// route of a request.
var promised = sync.OnceValues(func() (*promises, error) {
	raw, err := api.OpenAPI("v1")
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("api.json", doc); err != nil {
		return nil, err
	}
	out := &promises{http.NewServeMux(), map[string]*jsonschema.Schema{}}
	for path, item := range doc.(map[string]any)["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			route := strings.ToUpper(method) + " " + path
			out.routes.Handle(route, http.NotFoundHandler())
			for status, answer := range op.(map[string]any)["responses"].(map[string]any) {
				content, _ := answer.(map[string]any)["content"].(map[string]any)
				if content["application/json"] == nil {
					continue
				}
				at := "api.json#/paths/" + strings.ReplaceAll(strings.ReplaceAll(path, "~", "~0"), "/", "~1") + "/" + method + "/responses/" + status + "/content/application~1json/schema"
				if out.schemas[route+" "+status], err = c.Compile(at); err != nil {
					return nil, err
				}
			}
		}
	}
	out.schemas["problem"], err = c.Compile("api.json#/components/schemas/Problem")
	return out, err
})

type promises struct {
	routes  *http.ServeMux
	schemas map[string]*jsonschema.Schema
}

// kept serves as the handler does, and holds every answer against the document.
type kept struct {
	http.Handler
	t *testing.T
}

func (k kept) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/events") || r.Header.Get("Accept-Encoding") != "" {
		k.Handler.ServeHTTP(w, r)
		return
	}
	rec := httptest.NewRecorder()
	k.Handler.ServeHTTP(rec, r)
	k.holds(r, rec)
	maps.Copy(w.Header(), rec.Header())
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes())
}

func (k kept) holds(r *http.Request, rec *httptest.ResponseRecorder) {
	k.t.Helper()
	all, err := promised()
	if err != nil {
		k.t.Error(err)
		return
	}
	_, route := all.routes.Handler(r)
	schema := all.schemas[route+" "+strconv.Itoa(rec.Code)]
	switch rec.Header().Get("Content-Type") {
	case "application/problem+json":
		schema = all.schemas["problem"]
	case "application/json":
	default:
		return
	}
	if schema == nil {
		return
	}
	var got any
	if got, err = jsonschema.UnmarshalJSON(bytes.NewReader(rec.Body.Bytes())); err == nil {
		err = schema.Validate(got)
	}
	if err != nil {
		k.t.Errorf("%s %s is not answered as the document says: %v\n%s", r.Method, r.URL, err, rec.Body)
	}
}

// TestAnswersAreHeldAgainstTheDocument: the check of all other tests can fail.
func TestAnswersAreHeldAgainstTheDocument(t *testing.T) {
	all, err := promised()
	if err != nil {
		t.Fatal(err)
	}
	if len(all.schemas) < 100 {
		t.Fatalf("only %d schemas", len(all.schemas))
	}
	var wrong any
	if err := json.Unmarshal([]byte(`{"items": [{"state": "sleeping"}]}`), &wrong); err != nil {
		t.Fatal(err)
	}
	if all.schemas["GET /api/v1/enrichments 200"].Validate(wrong) == nil {
		t.Error("an enrichment that sleeps is taken")
	}
}
