package declarative

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/provider"
)

const batchDefinition = `
apiVersion: provider/v1
kind: DataProvider
id: bulk
auth: {type: bearer}
server: {base_url: "https://bulk.test"}
limits: {retry_after: {header: retry-after}}
operations:
  - id: enrich
    inputs: {fields: {name: {type: text}}}
    mode: async_batch
    request:
      method: POST
      path: /jobs
      item: {who: "{{input.name}}", id: "{{ref}}"}
      items_at: people
      max_items: 3
      max_item_bytes: 60
    submit_outcomes:
      - {when: "resp.status == 202", is: accepted}
      - {when: "true", is: failed}
    job_id: "body.job"
    poll: {method: GET, path: "/jobs/{{job_id}}", first_after: 5s, pending: "body.state != 'done'", items: "body.people", match_item: "item.id"}
    outcomes:
      - {when: "item.?mail.orValue('') != ''", is: found}
      - {when: "item.?state.orValue('') == 'error'", is: failed}
      - {when: "true", is: not_found}
    outputs: [{field: email, type: email, value: "item.?mail"}]
    cost: {unit: credit, estimate: "2.0", charged_on: [found], actual: "item.price"}
`

func batchOperation(t *testing.T, h http.HandlerFunc) *JobOperation {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	op, err := New(mustParse(t, batchDefinition)).Prepare(fettle.Step{Provider: "bulk/enrich"}, provider.Connection{Key: "k3y", BaseURL: srv.URL, Client: srv.Client()})
	if err != nil {
		t.Fatal(err)
	}
	batch, ok := op.(*JobOperation)
	if !ok {
		t.Fatalf("%T is not a batch", op)
	}
	return batch
}

func named(key, name string) provider.Call {
	return provider.Call{Key: key, Inputs: map[string]any{"name": name}}
}

func TestBatch(t *testing.T) {
	var body, auth string
	op := batchOperation(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body, auth = string(b), r.Header.Get("Authorization")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"job":17}`)
	})
	out, err := op.DoBatch(t.Context(), []provider.Call{named("a", "Ann"), named("b", ""), named("c", strings.Repeat("x", 60)), named("d", "Dan")})
	if err != nil {
		t.Fatal(err)
	}
	want := []provider.Outcome{provider.Accepted, provider.BadInput, provider.BadInput, provider.Accepted}
	for i, res := range out {
		if res.Outcome != want[i] || (res.JobID == "17") != (res.Outcome == provider.Accepted) {
			t.Errorf("%d: %+v", i, res)
		}
	}
	if body != `{"people":[{"id":"a","who":"Ann"},{"id":"d","who":"Dan"}]}` || auth != "Bearer k3y" {
		t.Errorf("%s, %s", body, auth)
	}
	if first, every, giveUp := op.PollTimes(); op.MaxBatch() != 3 || first != 5*time.Second || every != 30*time.Second || giveUp != 24*time.Hour {
		t.Error(op.PollTimes())
	}
	body = ""
	if out, err = op.DoBatch(t.Context(), []provider.Call{named("b", "")}); err != nil || out[0].Outcome != provider.BadInput || body != "" {
		t.Errorf("nothing to ask: %+v, %s", out, body)
	}
}

func TestAJobWithoutAnIDIsUnknown(t *testing.T) {
	op := batchOperation(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{}`)
	})
	if res, err := op.Do(t.Context(), named("a", "Ann")); err != nil || res.Outcome != provider.Unknown {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestPoll(t *testing.T) {
	status, body := 200, ""
	op := batchOperation(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.EscapedPath() != "/jobs/x%2Fy" {
			t.Errorf("path %s", r.URL)
		}
		w.Header().Set("Retry-After", "4")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
	poll := func() map[string]provider.Result {
		t.Helper()
		out, err := op.Poll(t.Context(), "x/y", []string{"a", "b", "c", "d"})
		if err != nil || len(out) != 4 {
			t.Fatal(out, err)
		}
		return out
	}
	// Nothing that goes wrong with asking ends a job.
	for _, tt := range []struct {
		status int
		body   string
	}{{200, `{"state":"busy"}`}, {429, `{}`}, {500, `{"state":"done","people":[]}`}, {200, `<html>`}, {404, ``}, {200, `{"state":"done"}`}, {401, `{}`}} {
		status, body = tt.status, tt.body
		if res := poll()["a"]; res.Outcome != provider.Pending || res.RetryAfter != 4*time.Second || (res.Message == "") != strings.Contains(tt.body, "busy") {
			t.Errorf("%d %s: %+v", tt.status, tt.body, res)
		}
	}
	status, body = 200, `{"state":"done","people":[{"id":"a","mail":"a@b.c","price":1.5},{"id":"b","price":1},{"id":"d","state":"error","message":"x"},{"id":"zz","mail":"z@z.z"},{"noid":1}]}`
	out := poll()
	if a := out["a"]; a.Outcome != provider.Found || a.Units != 1_500_000 || a.Outputs["email"] != "a@b.c" || !json.Valid(a.Raw) || strings.Contains(string(a.Raw), "zz") {
		t.Errorf("a: %+v %s", a, a.Raw)
	}
	if b, c, d := out["b"], out["c"], out["d"]; b.Outcome != provider.NotFound || b.Units != 0 || c.Outcome != provider.Unknown || d.Outcome != provider.Failed {
		t.Errorf("%+v\n%+v\n%+v", b, c, d)
	}
}
