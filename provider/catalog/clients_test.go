package catalog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"fettle"
	"fettle/provider"
	"fettle/provider/declarative"
)

// clientKey is as long as the clients want keys to be.
var clientKey = strings.Repeat("k3y0", 16)

// clientCase is a call of a vendor's client, beside the fixture that asks the
// same.
type clientCase struct {
	fixture string // vendor: its name
	call    string // of the client
	args    string // JSON
	refused bool   // the client throws
	says    string // part of what it gives, as JSON, or of what it throws
}

var clientCases = []clientCase{
	{"peopledatalabs: a person", "person.enrichment", `[{"name":"Ada Lovelace","company":"acme.com","min_likelihood":6}]`, false, `"work_email":"ada@acme.com"`},
	{"peopledatalabs: nobody, which is free", "person.enrichment", `[{"email":"nobody@acme.com","min_likelihood":6}]`, true, "No records were found"},
	{"peopledatalabs: all matches used", "person.enrichment", `[{"email":"ada@acme.com","min_likelihood":6}]`, true, "Payment Required"},
	{"peopledatalabs: too fast", "person.enrichment", `[{"email":"ada@acme.com","min_likelihood":6}]`, true, "too quick"},
	{
		"peopledatalabs: two of a bulk request, of whom one is nobody", "person.bulk.enrichment",
		`[{"requests":[{"metadata":{"ref":"r1"},"params":{"profile":"https://www.linkedin.com/in/ada","min_likelihood":6}}]}]`, false, `"likelihood":10`,
	},
	{"peopledatalabs: a company whose count is within its band", "company.enrichment", `[{"website":"acme.com","min_likelihood":6}]`, false, `"employee_count":120`},
	{
		"peopledatalabs: a company of a bulk request", "company.bulk.enrichment",
		`[{"requests":[{"metadata":{"ref":"r1"},"params":{"website":"acme.com","min_likelihood":6}}]}]`, false, `"employee_count":812`,
	},
	{"neverbounce: valid", "single.check", `["support@neverbounce.com",null,null,30]`, false, `"result":"valid"`},
	{"neverbounce: a wrong key, with the status 200", "single.check", `["ada@acme.com",null,null,30]`, true, "auth_failure"},
	{"neverbounce: too fast, with the status 200", "single.check", `["ada@acme.com",null,null,30]`, true, "throttle_triggered"},
	{"zerobounce: valid", "validateEmail", `["ada@acme.com",{"timeout":30}]`, false, `"status":"valid"`},
	{"zerobounce: a wrong key or an empty account, with the status 200", "validateEmail", `["ada@acme.com",{"timeout":30}]`, false, "ran out of credits"},
	{"exa: an answer with its pages", "answer", `["What does this company sell, and to whom? The company is Acme acme.com"]`, false, `"total":0.005`},
	{
		"exa: the profile of the one who was asked for", "search",
		`["Ada Lovelace at Acme",{"type":"auto","category":"people","numResults":10,"contents":false}]`, false, "linkedin.com/in/ada",
	},
	{"exa: a wrong key", "search", `["Acme",{"type":"auto","category":"company","numResults":10,"contents":false}]`, true, "Invalid API key"},
	{
		"firecrawl: a page", "scrape",
		`["https://acme.com",{"formats":["markdown"],"onlyMainContent":true,"parsers":[],"maxAge":0,"timeout":60000}]`, false, `"markdown":"# Acme"`,
	},
	{
		"firecrawl: no credits", "scrape",
		`["https://acme.com",{"formats":["markdown"],"onlyMainContent":true,"parsers":[],"maxAge":0,"timeout":60000}]`, true, "Payment required",
	},
	{
		"firecrawl: an agent is never started without a cap", "startAgent",
		`[{"prompt":"What does this company sell, and to whom? The company is Acme acme.com. Give null where nothing says it.",` +
			`"schema":{"type":"object","properties":{"answer":{"type":["string","null"]},"source_url":{"type":["string","null"]}},"required":["answer","source_url"]},` +
			`"maxCredits":100,"model":"spark-1-mini"}]`, false, `"id":"7f0e"`,
	},
}

// sent is what a client or a definition asks.
type sent struct {
	Method string
	Path   string
	Query  url.Values
	Body   any
	Keyed  bool // the key is somewhere in it
}

// vendorFake answers each case from its fixture, and keeps what was asked.
type vendorFake struct {
	mu      sync.Mutex
	answers []http.HandlerFunc
	asked   map[int]sent
}

// ServeHTTP reads the case from the beginning of the path: /case-7/v2/…
func (f *vendorFake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var i int
	first, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if _, err := fmt.Sscanf(first, "case-%d", &i); err != nil || i >= len(f.answers) {
		http.Error(w, "no such case", http.StatusTeapot)
		return
	}
	raw, _ := io.ReadAll(r.Body)
	s := sent{Method: r.Method, Path: "/" + rest, Query: r.URL.Query()}
	s.Keyed = strings.Contains(fmt.Sprint(r.URL, r.Header)+string(raw), clientKey)
	if len(raw) > 0 {
		var body map[string]any
		if json.Unmarshal(raw, &body) == nil {
			delete(body, "key")    // NeverBounce's
			delete(body, "origin") // which of Firecrawl's clients it is
			s.Body = body
		}
	}
	s.Query.Del("api_key")
	f.mu.Lock()
	f.asked[i] = s
	f.mu.Unlock()
	f.answers[i](w, r)
}

// take gives what was asked in a case, and forgets it.
func (f *vendorFake) take(i int) (sent, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.asked[i]
	delete(f.asked, i)
	return s, ok
}

// clientsFolder is where the clients are installed. Without them the test is
// skipped, and fails where CI=true.
func clientsFolder(t *testing.T) string {
	t.Helper()
	lack := t.Skip
	if os.Getenv("CI") == "true" {
		lack = t.Fatal
	}
	if _, err := exec.LookPath("node"); err != nil {
		lack("NOT COMPARED: there is no node, for the vendors' own clients")
	}
	if _, err := os.Stat(filepath.Join("clients", "node_modules")); err != nil {
		lack("NOT COMPARED: the vendors' own clients are not installed: make clients")
	}
	return "clients"
}

// TestVendorClients points the vendors' own clients at the fixtures' answers:
// they accept them, and what they send is what the definitions send.
func TestVendorClients(t *testing.T) {
	folder := clientsFolder(t)
	fake := &vendorFake{asked: map[int]sent{}}
	plain, secure := httptest.NewServer(fake), httptest.NewTLSServer(fake) // NeverBounce's client speaks https alone
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	var calls []map[string]any
	var ours []func() error
	for i, c := range clientCases {
		vendor, name, _ := strings.Cut(c.fixture, ": ")
		srv := plain
		if vendor == "neverbounce" {
			srv = secure
		}
		base := fmt.Sprintf("%s/case-%d", srv.URL, i)
		answer, ask := fixtureCall(t, vendor, name, provider.Connection{Provider: vendor, BaseURL: base, Key: clientKey, Client: srv.Client()})
		fake.answers, ours = append(fake.answers, answer), append(ours, ask)
		calls = append(calls, map[string]any{"vendor": vendor, "call": c.call, "args": json.RawMessage(c.args), "base": base, "key": clientKey})
	}
	results := drive(t, folder, calls, secure)
	for i, c := range clientCases {
		theirs, asked := fake.take(i)
		if !asked {
			t.Errorf("%s: the client asked nothing: %s", c.fixture, results[i].Error)
			continue
		}
		if got := cmp.Or(results[i].Error, string(results[i].Value)); results[i].OK == c.refused || !strings.Contains(got, c.says) {
			t.Errorf("%s: the client gives %s, not %s", c.fixture, got, c.says)
		}
		if err := ours[i](); err != nil {
			t.Errorf("%s: %v", c.fixture, err)
		}
		if mine, _ := fake.take(i); !reflect.DeepEqual(mine, theirs) || !mine.Keyed {
			t.Errorf("%s: the definition asks\n%+v\nand the client\n%+v", c.fixture, mine, theirs)
		}
	}
}

// fixtureCall gives the answer of a fixture, and its call of the definition.
func fixtureCall(t *testing.T, vendor, name string, conn provider.Connection) (http.HandlerFunc, func() error) {
	t.Helper()
	defs, err := Definitions()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range defs {
		if d.ID != vendor {
			continue
		}
		for _, f := range d.Fixtures {
			if f.Name != name {
				continue
			}
			body, err := json.Marshal(f.Response.Body)
			if err != nil {
				t.Fatal(err)
			}
			op, err := declarative.New(d).Prepare(fettle.Step{Provider: vendor + "/" + f.Op, Options: f.Options}, conn)
			if err != nil {
				t.Fatal(err)
			}
			return func(w http.ResponseWriter, _ *http.Request) {
					for k, v := range f.Response.Headers {
						w.Header().Set(k, v)
					}
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(f.Response.Status)
					_, _ = w.Write(body)
				}, func() error {
					res, err := op.Do(t.Context(), provider.Call{Key: f.Ref, Inputs: f.Input})
					if err == nil && string(res.Outcome) != f.Expect.Outcome {
						err = fmt.Errorf("the outcome is %s, not %s (%s)", res.Outcome, f.Expect.Outcome, res.Message)
					}
					return err
				}
		}
	}
	t.Fatalf("%s has no fixture %q", vendor, name)
	return nil, nil
}

// driven is what came of a client's call.
type driven struct {
	OK    bool            `json:"ok"`
	Value json.RawMessage `json:"value"`
	Error string          `json:"error"`
}

// drive runs the clients, which trust the certificate of secure.
func drive(t *testing.T, folder string, calls []map[string]any, secure *httptest.Server) []driven {
	t.Helper()
	in, err := json.Marshal(calls)
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "drive.mjs")
	var errs bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stderr = folder, bytes.NewReader(in), &errs
	cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+ca, "HTTP_PROXY=", "HTTPS_PROXY=", "http_proxy=", "https_proxy=", "NO_PROXY=127.0.0.1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	var results []driven
	if err := json.Unmarshal(out, &results); err != nil || len(results) != len(calls) {
		t.Fatalf("%v: %s\n%s", err, out, errs.String())
	}
	return results
}
