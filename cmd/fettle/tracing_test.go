package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"fettle/provider/sandbox"
)

// collector is an OTLP receiver: it keeps the spans that it is sent, and all bytes.
type collector struct {
	mu    sync.Mutex
	spans []otlpSpan
	raw   strings.Builder
	key   string
}

type otlpSpan struct {
	TraceID, SpanID, ParentSpanID, Name string
	Kind                                int
	StartTimeUnixNano, EndTimeUnixNano  string
	Attributes                          []struct {
		Key   string
		Value struct{ StringValue, IntValue string }
	}
	Status struct{ Code int }
}

func (s otlpSpan) attr(key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.StringValue + a.Value.IntValue
		}
	}
	return ""
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var in struct {
		ResourceSpans []struct {
			Resource struct {
				Attributes []struct {
					Key   string
					Value struct{ StringValue string }
				}
			}
			ScopeSpans []struct{ Spans []otlpSpan }
		}
	}
	if err := json.Unmarshal(body, &in); err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" {
		http.Error(w, "not OTLP", http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	c.key = r.Header.Get("X-Key")
	for _, rs := range in.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			c.spans = append(c.spans, ss.Spans...)
		}
	}
	_, _ = io.WriteString(w, "{}")
}

// named gives the spans whose name has a text in it.
func (c *collector) named(text string) (out []otlpSpan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.spans {
		if strings.Contains(s.Name, text) {
			out = append(out, s)
		}
	}
	return out
}

// TestTraces buys two e-mails while a collector listens, by two steps each: it is told
// of the request that started it, of the page that was claimed and of each call below
// it, the later step's too, and of no person.
func TestTraces(t *testing.T) {
	t.Parallel()
	vendor := httptest.NewServer(sandbox.New(sandbox.Defaults()).Handler())
	t.Cleanup(vendor.Close)
	var c collector
	web := httptest.NewServer(&c)
	t.Cleanup(web.Close)
	p := newProgram(t)
	p.env["FETTLE_SANDBOX"] = vendor.URL
	p.env["OTEL_EXPORTER_OTLP_ENDPOINT"], p.env["OTEL_EXPORTER_OTLP_HEADERS"] = web.URL+"/", "x-key=a%20key"
	csv := filepath.Join(p.env["HOME"], "people.csv")
	writeFile(t, csv, "External ID,Name,Company domain\n1,Ada Lovelace,acme.com\n2,Cy Twombly,gamma.dev\n")
	p.must("import", csv, "--entity", "people", "--source", "crm")
	def := filepath.Join(p.env["HOME"], "work-email.yaml")
	writeFile(t, def, "apiVersion: fettle/v1\nkind: Enrichment\nname: work-email\naudience: all-people\nsteps:\n"+
		"  - provider: sandbox/find_email\n    inputs: {full_name: name, company_domain: company_domain}\n"+
		"  - provider: sandbox/company\n    inputs: {domain: company_domain}\noutputs: {email: email, industry: title}\nuntil: all\nlimit: {credits: 100}\n")
	p.must("apply", "-f", def)
	if len(c.named("")) > 0 {
		t.Error("commands that do not serve tell traces")
	}
	url, stop := p.serve("--addr", "127.0.0.1:0")
	const above = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/api/v1/enrichments/work-email", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Traceparent", above)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	remote := program{t: t, env: map[string]string{"FETTLE_SERVER": url, "HOME": t.TempDir()}}
	if code, _, errs := remote.run("enrichment", "start", "work-email"); code != 0 {
		t.Fatal(errs)
	}
	until(t, "both calls are told", func() bool {
		return len(c.named("call sandbox/find_email")) == 2 && len(c.named("call sandbox/company")) == 2
	})
	stop() // what is left is sent

	claims := c.named("claim")
	if len(claims) != 1 || claims[0].attr("fettle.rows") != "2" || claims[0].attr("fettle.enrichment") != "work-email" {
		t.Fatalf("claims: %+v", claims)
	}
	for _, s := range c.named("call ") {
		if s.TraceID != claims[0].TraceID || s.ParentSpanID != claims[0].SpanID || s.Kind != 3 || s.attr("fettle.outcome") != "found" || s.Status.Code != 0 {
			t.Errorf("a call: %+v", s)
		}
		if s.StartTimeUnixNano >= s.EndTimeUnixNano || s.StartTimeUnixNano < claims[0].StartTimeUnixNano {
			t.Errorf("its times: %s to %s", s.StartTimeUnixNano, s.EndTimeUnixNano)
		}
	}
	reads := c.named("GET /api/v1/enrichments/{name}")
	if len(reads) == 0 || reads[0].TraceID != above[3:35] || reads[0].ParentSpanID != above[36:52] || reads[0].attr("http.response.status_code") != "200" {
		t.Errorf("the request with a parent: %+v", reads)
	}
	if posts := c.named("POST /api/v1/enrichments/{name}"); len(posts) == 0 || posts[0].Kind != 2 {
		t.Errorf("the start: %+v", posts)
	}
	for _, private := range []string{"ovelace", "wombly", "acme.com", "gamma.dev", "@", "127.0.0.1"} {
		if strings.Contains(c.raw.String(), private) {
			t.Errorf("the collector is told %q", private)
		}
	}
	if c.key != "a key" {
		t.Errorf("the collector's key: %q", c.key)
	}
}

// TestTracesRefused holds what of OpenTelemetry's variables is refused, and that a
// server works on without its collector.
func TestTracesRefused(t *testing.T) {
	t.Parallel()
	for variable, value := range map[string]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_HEADERS": "no pair",
		"OTEL_TRACES_SAMPLER": "jaeger_remote", "OTEL_RESOURCE_ATTRIBUTES": "=x",
	} {
		p := newProgram(t)
		p.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1"
		p.env[variable] = value
		if code, _, errs := p.run("serve", "--addr", "127.0.0.1:0"); code != 2 || !strings.Contains(errs, variable) {
			t.Errorf("%s=%s: exit %d: %s", variable, value, code, errs)
		}
	}
	p := newProgram(t)
	p.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1"
	url, stop := p.serve("--addr", "127.0.0.1:0")
	if got := status(t, url+"/api/v1/audiences"); got != http.StatusOK {
		t.Errorf("without its collector: %d", got)
	}
	if code := stop(); code != 0 {
		t.Errorf("serve ends with %d", code)
	}
}
