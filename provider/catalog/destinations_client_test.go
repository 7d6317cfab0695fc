package catalog

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"testing"

	"fettle/provider"
	"fettle/provider/declarative"
	"fettle/provider/providertest"
)

// told is what a service was asked.
type told struct {
	Path  string
	Query url.Values
	Body  any
}

// hubspotCalls are what HubSpot's own client is asked to do, beside what we do.
const hubspotCalls = `[
	{"method": "read", "args": [{"inputs": [{"id": "501"}, {"id": "999"}], "properties": ["jobtitle", "city"], "propertiesWithHistory": []}, false]},
	{"method": "update", "args": [{"inputs": [{"id": "501", "properties": {"city": "Berlin", "jobtitle": "VP"}}, {"id": "502", "properties": {"jobtitle": "refuse me"}}]}]},
	{"method": "update", "args": [{"inputs": [{"id": "not a number", "properties": {"jobtitle": "VP"}}]}]}
]`

// TestHubSpotsClient points HubSpot's own client at the fake: it takes the answers
// for what they are, and what it sends is what the definition sends.
func TestHubSpotsClient(t *testing.T) {
	folder := clientsFolder(t)
	hub := providertest.NewHubSpot(t, "jobtitle", "city")
	hub.Put("501", map[string]string{"jobtitle": ""})
	hub.Put("502", map[string]string{})
	var mu sync.Mutex
	var all []told
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		x := told{Path: r.Method + " " + r.URL.Path, Query: r.URL.Query()}
		_ = json.Unmarshal(raw, &x.Body)
		mu.Lock()
		all = append(all, x)
		mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(raw))
		hub.Config.Handler.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)

	cmd := exec.CommandContext(t.Context(), "node", "hubspot.mjs")
	cmd.Dir = folder
	cmd.Stdin = strings.NewReader(`{"base": "` + srv.URL + `", "token": "` + hub.Token + `", "calls": ` + hubspotCalls + `}`)
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var theirs []struct {
		OK     bool
		Status int
		Value  struct {
			Status    string
			NumErrors int
			Results   []struct {
				ID         string
				Properties map[string]any
			}
			Errors []struct {
				Category string
				Context  map[string][]string
			}
		}
	}
	if err := json.Unmarshal(raw, &theirs); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	read, written, refused := theirs[0].Value, theirs[1].Value, theirs[2]
	if len(read.Results) != 1 || read.Results[0].ID != "501" || len(read.Errors) != 1 || read.Errors[0].Category != "OBJECT_NOT_FOUND" || read.Errors[0].Context["ids"][0] != "999" {
		t.Errorf("the client reads %+v", read)
	}
	if len(written.Results) != 1 || written.NumErrors != 1 || written.Errors[0].Context["ids"][0] != "502" || hub.Contact("501")["jobtitle"] != "VP" {
		t.Errorf("the client writes %+v", written)
	}
	if refused.OK || refused.Status != http.StatusBadRequest {
		t.Errorf("the client takes a refusal for %+v", refused)
	}

	mu.Lock()
	sent := all
	all = nil
	mu.Unlock()
	results := weAsk(t, provider.Connection{BaseURL: srv.URL, Key: hub.Token, Client: srv.Client()})
	for i, want := range []provider.Outcome{provider.Found, provider.NotFound, provider.Found, provider.BadInput, provider.BadInput} {
		if results[i].Outcome != want {
			t.Errorf("%d: we take the answer for %s, not %s: %s", i, results[i].Outcome, want, results[i].Message)
		}
	}
	for i := range sent {
		if !reflect.DeepEqual(sent[i], all[i]) {
			t.Errorf("the definition asks\n%+v\nand the client\n%+v", all[i], sent[i])
		}
	}
}

// weAsk does what the client does, by our definition.
func weAsk(t *testing.T, conn provider.Connection) (out []provider.Result) {
	t.Helper()
	defs, err := Destinations()
	if err != nil {
		t.Fatal(err)
	}
	p := declarative.New(defs[0])
	names := map[string]any{"names": []any{"jobtitle", "city"}}
	call := func(id string, fields map[string]any, options map[string]any) provider.Call {
		return provider.Call{Key: id, Inputs: map[string]any{"id": id, "fields": fields}, Options: options}
	}
	for _, c := range []struct {
		op    string
		calls []provider.Call
	}{
		{declarative.OpRead, []provider.Call{call("501", nil, names), call("999", nil, names)}},
		{declarative.OpWrite, []provider.Call{call("501", map[string]any{"jobtitle": "VP", "city": "Berlin"}, nil), call("502", map[string]any{"jobtitle": "refuse me"}, nil)}},
		{declarative.OpWrite, []provider.Call{call("not a number", map[string]any{"jobtitle": "VP"}, nil)}},
	} {
		op, err := p.Ready(c.op, conn)
		if err != nil {
			t.Fatal(err)
		}
		batch, is := op.(provider.Batcher)
		if !is {
			t.Fatalf("%s takes one at a time", c.op)
		}
		got, err := batch.DoBatch(t.Context(), c.calls)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, got...)
	}
	return out
}
