package engine_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// vendor is a data provider that a workspace defines itself, with its own note
// of what arrived.
type vendor struct {
	http *httptest.Server
	most int          // calls that are answered before another key holds; 0: all
	last int64        // the key that holds in the end: its calls are all answered
	now  atomic.Int64 // the key that holds: calls note it when they arrive

	mu    sync.Mutex
	calls []vendorCall
}

type vendorCall struct {
	key, path, body string
	headers         string
	held            int64 // the number of the key that held when it arrived
}

func newVendor(t *testing.T) *vendor {
	t.Helper()
	v := &vendor{}
	v.http = httptest.NewServer(v)
	t.Cleanup(v.http.Close)
	return v
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	held := v.now.Load()
	v.mu.Lock()
	v.calls = append(v.calls, vendorCall{key: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), path: r.URL.Path, body: string(body), headers: fmt.Sprint(r.Header), held: held})
	of := 0
	for _, c := range v.calls {
		if c.held == held {
			of++
		}
	}
	v.mu.Unlock()
	for v.most > 0 && of > v.most && v.now.Load() == held && held < v.last && r.Context().Err() == nil {
		time.Sleep(5 * time.Millisecond) // until the next key holds
	}
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/chat/completions") {
		_, _ = io.WriteString(w, `{"id":"x","object":"chat.completion","model":"gpt-5-mini","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"{\"text\":\"x\"}"}}],"usage":{"prompt_tokens":100,"completion_tokens":100,"total_tokens":200}}`)
		return
	}
	_, _ = io.WriteString(w, `{"found":true,"v":"x","credits":1}`)
}

func (v *vendor) host() string {
	u, _ := url.Parse(v.http.URL)
	return u.Host
}

// seen is what arrived so far.
func (v *vendor) seen() []vendorCall {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]vendorCall(nil), v.calls...)
}

// definition is a provider/v1 definition of the vendor. more goes into auth.
func (v *vendor) definition(id, path, more string) []byte {
	return []byte(fmt.Sprintf(`apiVersion: provider/v1
kind: DataProvider
id: %s
name: Vendor
definition_version: 2026.11.28
auth: {type: bearer%s}
server: {base_url: %q, timeout: 20s}
operations:
  - id: find
    title: Find
    entity: person
    inputs:
      fields: {name: {type: text, label: Name}}
      require_any: [[name]]
    request: {method: POST, path: %s, body: {name: "{{input.name}}"}}
    outcomes:
      - {when: "resp.status == 200 && body.found == true", is: found}
    outputs:
      - {field: v, type: text, value: "body.v"}
    cost: {unit: credit, estimate: "1.0", miss: "1.0", charged_on: [found], actual: "body.credits"}
    idempotency: {mode: none}
fixtures:
  - {name: found, op: find, input: {name: Ada}, response: {status: 200, body: {found: true, v: x, credits: 1}}, expect: {outcome: found, outputs: {v: x}, cost: "1.0"}}
`, id, more, v.http.URL, path))
}

// vendorWorld is a world with two vendors, and an enrichment that asks the
// first about everyone and follows.
func vendorWorld(t *testing.T, dsn string) (w *world, a, b *vendor) {
	t.Helper()
	w, a, b = newWorld(t, opened(t, dsn), sandbox.Config{HitRate: 1, Seed: 1}), newVendor(t), newVendor(t)
	w.hosts = []string{a.host(), b.host()}
	w.e = w.engine()
	return w, a, b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// askVendor is an enrichment that asks the vendor.
func askVendor() fettle.Definition {
	d := findEmail(fettle.AllPeople, 100_000)
	d.Steps = []fettle.Step{{Provider: "vendor/find", Inputs: map[string]string{"name": "name"}}}
	d.Outputs = fettle.Outputs{{Name: "v", Field: "title"}}
	d.Write = fettle.Overwrite
	return d
}

// TestWhatOneProcessChangesAllUse changes, as another process, how a provider
// is reached and what it costs while a server runs and waits: its next call
// goes by the change.
func TestWhatOneProcessChangesAllUse(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, kind)
			w, a, b := vendorWorld(t, dsn)
			w.work(w.e)
			cli := w.colleague(dsn)
			ctx, n := t.Context(), 0
			// more imports a person and gives the call that was made for it, and what was charged.
			more := func(v *vendor) (vendorCall, fettle.Credits) {
				before, spent := len(v.seen()), w.show("ask").SpentCredits
				w.people(n, 1, "")
				n++
				view := w.until("ask", func(view fettle.EnrichmentView) bool {
					return view.Rows.Found == int64(n) || view.State != fettle.Live
				})
				calls := v.seen()
				if view.State != fettle.Live || len(calls) != before+1 {
					t.Fatalf("%s (%s): %d calls arrived, want 1", view.State, view.PauseDetail, len(calls)-before)
				}
				return calls[before], view.SpentCredits - spent
			}
			key, two, url := "first", 2*fettle.Credit, b.http.URL

			// The running server knows neither the provider nor its price.
			must(t, cli.SaveDefinition(ctx, admin, a.definition("vendor", "/v1/find", "")))
			must(t, cli.SetConnection(ctx, admin, "vendor", engine.ConnectionInput{Key: &key, UnitCredits: credits(1)}))
			_, err := cli.SaveEnrichment(ctx, admin, "ask", askVendor())
			must(t, err)
			_, err = cli.Start(ctx, admin, "ask", engine.StartOptions{})
			must(t, err)
			if c, cost := more(a); c.key != "first" || c.path != "/v1/find" || cost != fettle.Credit {
				t.Fatalf("the first call: %+v at %s", c, cost)
			}

			must(t, cli.SetConnection(ctx, admin, "vendor", engine.ConnectionInput{UnitCredits: &two}))
			if _, cost := more(a); cost != two {
				t.Errorf("after the price was raised to 2: charged %s", cost)
			}
			key = "second"
			must(t, cli.SetConnection(ctx, admin, "vendor", engine.ConnectionInput{Key: &key}))
			if c, _ := more(a); c.key != "second" {
				t.Errorf("after the key was changed: %+v", c)
			}
			must(t, cli.SaveDefinition(ctx, admin, a.definition("vendor", "/v2/find", "")))
			if c, _ := more(a); c.path != "/v2/find" {
				t.Errorf("after the definition was replaced: %+v", c)
			}
			must(t, cli.SetConnection(ctx, admin, "vendor", engine.ConnectionInput{BaseURL: &url}))
			if c, _ := more(b); c.path != "/v2/find" || c.key != "second" {
				t.Errorf("after the address was changed: %+v", c)
			}
			w.sound()
		})
	}
}

// TestAModelsPriceIsOneForAllProcesses raises, as another process, the price of
// the model that a running server asks.
func TestAModelsPriceIsOneForAllProcesses(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, kind)
			w, a, _ := vendorWorld(t, dsn)
			w.work(w.e)
			cli, ctx := w.colleague(dsn), t.Context()
			key, url := "k", a.http.URL+"/v1"
			must(t, cli.SetConnection(ctx, admin, "llm/openai", engine.ConnectionInput{Key: &key, BaseURL: &url}))
			d := findEmail(fettle.AllPeople, 100_000)
			d.Steps = []fettle.Step{{Provider: "llm/openai", Model: "own-model", Prompt: "Who is {{ name }}?", Output: map[string]any{"text": map[string]any{"type": "string"}}, MaxOutputTokens: 100}}
			d.Outputs, d.Write = fettle.Outputs{{Name: "text", Field: "title"}}, fettle.Overwrite
			price := provider.ModelPrice{
				Provider: "llm/openai", Model: "own-model", Input: provider.Unit, Output: provider.Unit, Context: 10_000, MaxOutput: 1000, EffectiveFrom: "2020-01-01",
			}
			must(t, cli.SetPrice(ctx, admin, price))
			_, err := cli.SaveEnrichment(ctx, admin, "ask", d)
			must(t, err)
			_, err = cli.Start(ctx, admin, "ask", engine.StartOptions{})
			must(t, err)
			w.people(0, 1, "")
			one := w.until("ask", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 1 || v.State != fettle.Live })
			price.Input, price.Output = 10*provider.Unit, 10*provider.Unit
			must(t, cli.SetPrice(ctx, admin, price))
			w.people(1, 1, "")
			two := w.until("ask", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 2 || v.State != fettle.Live })
			if one.SpentCredits == 0 || two.SpentCredits != 11*one.SpentCredits {
				b, _ := json.Marshal(two)
				t.Errorf("spent %s, then %s at ten times the price: %s", one.SpentCredits, two.SpentCredits-one.SpentCredits, b)
			}
		})
	}
}

// TestARotatedKeyIsUsedNoMore changes the key again and again while calls leave
// without a pause in another process: none arrives with a key that was replaced
// before the change had been confirmed.
func TestARotatedKeyIsUsedNoMore(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, kind)
			w, a, _ := vendorWorld(t, dsn)
			a.most, a.last = 50, 4
			w.work(w.e)
			cli, ctx := w.colleague(dsn), t.Context()
			rotate := func(i int64) {
				key := fmt.Sprintf("key%d", i)
				must(t, cli.SetConnection(ctx, admin, "vendor", engine.ConnectionInput{Key: &key, UnitCredits: credits(1)}))
				a.now.Store(i)
			}
			must(t, cli.SaveDefinition(ctx, admin, a.definition("vendor", "/v1/find", "")))
			rotate(1)
			w.people(0, 1000, "")
			_, err := cli.SaveEnrichment(ctx, admin, "ask", askVendor())
			must(t, err)
			_, err = cli.Start(ctx, admin, "ask", engine.StartOptions{})
			must(t, err)
			for i := int64(2); i <= a.last; i++ {
				before := len(a.seen())
				w.until("ask", func(fettle.EnrichmentView) bool { n := len(a.seen()); return n > before || n == 1000 })
				rotate(i)
			}
			if v := w.settle("ask"); v.Rows.Found != 1000 {
				t.Fatalf("%+v", v)
			}
			used := map[string]int{}
			for _, c := range a.seen() {
				used[c.key]++
				if c.key < fmt.Sprintf("key%d", c.held) {
					t.Fatalf("%s arrived when key%d held", c.key, c.held)
				}
			}
			t.Logf("calls by key: %v", used)
			if len(used) < 3 {
				t.Errorf("calls with %d keys: none was made after most of them were replaced", len(used))
			}
			if len(a.seen()) != 1000 {
				t.Errorf("%d calls, want 1000", len(a.seen()))
			}
			w.sound()
		})
	}
}
