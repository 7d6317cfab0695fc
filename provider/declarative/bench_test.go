package declarative

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fettle"
	"fettle/internal/safehttp"
	"fettle/provider"
)

const benchDefinition = `
apiVersion: provider/v1
kind: DataProvider
id: bench
auth: {type: none}
server: {base_url: "http://provider.test"}
operations:
  - id: find_email
    entity: person
    inputs: {fields: {full_name: {type: text}, company_domain: {type: domain}}}
    request: {method: POST, path: /v1/find_email, body: {full_name: "{{input.full_name}}", company_domain: "{{input.company_domain}}"}}
    outcomes:
      - {when: "resp.status == 200 && body.found == true", is: found}
      - {when: "resp.status == 200 && body.found == false", is: not_found}
      - {when: "resp.status == 429", is: throttled}
    outputs: [{field: email, type: email, value: "body.data.email"}]
    cost: {unit: credit, estimate: "1.0", charged_on: [found], actual: "body.credits"}
    idempotency: {mode: key}
`

func benchOperation(b *testing.B, client *http.Client, base string) provider.Operation {
	b.Helper()
	d, err := Parse([]byte(benchDefinition))
	if err != nil {
		b.Fatal(err)
	}
	op, err := New(d).Prepare(fettle.Step{Provider: "bench/find_email"}, provider.Connection{BaseURL: base, Client: client})
	if err != nil {
		b.Fatal(err)
	}
	return op
}

var benchCall = provider.Call{Key: "k1", Inputs: map[string]any{"full_name": "Ada Lovelace", "company_domain": "example.com"}}

// BenchmarkDo is a call without a network: what the definition itself costs.
func BenchmarkDo(b *testing.B) {
	canned := &cannedTransport{response: &fixtureResponse{Status: 200, Text: `{"found":true,"data":{"email":"ada@example.com"},"credits":1}`}}
	op := benchOperation(b, &http.Client{Transport: canned}, "")
	b.ReportAllocs()
	for b.Loop() {
		if res, err := op.Do(context.Background(), benchCall); err != nil || res.Outcome != provider.Found {
			b.Fatal(res, err)
		}
	}
}

func BenchmarkQuote(b *testing.B) {
	op := benchOperation(b, nil, "")
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := op.Quote(benchCall); !ok {
			b.Fatal("no quote")
		}
	}
}

// BenchmarkHTTP is a call over a loopback connection, 64 at once.
func BenchmarkHTTP(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"found":true,"data":{"email":"ada@example.com"},"credits":1}`))
	}))
	defer srv.Close()
	client, err := safehttp.NewClient(safehttp.Options{Allow: []string{"127.0.0.1"}})
	if err != nil {
		b.Fatal(err)
	}
	op := benchOperation(b, client, srv.URL)
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if res, err := op.Do(context.Background(), benchCall); err != nil || res.Outcome != provider.Found {
				b.Fatal(res, err)
			}
		}
	})
}

// BenchmarkBareHTTP is the bound of BenchmarkHTTP: the same exchange with a
// bare client.
func BenchmarkBareHTTP(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"found":true,"data":{"email":"ada@example.com"},"credits":1}`))
	}))
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			bareCall(b, client, srv.URL)
		}
	})
}

func bareCall(b *testing.B, client *http.Client, url string) {
	b.Helper()
	body := `{"company_domain":"example.com","full_name":"Ada Lovelace"}`
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.ReadAll(resp.Body); err != nil {
		b.Fatal(err)
	}
}
