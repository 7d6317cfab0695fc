package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"fettle/store"
	"fettle/store/storetest"
)

// written is a thing that people edit: how it is made, and how two of them edit it.
type written struct {
	operation, path  string // how it is edited
	list             string // where it is read, if not at its own address
	make             [3]string
	mine, theirs     string
	patch, patchedTo string // an edit by PATCH beside one by PUT
}

const formulaSteps = `"steps": [{"provider": "formula", "formula": {"title": "name"}}], "outputs": {"title": "title"}, "limit": {"none": true}`

func moves(field string) string {
	return `{"entity": "people", "type": "job_change", "detect": "changes", "when": "changed(` + field + `)", "to": {"title": "title"}, "settle": "1h"}`
}

// sends is a destination that sends a field.
func sends(field string) string {
	return `{"audience": "all-people", "id": "external_id", "fields": {"what": "` + field + `"}, "on": ["entered"], "write": "overwrite", "http": {
		"server": {"base_url": "https://in.acme.example"}, "auth": {"type": "bearer"}, "limits": {"policies": [{"id": "second", "requests": 10, "per": "1s"}]},
		"write": {"request": {"method": "POST", "path": "/people/{{input.id}}", "body": {"set": "{{input.fields}}"}}, "idempotency": {"mode": "key"}}}}`
}

// writtenThings is one of every kind of what has a tag.
func writtenThings() []written {
	put := func(path, body string) [3]string { return [3]string{"PUT", path, body} }
	return []written{
		{
			operation: "PUT /audiences/{name}", path: "/audiences/vips", make: put("/audiences/vips", `{"entity": "people", "where": "filled(email)"}`),
			mine: `{"entity": "people", "where": "filled(title)"}`, theirs: `{"entity": "people", "where": "filled(name)"}`,
			patch: "PATCH /audiences/{name}", patchedTo: `{"label": "Very"}`,
		},
		{
			operation: "PUT /enrichments/{name}", path: "/enrichments/titles", make: put("/enrichments/titles", `{"audience": ["all-people"], `+formulaSteps+`}`),
			mine: `{"audience": ["all-people"], "when": "filled(name)", ` + formulaSteps + `}`, theirs: `{"audience": ["all-people"], "when": "filled(email)", ` + formulaSteps + `}`,
			patch: "PATCH /enrichments/{name}", patchedTo: `{"label": "Very"}`,
		},
		{
			operation: "PUT /signal-rules/{name}", path: "/signal-rules/moves", make: put("/signal-rules/moves", moves("title")), mine: moves("email"), theirs: moves("name"),
			patch: "PATCH /signal-rules/{name}", patchedTo: `{"label": "Very"}`,
		},
		{
			operation: "PUT /destinations/{name}", path: "/destinations/crm", make: put("/destinations/crm", sends("title")), mine: sends("name"), theirs: sends("email"),
			patch: "PATCH /destinations/{name}", patchedTo: `{"base_url": "https://other.acme.example"}`,
		},
		{
			operation: "PATCH /channels/{name}", path: "/channels/team", list: "/channels", make: [3]string{"POST", "/channels", `{"name": "team", "webhook": "https://hooks.acme.example/in"}`},
			mine: `{"owner": "ada"}`, theirs: `{"events": ["enrichment.finished"]}`,
		},
		{
			operation: "PUT /providers/{name}/connection", path: "/providers/formula/connection", list: "/providers",
			mine: `{"unit_credits": "2"}`, theirs: `{"unit_credits": "3"}`,
		},
		{
			operation: "PATCH /views/{id}", path: "/views/1", list: "/views?entity=people", make: [3]string{"POST", "/views", `{"entity": "people", "name": "Short"}`},
			mine: `{"look": {"sort": "title"}}`, theirs: `{"look": {"sort": "name"}}`,
		},
		{
			operation: "PUT /fields/{entity}/{field}", path: "/fields/people/title", list: "/fields?entity=people",
			mine: `{"label": "Mine"}`, theirs: `{"label": "Theirs"}`,
		},
	}
}

// tagOf reads a thing as a browser does, and gives its tag.
func (b bundle) tagOf(w written) string {
	b.t.Helper()
	if w.list == "" {
		return b.do("GET", "/api/v1"+w.path, "", "Accept-Encoding", "gzip").Header().Get("ETag")
	}
	var all struct{ Items []map[string]any }
	if err := json.Unmarshal(b.do("GET", "/api/v1"+w.list, "").Body.Bytes(), &all); err != nil {
		b.t.Fatal(err)
	}
	for _, item := range all.Items {
		for _, key := range []string{"name", "id", "field"} {
			if v, ok := item[key]; ok && strings.Contains(w.path+"/", "/"+fmt.Sprint(v)+"/") {
				tag, _ := item["etag"].(string)
				return tag
			}
		}
	}
	b.t.Errorf("%s: it is not in %s", w.path, w.list)
	return ""
}

// made makes a thing, and gives it with its own address.
func (b bundle) made(w written) written {
	b.t.Helper()
	if w.make[0] == "" {
		return w
	}
	rec := b.do(w.make[0], "/api/v1"+w.make[1], w.make[2])
	if rec.Code != http.StatusOK {
		b.t.Fatalf("%s: %d %s", w.path, rec.Code, rec.Body)
	}
	var view struct{ ID int64 }
	if w.path == "/views/1" {
		if err := json.Unmarshal(rec.Body.Bytes(), &view); err != nil {
			b.t.Fatal(err)
		}
		w.path = fmt.Sprintf("/views/%d", view.ID)
	}
	return w
}

// TestNobodyIsWrittenOver: two people read the same thing, and both save.
func TestNobodyIsWrittenOver(t *testing.T) { storetest.Each(t, nobodyIsWrittenOver) }

func nobodyIsWrittenOver(t *testing.T, db *store.DB) {
	b := setupOn(t, db)
	for _, w := range writtenThings() {
		w = b.made(w)
		method, _, _ := strings.Cut(w.operation, " ")
		at := "/api/v1" + w.path
		tag := b.tagOf(w)
		if tag == "" || strings.TrimSuffix(tag, `-gzip"`) != strings.TrimSuffix(b.tagOf(w), `-gzip"`) {
			t.Errorf("%s: the tag %q", w.path, tag)
		}
		if rec := b.do(method, at, w.theirs, "If-Match", tag); rec.Code != http.StatusOK {
			t.Errorf("%s: the first is refused: %d %s", w.path, rec.Code, rec.Body)
		}
		seconds := map[string]string{method: w.mine}
		if w.patch != "" {
			seconds["PATCH"] = w.patchedTo
		}
		for method, body := range seconds {
			rec := b.do(method, at, body, "If-Match", tag)
			if rec.Code != http.StatusPreconditionFailed || !strings.Contains(rec.Body.String(), "Load it again") {
				t.Errorf("%s %s: the second is written over the first: %d %s", method, w.path, rec.Code, rec.Body)
			}
		}
		for method, body := range seconds {
			if rec := b.do(method, at, body, "If-Match", b.tagOf(w)); rec.Code != http.StatusOK {
				t.Errorf("%s %s: with the tag of now: %d %s", method, w.path, rec.Code, rec.Body)
			}
		}
		if rec := b.do(method, at, w.theirs); rec.Code != http.StatusOK {
			t.Errorf("%s: without a tag: %d %s", w.path, rec.Code, rec.Body)
		}
		if rec := b.do(method, at, w.mine, "If-Match", "abc"); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: a tag without quotes: %d", w.path, rec.Code)
		}
	}
	b.do("PATCH", "/api/v1/destinations/crm", `{"key": "k"}`)
	if rec := b.do("POST", "/api/v1/destinations/crm/on", `{"confirm": true}`, "If-Match", `"abc"`); rec.Code != http.StatusPreconditionFailed {
		t.Errorf("turned on although it is not as it was looked at: %d %s", rec.Code, rec.Body)
	}
	if rec := b.do("PUT", "/api/v1/workspace", `{"name": "Acme"}`, "If-Match", `"abc"`); rec.Code != http.StatusUnprocessableEntity || !strings.Contains(rec.Body.String(), "not looked at") {
		t.Errorf("a tag where there is none is passed over: %d %s", rec.Code, rec.Body)
	}
}

// TestOneOfTwoAtOnceIsWritten has two people save at the same moment what both have
// read: one of them is told.
func TestOneOfTwoAtOnceIsWritten(t *testing.T) { storetest.Each(t, oneOfTwoAtOnceIsWritten) }

func oneOfTwoAtOnceIsWritten(t *testing.T, db *store.DB) {
	b := setupOn(t, db)
	for _, w := range writtenThings() {
		w = b.made(w)
		method, _, _ := strings.Cut(w.operation, " ")
		tag := b.tagOf(w)
		codes := map[int]int{}
		var one sync.Mutex
		var both sync.WaitGroup
		for _, body := range []string{w.mine, w.theirs} {
			both.Go(func() {
				rec := b.do(method, "/api/v1"+w.path, body, "If-Match", tag)
				one.Lock()
				defer one.Unlock()
				codes[rec.Code]++
			})
		}
		both.Wait()
		if codes[http.StatusOK] != 1 || codes[http.StatusPreconditionFailed] != 1 {
			t.Errorf("%s: %v", w.path, codes)
		}
	}
}

// lastWins are the edits that take no tag, and why none is wanted.
var lastWins = map[string]string{
	"PATCH /records/{id}":           "names the values that it sets, one by one; each value's history keeps what was before",
	"PATCH /users/{email}":          "sets a role or a switch of one person, and each change is in the list of what was done",
	"PATCH /sources/{name}":         "sets one secret, which nobody is shown",
	"PUT /enrichments/{name}/limit": "sets one amount, which the answer says",
	"PUT /limits":                   "sets one amount, which the answer says",
	"PUT /limits/pilots":            "sets one amount, which the answer says",
	"PUT /prices":                   "adds a price from a day on; the ones before stay",
	"PUT /password":                 "asks for the password before",
	"PUT /simulated-provider":       "is a switch",
	"PUT /workspace":                "is one name",
}

// TestEveryEditTakesATag walks over the document of the API: what people edit has a
// tag where it is read, and its edits look at If-Match.
func TestEveryEditTakesATag(t *testing.T) {
	b := setup(t)
	var doc struct {
		Paths      map[string]map[string]described
		Components struct{ Schemas map[string]schemaOf }
	}
	if err := json.Unmarshal(b.do("GET", "/api/v1/openapi.json", "").Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	tried := map[string]written{}
	for _, w := range writtenThings() {
		tried[w.operation] = w
		if w.patch != "" {
			tried[w.patch] = w
		}
	}
	edits := 0
	for path, operations := range doc.Paths {
		for method, o := range operations {
			if method != "put" && method != "patch" {
				continue
			}
			edits++
			name := strings.ToUpper(method) + " " + strings.TrimPrefix(path, "/api/v1")
			if why := lastWins[name]; why != "" {
				if o.takes("If-Match") {
					t.Errorf("%s takes a tag, and %q", name, why)
				}
				continue
			}
			w, ok := tried[name]
			switch {
			case !ok || !o.takes("If-Match") || o.Responses["412"] == nil:
				t.Errorf("%s looks at no If-Match: give it a tag (etag.go), or say in lastWins why the last one wins", name)
			case w.list == "" && operations["get"].Responses["200"]["headers"] == nil:
				t.Errorf("%s: a GET of it has no ETag", name)
			case w.list != "" && operations["get"].Responses != nil:
				t.Errorf("%s: there is a GET of it, which has no ETag", name)
			case w.list != "":
				list, _, _ := strings.Cut(w.list, "?")
				if !strings.Contains(doc.Components.Schemas[doc.Paths["/api/v1"+list]["get"].item(doc.Components.Schemas)].text(), `"etag"`) {
					t.Errorf("%s: its list has no etag", name)
				}
			}
		}
	}
	if want := len(lastWins) + len(tried); edits != want {
		t.Errorf("%d edits, %d in the tables: one is of an operation that is there no more", edits, want)
	}
}

type described struct {
	Parameters []struct{ Name, In string }
	Responses  map[string]map[string]any
}

func (o described) takes(header string) bool {
	for _, p := range o.Parameters {
		if p.In == "header" && p.Name == header {
			return true
		}
	}
	return false
}

type schemaOf map[string]any

func (s schemaOf) text() string {
	text, _ := json.Marshal(s["properties"])
	return string(text)
}

// item is the schema of what an operation lists.
func (o described) item(schemas map[string]schemaOf) string {
	text, _ := json.Marshal(o.Responses["200"])
	_, list, _ := strings.Cut(string(text), `#/components/schemas/`)
	list, _, _ = strings.Cut(list, `"`)
	_, item, _ := strings.Cut(schemas[list].text(), `#/components/schemas/`)
	item, _, _ = strings.Cut(item, `"`)
	return item
}
