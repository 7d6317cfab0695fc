package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"fettle"
	"fettle/account"
	"fettle/api"
	"fettle/client"
	"fettle/engine"
	"fettle/internal/secret"
	"fettle/provider"
	"fettle/provider/formula"
	"fettle/store"
	"fettle/store/storetest"
)

// bundle is the API over a fresh workspace.
type bundle struct {
	t       *testing.T
	engine  *engine.Engine
	handler http.Handler
	client  *client.Client
}

func setup(t *testing.T, change ...func(*api.Config)) bundle {
	t.Helper()
	return setupOn(t, storetest.Open(t), change...)
}

// setupOn is setup over a database.
func setupOn(t *testing.T, db *store.DB, change ...func(*api.Config)) bundle {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	e, err := engine.New(t.Context(), engine.Config{DB: db, Log: log, SecretKey: secret.NewKey(), Providers: []provider.Provider{formula.New()}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := api.Config{Log: log, Version: "test", InProcess: true, Local: fettle.Actor{Name: "test", Role: fettle.Admin}, SpoolDir: t.TempDir()}
	for _, f := range change {
		f(&cfg)
	}
	h := http.Handler(kept{api.New(e, cfg), t})
	c, err := client.New(client.InProcess, "", client.Handler(h))
	if err != nil {
		t.Fatal(err)
	}
	return bundle{t: t, engine: e, handler: h, client: c}
}

// do sends one request and gives the answer.
func (b bundle) do(method, path, body string, header ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	req := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	b.handler.ServeHTTP(rec, req)
	return rec
}

func TestCases(t *testing.T) {
	b := setup(t)
	const people = `{"records": [{"external_id": "1", "name": "Ada", "email": "ada@acme.example"}, {"external_id": "2", "name": "Bob"}]}`
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		contains, lacks          string
	}{
		{name: "status", method: "GET", path: "/status", status: 200, contains: `"actor":"test"`},
		{name: "lists are never null", method: "GET", path: "/enrichments", status: 200, contains: `{"items":[]}`},
		{name: "built-in audiences", method: "GET", path: "/audiences", status: 200, contains: `"all-people"`, lacks: "null"},
		{name: "upsert", method: "POST", path: "/people", body: people, status: 200, contains: `"created":2`},
		{name: "upsert again", method: "POST", path: "/people", body: people, status: 200, contains: `"unchanged":2`},
		{name: "upsert nothing", method: "POST", path: "/people", body: `{"records": []}`, status: 422, contains: "records"},
		{name: "unknown field of a record", method: "POST", path: "/people", body: `{"records": [{"nmae": "Ada"}]}`, status: 422, contains: "name"},
		{name: "records", method: "GET", path: "/records?entity=people&limit=1", status: 200, contains: `"next":"`},
		{name: "records of neither", method: "GET", path: "/records", status: 422},
		{name: "too large a page", method: "GET", path: "/records?entity=people&limit=5000", status: 422, contains: "limit"},
		{name: "count", method: "GET", path: "/audiences/count?entity=people&where=filled(email)", status: 200, contains: `{"count":1}`},
		{name: "count needs an entity", method: "GET", path: "/audiences/count?where=true", status: 422, contains: "entity"},
		{name: "bad expression", method: "GET", path: "/audiences/count?entity=people&where=filled(emial)", status: 422, contains: "email"},
		{name: "save audience", method: "PUT", path: "/audiences/vips", body: `{"entity": "people", "where": "filled(email)"}`, status: 200, contains: `"used_by":[]`},
		{name: "not an entity", method: "PUT", path: "/audiences/vips", body: `{"entity": "planets", "where": ""}`, status: 422, contains: "entity"},
		{name: "count audience", method: "GET", path: "/audiences/vips/count", status: 200, contains: `{"count":1}`},
		{name: "explain", method: "GET", path: "/audiences/vips/explain?record=1", status: 200},
		{name: "members", method: "GET", path: "/audiences/vips/members", status: 200, contains: `ada@acme.example`, lacks: "Bob"},
		{name: "no such audience", method: "GET", path: "/audiences/nobody", status: 404, contains: `"code":"not_found"`},
		{name: "add field", method: "POST", path: "/fields", body: `{"entity": "people", "field": "score", "type": "number"}`, status: 200, contains: `"type":"number"`},
		{name: "reserved field", method: "POST", path: "/fields", body: `{"entity": "people", "field": "id"}`, status: 422},
		{name: "delete field", method: "DELETE", path: "/fields/people/score", status: 204},
		{name: "built-in fields stay", method: "DELETE", path: "/fields/people/name", status: 409},
		{name: "hub", method: "GET", path: "/hub?entity=people", status: 200, contains: `"records":2`},
		{name: "credits", method: "GET", path: "/credits", status: 200, contains: `"available_credits":null`},
		{name: "grant", method: "POST", path: "/credits/grants", body: `{"credits": "1000.5"}`, status: 200, contains: `"granted_credits":"1000.5"`},
		{name: "money is text", method: "POST", path: "/credits/grants", body: `{"credits": 5}`, status: 422, contains: "string"},
		{name: "limits", method: "PUT", path: "/limits", body: `{"scope": "workspace", "credits": "10"}`, status: 200, contains: `"workspace"`},
		{name: "spend by nothing", method: "GET", path: "/credits/by/planet", status: 422},
		{name: "resolve which", method: "POST", path: "/unknown/resolve", body: `{"action": "retry"}`, status: 422},
		{name: "delete needs a yes", method: "POST", path: "/records/delete", body: `{"audience": "all-people"}`, status: 409, contains: `"code":"confirm"`},
		{name: "page that is none", method: "GET", path: "/credits/journal?after=x", status: 422, contains: "next of a page"},
		{name: "take nothing apart", method: "POST", path: "/duplicates/unmerge", body: `{}`, status: 422, contains: "not said"},
		{name: "take two apart", method: "POST", path: "/duplicates/unmerge", body: `{"merge_id": 3, "record_id": 5}`, status: 422, contains: "not said"},
		{name: "text that holds NUL", method: "POST", path: "/people", body: `{"records": [{"name": "ab"}], "source": "a\u0000b"}`, status: 400, contains: "source holds a NUL"},
		{name: "audit", method: "GET", path: "/audit", status: 200, contains: `"ok":true`},
		{name: "no such enrichment", method: "POST", path: "/enrichments/nothing/pause", status: 404},
		{name: "providers never show keys", method: "PUT", path: "/providers/nothing/connection", body: `{"key": "sk-1"}`, status: 404, lacks: "sk-1"},
		{name: "definition that is none", method: "POST", path: "/providers/definitions", body: `{"definition": "id: [}"}`, status: 422},
		{name: "documents that are none", method: "POST", path: "/apply", body: `{"documents": "kind: Planet"}`, status: 422},
		{name: "openapi", method: "GET", path: "/openapi.json", status: 200, contains: `"openapi":"3.1.0"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := b.do(c.method, "/api/v1"+c.path, c.body)
			got := rec.Body.String()
			if rec.Code != c.status || !strings.Contains(got, c.contains) || c.lacks != "" && strings.Contains(got, c.lacks) {
				t.Errorf("%d %s", rec.Code, got)
			}
			if rec.Code >= 400 && (rec.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(got, `"code"`)) {
				t.Errorf("not a problem: %s", got)
			}
		})
	}
}

func TestIdempotencyKey(t *testing.T) {
	b := setup(t)
	grant := func(key, credits string) *httptest.ResponseRecorder {
		return b.do(http.MethodPost, "/api/v1/credits/grants", `{"credits": "`+credits+`"}`, "Idempotency-Key", key)
	}
	first, again := grant("k1", "5"), grant("k1", "5")
	if first.Code != 200 || again.Code != 200 || again.Body.String() != first.Body.String() || again.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("first %d %s, again %d %s %v", first.Code, first.Body, again.Code, again.Body, again.Header())
	}
	if other := grant("k1", "6"); other.Code != 422 {
		t.Errorf("another request under the key: %d %s", other.Code, other.Body)
	}
	if refused := grant("k2", "nonsense"); refused.Code != 422 {
		t.Errorf("refused: %d", refused.Code)
	}
	v, err := b.client.Credits(t.Context())
	if err != nil || v.GrantedCredits != 5*fettle.Credit {
		t.Errorf("granted %s, %v: the grant happened twice", v.GrantedCredits, err)
	}
	if long := grant(strings.Repeat("k", 300), "5"); long.Code != 422 {
		t.Errorf("a key without end: %d", long.Code)
	}
}

// TestIdempotencyKeyAtOnce sends one request many times at once: it happens
// once, whoever wins.
func TestIdempotencyKeyAtOnce(t *testing.T) {
	b := setup(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			rec := b.do(http.MethodPost, "/api/v1/credits/grants", `{"credits": "5"}`, "Idempotency-Key", "same")
			if rec.Code != 200 && rec.Code != 409 {
				t.Errorf("%d %s", rec.Code, rec.Body)
			}
		})
	}
	wg.Wait()
	v, err := b.client.Credits(t.Context())
	if err != nil || v.GrantedCredits != 5*fettle.Credit {
		t.Errorf("granted %s, %v", v.GrantedCredits, err)
	}
}

func TestTokens(t *testing.T) {
	b := setup(t, func(c *api.Config) { c.InProcess, c.Loopback = false, true })
	ask := func(header ...string) int { return b.do(http.MethodGet, "/api/v1/credits", "", header...).Code }
	if code := ask(); code != 200 {
		t.Errorf("on this machine without tokens: %d", code)
	}
	secretText, err := b.engine.Accounts.CreateToken(t.Context(), fettle.System(), account.TokenInput{Name: "ci", Role: fettle.Viewer})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		header string
		status int
	}{
		"none": {"", 401}, "wrong": {"Bearer fettle_wrong", 401}, "basic": {"Basic " + secretText, 401}, "right": {"Bearer " + secretText, 200},
	} {
		header := []string{}
		if c.header != "" {
			header = []string{"Authorization", c.header}
		}
		if code := ask(header...); code != c.status {
			t.Errorf("%s: %d, want %d", name, code, c.status)
		}
	}
	rec := b.do(http.MethodPost, "/api/v1/credits/grants", `{"credits": "5"}`, "Authorization", "Bearer "+secretText)
	if rec.Code != 403 || !strings.Contains(rec.Body.String(), "ci may not") {
		t.Errorf("a viewer grants: %d %s", rec.Code, rec.Body)
	}
	for _, path := range []string{"/healthz", "/readyz", "/api/v1/openapi.json"} {
		if rec := b.do(http.MethodGet, path, ""); rec.Code != 200 {
			t.Errorf("%s needs a token: %d", path, rec.Code)
		}
	}
	if rec := b.do(http.MethodGet, "/metrics", "", "Authorization", "Bearer "+secretText); !strings.Contains(rec.Body.String(), `fettle_credits{state="settled"} 0`) ||
		!strings.Contains(rec.Body.String(), "fettle_worker_passes_total 0") {
		t.Errorf("metrics: %d %s", rec.Code, rec.Body)
	}
	if rec := b.do(http.MethodGet, "/metrics", ""); rec.Code != 401 {
		t.Errorf("metrics are told to anyone: %d", rec.Code)
	}
}

func TestUploads(t *testing.T) {
	b := setup(t)
	const file = "Name,Work Mail\nAda,ada@acme.example\nBob,bob@acme.example\n"
	v, err := b.client.Import(t.Context(), client.Import{Entity: fettle.People, File: "people.csv", Map: map[string]string{"Work Mail": "email"}}, strings.NewReader(file))
	if err != nil || v.Created != 2 || v.File != "people.csv" {
		t.Fatalf("%+v %v", v, err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("note", "first"); err != nil {
		t.Fatal(err)
	}
	part, err := form.CreateFormFile("file", "again.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part, file); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	rec := b.do(http.MethodPost, "/api/v1/imports?entity=people&map="+"Work%20Mail%3Demail", body.String(), "Content-Type", form.FormDataContentType())
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), `"file":"again.csv"`) || !strings.Contains(rec.Body.String(), `"unchanged":2`) {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	for path, status := range map[string]int{
		"/api/v1/imports?entity=planets": 422, "/api/v1/imports": 422, "/api/v1/imports?entity=people&x=1": 422, "/api/v1/imports?entity=people&map=a": 422,
		"/api/v1/imports?entity=people&map=Nothing%3Demail": 422,
	} {
		if rec := b.do(http.MethodPost, path, file, "Content-Type", "text/csv"); rec.Code != status {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
	}
}

// TestZeroIsNoImportToChange: 0 shows the newest import; a script that lost its
// number takes nothing back, and maps nothing.
func TestZeroIsNoImportToChange(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if rec := b.do("POST", "/api/v1/imports?entity=people", "Email,Mood\nann@acme.example,good\n", "Content-Type", "application/octet-stream"); rec.Code != http.StatusOK {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	if rec := b.do("GET", "/api/v1/imports/0", ""); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `"id":1`) {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	for _, c := range []struct{ path, body string }{
		{"undo", `{"dry_run": true}`}, {"undo", `{"confirm": true}`}, {"map", `{"map": {"Mood": "mood"}, "confirm": true}`},
	} {
		if rec := b.do("POST", "/api/v1/imports/0/"+c.path, c.body); rec.Code != http.StatusNotFound {
			t.Errorf("%s %s: %d %s", c.path, c.body, rec.Code, rec.Body)
		}
	}
	if rec := b.do("POST", "/api/v1/imports/1/undo", `{"confirm": true}`); rec.Code != http.StatusOK {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	if rec := b.do("GET", "/api/v1/imports/0", ""); rec.Code != http.StatusNotFound {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

func TestExport(t *testing.T) {
	b := setup(t)
	if rec := b.do(http.MethodPost, "/api/v1/people", `{"records": [{"external_id": "1", "name": "=cmd()"}]}`); rec.Code != 200 {
		t.Fatal(rec.Body)
	}
	rec := b.do(http.MethodGet, "/api/v1/export?audience=all-people&fields=name", "")
	if rec.Code != 200 || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/csv") || strings.Contains(rec.Body.String(), "\n=cmd()") {
		t.Errorf("%d %v %s", rec.Code, rec.Header(), rec.Body)
	}
	if rec := b.do(http.MethodGet, "/api/v1/export?audience=nobody", ""); rec.Code != 404 {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// TestDefaultsOfADefinition writes the least that an enrichment needs.
func TestDefaultsOfADefinition(t *testing.T) {
	b := setup(t)
	rec := b.do(http.MethodPut, "/api/v1/enrichments/x", `{"audience": ["all-people"], "steps": [{"provider": "nobody/nothing"}], "outputs": {"email": "email"}}`)
	if rec.Code != 422 || !strings.Contains(rec.Body.String(), "nobody") {
		t.Errorf("a provider that is not there: %d %s", rec.Code, rec.Body)
	}
	rec = b.do(http.MethodPut, "/api/v1/enrichments/x", `{"audience": ["all-people"], "steps": [], "outputs": {}}`)
	if rec.Code != 422 {
		t.Errorf("no steps: %d %s", rec.Code, rec.Body)
	}
}

// TestClientKnowsEveryRoute holds the client's and the document's paths
// together: what the client asks for is served.
func TestClientKnowsEveryRoute(t *testing.T) {
	doc, err := api.OpenAPI("v1")
	if err != nil {
		t.Fatal(err)
	}
	var served struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(doc, &served); err != nil {
		t.Fatal(err)
	}
	var asked []string
	rt := client.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		_, _ = io.WriteString(w, "{}")
	}))
	c, err := client.New(client.InProcess, "", rt)
	if err != nil {
		t.Fatal(err)
	}
	callAll(t.Context(), c)
	for _, a := range asked {
		method, path, _ := strings.Cut(a, " ")
		if !matches(served.Paths, strings.ToLower(method), path) {
			t.Errorf("the client asks for %s, which is not in the document", a)
		}
	}
	if len(asked) < 40 {
		t.Errorf("only %d requests were made", len(asked))
	}
}

func matches(paths map[string]map[string]json.RawMessage, method, path string) bool {
	want := strings.Split(path, "/")
	for p, ops := range paths {
		have := strings.Split(p, "/")
		if _, ok := ops[method]; !ok || len(have) != len(want) {
			continue
		}
		same := true
		for i := range have {
			same = same && (have[i] == want[i] || strings.HasPrefix(have[i], "{"))
		}
		if same {
			return true
		}
	}
	return false
}

// callAll calls every method; what they answer does not matter here.
func callAll(ctx context.Context, c *client.Client) {
	one := int64(1)
	for _, call := range []func() error{
		func() error { _, err := c.Fields(ctx, ""); return err },
		func() error { _, err := c.AddField(ctx, client.FieldInput{}); return err },
		func() error { return c.DeleteField(ctx, "people", "x") },
		func() error { _, err := c.Records(ctx, client.Query{}); return err },
		func() error { _, err := c.Record(ctx, one); return err },
		func() error { _, err := c.DeleteRecords(ctx, client.Selection{}); return err },
		func() error { _, err := c.SuppressRecords(ctx, client.Selection{}); return err },
		func() error { _, err := c.Import(ctx, client.Import{}, strings.NewReader("")); return err },
		func() error { _, err := c.Imports(ctx); return err },
		func() error { _, err := c.UndoImport(ctx, one, true); return err },
		func() error { _, err := c.Upsert(ctx, "people", client.Upsert{}, ""); return err },
		func() error { _, err := c.Upsert(ctx, "companies", client.Upsert{}, ""); return err },
		func() error { return c.Export(ctx, "a", nil, client.ExportOptions{}, io.Discard) },
		func() error { _, err := c.Hub(ctx, "people", ""); return err },
		func() error { _, err := c.Audiences(ctx); return err },
		func() error { _, err := c.Audience(ctx, "a"); return err },
		func() error { _, err := c.SaveAudience(ctx, "a", client.AudienceInput{}); return err },
		func() error { return c.DeleteAudience(ctx, "a") },
		func() error { _, err := c.CountAudience(ctx, "a"); return err },
		func() error { _, err := c.CountWhere(ctx, "people", ""); return err },
		func() error { _, err := c.Explain(ctx, "a", one); return err },
		func() error { _, err := c.Enrichments(ctx); return err },
		func() error { _, err := c.Enrichment(ctx, "e"); return err },
		func() error { _, err := c.SaveEnrichment(ctx, "e", fettle.Definition{}); return err },
		func() error { return c.DeleteEnrichment(ctx, "e") },
		func() error { _, err := c.Estimate(ctx, "e", client.EstimateOptions{}); return err },
		func() error { _, err := c.Pilot(ctx, "e", 1); return err },
		func() error { _, err := c.Start(ctx, "e", client.StartOptions{}); return err },
		func() error { _, err := c.Pause(ctx, "e"); return err },
		func() error { _, err := c.Resume(ctx, "e", client.StartOptions{}); return err },
		func() error { _, err := c.Reset(ctx, "e"); return err },
		func() error { _, err := c.Point(ctx, "e", nil); return err },
		func() error { _, err := c.SetEnrichmentLimit(ctx, "e", fettle.Limit{}, false, false); return err },
		func() error { _, err := c.Rows(ctx, "e", client.RowQuery{Limit: 1}); return err },
		func() error { _, err := c.Versions(ctx, "e"); return err },
		func() error { _, err := c.Retry(ctx, "e", fettle.Failed, false); return err },
		func() error { _, err := c.Rerun(ctx, "e", client.RerunOptions{Stale: true}, false); return err },
		func() error { _, err := c.Unknowns(ctx, ""); return err },
		func() error { _, err := c.Resolve(ctx, nil, true, fettle.Resolution{}); return err },
		func() error { _, err := c.Notifications(ctx, true); return err },
		func() error { return c.MarkRead(ctx, nil) },
		func() error { _, err := c.Audit(ctx); return err },
		func() error { _, err := c.Journal(ctx, client.JournalQuery{Limit: 1}); return err },
		func() error { _, err := c.Credits(ctx); return err },
		func() error { _, err := c.SpendBy(ctx, "day"); return err },
		func() error { _, err := c.Grant(ctx, 1, "", ""); return err },
		func() error { _, err := c.Limits(ctx); return err },
		func() error { _, err := c.SetLimit(ctx, "workspace", "", fettle.Limit{}); return err },
		func() error { _, err := c.Providers(ctx); return err },
		func() error { _, err := c.SetConnection(ctx, "p", client.Connection{}); return err },
		func() error { _, err := c.TestConnection(ctx, "p"); return err },
		func() error { return c.SaveDefinition(ctx, nil) },
		func() error { _, err := c.Prices(ctx); return err },
		func() error { return c.SetPrice(ctx, client.Price{}) },
		func() error { _, err := c.Plan(ctx, client.Documents{}); return err },
		func() error { _, err := c.Apply(ctx, client.Documents{}); return err },
		func() error { _, err := c.Tokens(ctx); return err },
		func() error { _, err := c.CreateToken(ctx, client.TokenInput{}); return err },
		func() error { _, err := c.Users(ctx); return err },
		func() error { _, err := c.Invite(ctx, client.UserInput{}); return err },
		func() error { _, err := c.ChangeUser(ctx, "a@b.example", client.UserChange{}); return err },
		func() error { _, err := c.UserLink(ctx, "a@b.example"); return err },
		func() error { _, err := c.Actions(ctx, "", "", 1); return err },
		func() error { return c.DeleteToken(ctx, "t") },
		func() error { _, err := c.Status(ctx); return err },
	} {
		_ = call() // {} is not what every method expects
	}
}

// TestAWrongMethodIsSaid sends methods that a path does not take: 405 with those
// that it takes. A path that is not there is not found, whatever the method.
func TestAWrongMethodIsSaid(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct{ method, path, allow string }{
		{"PUT", "/api/v1/people", "POST"},
		{"OPTIONS", "/api/v1/people", "POST"},
		{"DELETE", "/api/v1/fields", "GET"},
		{"PATCH", "/api/v1/providers/x/connection", "PUT"},
	} {
		rec := b.do(c.method, c.path, "")
		if rec.Code != http.StatusMethodNotAllowed || !strings.Contains(rec.Header().Get("Allow"), c.allow) || !strings.Contains(rec.Body.String(), `"Method Not Allowed"`) {
			t.Errorf("%s %s: %d, Allow %q, %s", c.method, c.path, rec.Code, rec.Header().Get("Allow"), rec.Body)
		}
	}
	for _, method := range []string{"GET", "PUT", "OPTIONS"} {
		if rec := b.do(method, "/api/v1/nothing/here/at/all", ""); rec.Code != http.StatusNotFound {
			t.Errorf("%s of nothing: %d", method, rec.Code)
		}
	}
}
