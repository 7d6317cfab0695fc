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

const listDefinition = `apiVersion: provider/v1
kind: DataProvider
id: list
auth: {type: none}
server: {base_url: "https://list.test"}
operations:
  - id: enrich
    inputs: {fields: {name: {type: text}}}
    mode: batch
    request: {method: POST, path: /many, item: {who: "{{input.name}}"}, max_items: 4}
    submit_outcomes: [{when: "resp.status == 200", is: accepted}, {when: "resp.status == 400", is: bad_input}]
    results: {items: "body"}
    outcomes: [{when: "item.?mail.orValue('') != ''", is: found}, {when: "true", is: not_found}]
    outputs: [{field: email, type: email, value: "item.mail"}]
    cost: {unit: credit, estimate: "2.0", charged_on: [found], minimum: "5.0"}
`

// TestABatchInItsOrder: records without a key of their own are known by their place,
// in a body that is nothing but their list. An answer of another length is about
// nobody.
func TestABatchInItsOrder(t *testing.T) {
	status, answer, body := 200, "", ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		body = string(b)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer srv.Close()
	prepared, err := New(mustParse(t, listDefinition)).Prepare(fettle.Step{Provider: "list/enrich"}, provider.Connection{BaseURL: srv.URL, Client: srv.Client()})
	if err != nil {
		t.Fatal(err)
	}
	op, ok := prepared.(*BatchOperation)
	if !ok {
		t.Fatalf("%T", prepared)
	}
	if _, polled := prepared.(provider.Poller); polled || !strings.HasSuffix(op.Info().Billing, "at least 5.0 a request, up to 4 records a request") {
		t.Errorf("polled %v, billed %q", polled, op.Info().Billing)
	}
	calls := []provider.Call{named("a", "Ann"), named("b", ""), named("c", "Cy")}
	for _, tt := range []struct {
		status   int
		answer   string
		outcomes string
		units    provider.Units // of the last
		whole    bool
	}{
		{200, `[{}, {"mail": "cy@x.com"}]`, "not_found bad_input found", 2, false},
		{200, `[{"mail": "cy@x.com"}]`, "unknown bad_input unknown", 0, true},
		{200, `{"people": []}`, "unknown bad_input unknown", 0, true},
		{400, `{"error": "one is bad"}`, "bad_input bad_input bad_input", 0, true},
	} {
		status, answer = tt.status, tt.answer
		out, err := op.DoBatch(t.Context(), calls)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range out {
			got = append(got, string(r.Outcome))
		}
		if strings.Join(got, " ") != tt.outcomes || out[2].Units != tt.units*provider.Unit || out[2].Whole != tt.whole || out[1].Whole {
			t.Errorf("%s: %v, %+v", tt.answer, got, out[2])
		}
	}
	if body != `[{"who":"Ann"},{"who":"Cy"}]` {
		t.Errorf("sent %s", body)
	}
	q, _ := op.Quote(calls[0])
	beside, _ := op.QuoteBeside(calls[0])
	if q != (provider.Quote{Low: 0, Expected: 2 * provider.Unit, HitMax: 5 * provider.Unit, MissMax: 5 * provider.Unit}) || beside.Max() != 2*provider.Unit {
		t.Errorf("alone %+v, beside others %+v", q, beside)
	}
}

// TestWhatBelongsToABatch refuses parts of a definition where they mean nothing.
func TestWhatBelongsToABatch(t *testing.T) {
	for _, tt := range []struct{ old, now, says string }{
		{`results: {items: "body"}`, ``, "results"},
		{`results: {items: "body"}`, `results: {items: "body"}
    job_id: "body.id"`, "async_batch"},
		{`minimum: "5.0"`, `minimum: "input.name == 'x' ? 5.0 : 1.0"`, "input"},
		{`item: {who: "{{input.name}}"}, `, ``, "item"},
	} {
		_, err := Parse([]byte(strings.Replace(listDefinition, tt.old, tt.now, 1)))
		if e := fettle.AsError(err); err == nil || !strings.Contains(e.Message+e.Hint, tt.says) {
			t.Errorf("%s: %v", tt.now, err)
		}
	}
}
