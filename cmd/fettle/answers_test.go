package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"fettle"
	"fettle/api"
)

// answersHold reads everything that can be read of the workspace through the API,
// and holds each answer against the API's document: answers LEAST, where that many
// answers have to be read.
func answersHold(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: answers LEAST")
	}
	least, err := strconv.Atoi(args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), hangs)
	defer cancel()
	s := newSession(&root{DB: ts.Getenv("FETTLE_DB")}, ts.Getenv, strings.NewReader(""), io.Discard, io.Discard)
	s.log = s.logger()
	ts.Check(s.open(ctx))
	defer func() { ts.Check(s.close()) }()
	raw, err := api.OpenAPI("v1")
	ts.Check(err)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	ts.Check(err)
	r := &reader{handler: api.New(s.engine, api.Config{Log: s.log, InProcess: true, Local: fettle.Actor{Name: "test", Role: fettle.Admin}}), schemas: jsonschema.NewCompiler()}
	ts.Check(r.schemas.AddResource("api.json", doc))
	names := map[string][]string{
		"enrichments": r.all("/api/v1/enrichments", "name"), "audiences": r.all("/api/v1/audiences", "name"), "records": r.all("/api/v1/records?entity=people&limit=5", "id"),
		"signal-rules": r.all("/api/v1/signal-rules", "name"), "entity": {"people", "companies"}, "group": {"enrichment", "provider", "model", "cause", "day"}, "run": {"1", "2"},
	}
	for path, item := range doc.(map[string]any)["paths"].(map[string]any) {
		op, ok := item.(map[string]any)["get"].(map[string]any)
		if !ok || strings.HasSuffix(path, "/events") || strings.Contains(path, "/oidc") {
			continue
		}
		for _, address := range addresses(path, op, names) {
			if err := r.holds(path, address); err != nil {
				ts.Fatalf("GET %s is not answered as the document says: %v", address, err)
			}
		}
	}
	if r.read < least {
		ts.Fatalf("only %d answers were read", r.read)
	}
}

// reader reads answers and holds them against the document.
type reader struct {
	handler http.Handler
	schemas *jsonschema.Compiler
	read    int
}

func (r *reader) get(address string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	r.handler.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, address, nil))
	return rec
}

// all gives a key of every entry of a list.
func (r *reader) all(address, key string) []string {
	var out []string
	v, _ := jsonschema.UnmarshalJSON(r.get(address).Body)
	list, _ := v.(map[string]any)
	items, _ := list["items"].([]any)
	for _, item := range items {
		switch v := item.(map[string]any)[key].(type) {
		case string:
			out = append(out, v)
		case interface{ String() string }:
			out = append(out, v.String())
		}
	}
	return out
}

func (r *reader) holds(path, address string) error {
	rec := r.get(address)
	if rec.Code != http.StatusOK || rec.Header().Get("Content-Type") != "application/json" {
		return nil
	}
	at := "api.json#/paths/" + strings.ReplaceAll(strings.ReplaceAll(path, "~", "~0"), "/", "~1") + "/get/responses/200/content/application~1json/schema"
	schema, err := r.schemas.Compile(at)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(rec.Body)
	if err != nil {
		return err
	}
	r.read++
	return schema.Validate(v)
}

// addresses fills in what an address holds: the names that there are, and both
// entities where it takes one.
func addresses(path string, op map[string]any, names map[string][]string) []string {
	out := []string{path}
	noun := strings.Split(path, "/")[3]
	parameters, _ := op["parameters"].([]any)
	for _, p := range parameters {
		name, in := p.(map[string]any)["name"].(string), p.(map[string]any)["in"]
		values := names[name]
		if in == "path" && values == nil {
			if values = names[noun]; values == nil {
				values = []string{"1"}
			}
		}
		var next []string
		for _, a := range out {
			switch {
			case in == "path":
				for _, v := range values {
					next = append(next, strings.ReplaceAll(a, "{"+name+"}", url.PathEscape(v)))
				}
			case name == "entity":
				next = append(next, a, a+"?entity=people", a+"?entity=companies")
			default:
				next = append(next, a)
			}
		}
		out = next
	}
	return out
}
