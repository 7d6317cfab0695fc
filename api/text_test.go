package api_test

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/api"
	"fettle/engine"
	"fettle/internal/secret"
	"fettle/provider"
	"fettle/provider/formula"
	"fettle/store"
	"fettle/store/storetest"
)

// mark stands in a request for the text that is tried in its place.
const mark = "MARK"

// whole makes a value with every property of a schema.
func (d document) whole(s schema, depth int) any {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.whole(d.Components.Schemas[name], depth)
	}
	kind, _ := s.Type.(string)
	if kinds, ok := s.Type.([]any); ok {
		kind, _ = kinds[0].(string)
	}
	switch {
	case depth > 6:
		return nil
	case kind == "array" && s.Items != nil:
		return []any{d.whole(*s.Items, depth+1)}
	case kind == "object" || kind == "" && len(s.Properties) > 0:
		out := map[string]any{}
		for name, p := range s.Properties {
			if v := d.whole(p, depth+1); v != nil && name != "$schema" {
				out[name] = v
			}
		}
		return out
	case kind == "":
		return map[string]any{"any": "x"}
	}
	return d.least(s)
}

// variants are the bodies in which one text of the value is the mark.
func variants(v any) []any {
	switch v := v.(type) {
	case string:
		return []any{mark}
	case []any:
		var out []any
		for i := range v {
			for _, x := range variants(v[i]) {
				c := slices.Clone(v)
				c[i] = x
				out = append(out, c)
			}
		}
		return out
	case map[string]any:
		var out []any
		for k := range v {
			for _, x := range variants(v[k]) {
				c := maps.Clone(v)
				c[k] = x
				out = append(out, c)
			}
		}
		return out
	}
	return nil
}

// apart is the list of an operation whose members are refused one by one; ""
// where all of a request is refused.
func apart(operation string) string {
	switch {
	case strings.HasPrefix(operation, "upsert"):
		return "records"
	case operation == "postSignals":
		return "signals"
	}
	return ""
}

// TestTextThatCannotBeStored sends NUL, bytes that are no UTF-8 and half a
// character in every text of every operation: each is refused as what it is. Of an
// upsert and of posted signals, which answer each, only the one is.
func TestTextThatCannotBeStored(t *testing.T) {
	raw, err := api.OpenAPI("v1")
	if err != nil {
		t.Fatal(err)
	}
	var doc document
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		done := make(chan struct{})
		close(done) // event streams end at once
		e, err := engine.New(t.Context(), engine.Config{DB: db, Log: slog.New(slog.DiscardHandler), SecretKey: secret.NewKey(), Providers: []provider.Provider{formula.New()}})
		if err != nil {
			t.Fatal(err)
		}
		h := api.New(e, api.Config{Log: slog.New(slog.DiscardHandler), InProcess: true, Local: fettle.Actor{Name: "test", Role: fettle.Admin}, SpoolDir: t.TempDir(), Done: done})
		b := bundle{t: t, engine: e, handler: h}
		tried := 0
		refused := func(method, address, body string, header ...string) {
			t.Helper()
			tried++
			if rec := b.do(strings.ToUpper(method), address, body, header...); rec.Code < 400 || rec.Code >= 500 {
				t.Errorf("%s %s %.200q: %d %s", method, address, body, rec.Code, rec.Body)
			}
		}
		for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
			for method, op := range doc.Paths[path] {
				address, body := doc.ask(t, path, op.OperationID, op)
				join := "?"
				if strings.Contains(address, "?") {
					join = "&"
				}
				for _, evil := range []string{"a%00b", "a%ff", "%e5%88"} {
					for _, p := range op.Parameters {
						if kind, _ := p.Schema.Type.(string); kind != "string" {
							continue
						}
						switch p.In {
						case "path":
							at := strings.Replace(path, "{"+p.Name+"}", evil, 1)
							for _, q := range op.Parameters {
								at = strings.Replace(at, "{"+q.Name+"}", "1", 1)
							}
							refused(method, at, body)
						case "query":
							refused(method, address+join+url.QueryEscape(p.Name)+"="+evil, body)
						}
					}
				}
				refused(method, address+join+"a%00=1", body)
				if method != "get" {
					refused(method, address, body, "Idempotency-Key", "a\xffb")
				}
				if op.RequestBody == nil || op.RequestBody.Content["application/json"].Schema.Ref == "" && op.RequestBody.Content["application/json"].Schema.Type == nil {
					continue
				}
				for _, v := range variants(doc.whole(op.RequestBody.Content["application/json"].Schema, 0)) {
					for _, evil := range []string{`a\u0000b`, "a\xff", `\ud800`, "\xe5\x88"} {
						body := strings.ReplaceAll(asJSON(t, v), mark, evil)
						if list := apart(op.OperationID); list != "" && strings.Contains(asJSON(t, v.(map[string]any)[list]), mark) {
							tried++
							if rec := b.do(strings.ToUpper(method), address, body); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `"outcome":"invalid"`) {
								t.Errorf("%s %q: %d %s", address, body, rec.Code, rec.Body)
							}
							continue
						}
						refused(method, address, body)
					}
				}
			}
		}
		if tried < 700 {
			t.Errorf("only %d tried", tried)
		}
		// What is text passes, an escaped pair and a control character too.
		if rec := b.do(http.MethodPost, "/api/v1/fields", `{"entity": "people", "field": "ok", "label": "\ud83d\ude00\u0001", "type": "text"}`); rec.Code >= 300 {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	})
}

// TestUpsertOfTextThatCannotBeStored holds that a record with such text is invalid
// and named, while the others are written, and that such text outside of the records
// refuses the request.
func TestUpsertOfTextThatCannotBeStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		e, err := engine.New(t.Context(), engine.Config{DB: db, Log: slog.New(slog.DiscardHandler), SecretKey: secret.NewKey(), Providers: []provider.Provider{formula.New()}})
		if err != nil {
			t.Fatal(err)
		}
		b := bundle{t: t, engine: e, handler: api.New(e, api.Config{Log: slog.New(slog.DiscardHandler), InProcess: true, Local: fettle.Actor{Name: "test", Role: fettle.Admin}, SpoolDir: t.TempDir()})}
		for _, entity := range fettle.Entities() {
			upsert := func(body string, header ...string) (v fettle.UpsertView) {
				t.Helper()
				rec := b.do(http.MethodPost, "/api/v1/"+string(entity), body, header...)
				if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil || rec.Code != http.StatusOK {
					t.Fatalf("%d %s", rec.Code, rec.Body)
				}
				return v
			}
			const body = `{"source": "crm", "records": [{"external_id": "1", "name": "Acme"}, {"external_id": "2", "name": "Bo\u0000lt"}, ` +
				`{"external_id": "3", "titel": "\ud800"}, ` + "{\"external_id\": \"4\", \"name\": [\"Caf\xe9\"]}, " + `{"external_id": "5", "name": "Eve"}]}`
			for _, want := range []string{fettle.UpsertCreated, fettle.UpsertUnchanged} {
				v := upsert(body)
				if v.Read != 5 || v.Rejected != 3 || v.Created+v.Unchanged != 2 || len(v.Rejects) != 3 || v.Rejects[0].Line != 2 {
					t.Errorf("%+v", v)
				}
				var said []string
				for i, r := range v.Records {
					invalid := i > 0 && i < 4
					if r.Index != i || (r.ID == 0) != invalid || invalid != (r.Outcome == fettle.UpsertInvalid) || !invalid && r.Outcome != want {
						t.Errorf("%+v", r)
					}
					for _, x := range r.Invalid {
						said = append(said, x.Field+" "+asJSON(t, x.Value)+" "+x.Reason)
					}
				}
				if !slices.Equal(said, []string{
					`name "Bo` + "\ufffd" + `lt" it holds a NUL character, which cannot be stored`,
					`titel "` + "\ufffd" + `" it holds half of a character (a lone surrogate), which cannot be stored`,
					`name "[\"Caf` + "\ufffd" + `\"]" it holds what is not UTF-8 at name[0], which cannot be stored`,
				}) {
					t.Errorf("%q", said)
				}
			}
			if v := upsert(`{"records": [{"name": "\u0000"}]}`, "Idempotency-Key", string(entity)); v.Rejected != 1 {
				t.Errorf("%+v", v)
			}
			for _, body := range []string{
				`{"source": "c\u0000", "records": [{"name": "Fay", "external_id": "6"}]}`, `{"source": "c\u0000", "records": [{"name": "\u0000"}]}`,
				`{"records": ["\u0000"]}`, `{"records": [{"name": "\u0000"}], "records": []}`, `{"records": [{"name": "\u0000"}, {"name": "Gil"`,
			} {
				if rec := b.do(http.MethodPost, "/api/v1/"+string(entity), body); rec.Code < 400 || rec.Code > 499 {
					t.Errorf("%s: %d %s", body, rec.Code, rec.Body)
				}
			}
			if n, err := e.CountRecords(t.Context(), fettle.Actor{Name: "test", Role: fettle.Admin}, engine.Query{Entity: entity}); err != nil || n != 2 {
				t.Errorf("%d %s, %v", n, entity, err)
			}
		}
	})
}
