package declarative

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fettle"
	"fettle/provider"
)

// A job of one record has the record as its body, and its answer is the record's.
func TestJobOfOneRecord(t *testing.T) {
	one := strings.NewReplacer("      items_at: people\n      max_items: 3\n", "      max_items: 1\n", `items: "body.people", match_item: "item.id"`, `items: "[body]"`).Replace(batchDefinition)
	var body []byte
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ = io.ReadAll(r.Body)
			w.WriteHeader(http.StatusAccepted)
			_, _ = w.Write([]byte(`{"job":"j1"}`))
			return
		}
		_, _ = w.Write([]byte(`{"state":"done","mail":"a@b.c","price":1.5}`))
	}))
	t.Cleanup(srv.Close)
	op, err := New(mustParse(t, one)).Prepare(fettle.Step{Provider: "bulk/enrich"}, provider.Connection{Key: "k3y", BaseURL: srv.URL, Client: srv.Client()})
	if err != nil {
		t.Fatal(err)
	}
	res, err := op.Do(t.Context(), provider.Call{Key: "k1", Inputs: map[string]any{"name": "Ann"}})
	if err != nil || res.Outcome != provider.Accepted || string(body) != `{"who":"Ann","id":"k1"}` && string(body) != `{"id":"k1","who":"Ann"}` {
		t.Fatalf("%+v, %v, sent %s", res, err, body)
	}
	out, err := op.(provider.Poller).Poll(t.Context(), res.JobID, []string{"k1"}) //nolint:forcetypeassert // else the test fails
	if got := out["k1"]; err != nil || got.Outcome != provider.Found || got.Units != 1_500_000 || got.Outputs["email"] != "a@b.c" {
		t.Errorf("%+v, %v", out, err)
	}
	if _, err := Parse([]byte(strings.Replace(one, "first_after: 5s,", "body: {id: '{{job_id}}'},", 1))); err == nil || !strings.Contains(err.Error(), "a GET has no body") {
		t.Errorf("a body of a GET: %v", err)
	}
	if _, err := Parse([]byte(strings.Replace(one, "max_items: 1", "max_items: 2", 1))); err == nil || !strings.Contains(err.Error(), "no place for it") {
		t.Errorf("two records without a place for them: %v", err)
	}
}
