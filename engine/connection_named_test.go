package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"fettle"
	"fettle/connect"
	"fettle/engine"
	"fettle/provider"
	"fettle/provider/sandbox"
	"fettle/store/storetest"
)

// shop is a vendor's server that knows every second person, and notes who was
// asked about with which key.
type shop struct {
	http *httptest.Server
	mu   sync.Mutex
	keys map[string][]string // person → the keys of the calls
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{keys: map[string][]string{}}
	s.http = httptest.NewServer(s)
	t.Cleanup(s.http.Close)
	return s
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ Name string }
	_ = json.NewDecoder(r.Body).Decode(&in)
	s.mu.Lock()
	s.keys[in.Name] = append(s.keys[in.Name], strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	known := in.Name != "" && strings.ContainsAny(in.Name[len(in.Name)-1:], "02468")
	_, _ = fmt.Fprintf(w, `{"found":%t,"v":"x","credits":1}`, known)
}

// asked counts the calls by key, and gives those who were asked about twice.
func (s *shop) asked() (calls map[string]int, twice []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls = map[string]int{}
	for name, keys := range s.keys {
		if len(keys) > 1 {
			twice = append(twice, name)
		}
		for _, k := range keys {
			calls[k]++
		}
	}
	return calls, twice
}

func (s *shop) host() string {
	u, _ := url.Parse(s.http.URL)
	return u.Host
}

// shopWorld is a world with a vendor that bills a miss too, and whose default
// connection has the key "one" and a price of 1 credit.
func shopWorld(t *testing.T, dsn string) (w *world, home, away *shop) {
	t.Helper()
	w, home, away = newWorld(t, opened(t, dsn), sandbox.Config{HitRate: 1, Seed: 1}), newShop(t), newShop(t)
	w.hosts = []string{home.host(), away.host()}
	w.e = w.engine()
	text := (&vendor{http: home.http}).definition("vendor", "/v1/find", "")
	text = bytes.Replace(text, []byte("is: found}\n"), []byte("is: found}\n      - {when: \"resp.status == 200\", is: not_found}\n"), 1)
	text = bytes.Replace(text, []byte("charged_on: [found]"), []byte("charged_on: [found, not_found]"), 1)
	must(t, w.e.SaveDefinition(t.Context(), admin, text))
	w.connect("vendor", "one", "")
	return w, home, away
}

// connect sets up a connection: a new one where it has a name of its own.
func (w *world) connect(name, key, address string) {
	w.t.Helper()
	in := engine.ConnectionInput{Key: &key, UnitCredits: credits(1)}
	if address != "" {
		in.BaseURL = &address
	}
	if strings.Contains(name, "@") {
		must(w.t, w.e.AddConnection(w.t.Context(), admin, name, in))
		return
	}
	must(w.t, w.e.SetConnection(w.t.Context(), admin, name, in))
}

// askThrough is an enrichment that asks the vendor through a connection and
// fills a field of its own.
func (w *world) askThrough(operation, field string) fettle.Definition {
	w.t.Helper()
	_, err := w.e.AddField(w.t.Context(), admin, fettle.Field{Entity: fettle.People, Key: field, Type: fettle.Text})
	must(w.t, err)
	d := askVendor()
	d.Steps[0].Provider, d.Outputs[0].Field = operation, field
	return d
}

// TestWhatWasAskedIsOfTheProviderNotOfTheConnection asks about the same people
// again and again, each time for another field and through a connection that is
// drawn: two have the vendor's own server, two another. Each server is asked
// about a person once, whichever connection of it asks first, and found or not.
func TestWhatWasAskedIsOfTheProviderNotOfTheConnection(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w, home, away := shopWorld(t, storetest.DSN(t, kind))
			w.connect("vendor@second", "two", "")
			w.connect("vendor@away", "three", away.http.URL)
			w.connect("vendor@away-2", "four", away.http.URL+"/")
			w.work(w.e)
			const people = 8
			w.people(0, people, "")
			order := []string{"vendor/find", "vendor/find@second", "vendor/find@away", "vendor/find@away-2"}
			rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			for i, operation := range append(order, order[0], order[2]) {
				name := fmt.Sprintf("ask%d", i)
				w.save(name, w.askThrough(operation, fmt.Sprintf("f%d", i)))
				w.start(name)
				v := w.settle(name)
				if v.Rows.Found+v.Rows.Reused != people/2 || v.Rows.NotFound+v.Rows.KnownNotFound != people/2 {
					t.Errorf("%v, then %s: %+v (%s)", order[:i%len(order)], operation, v.Rows, v.PauseDetail)
				}
			}
			for name, s := range map[string]*shop{"its own": home, "another": away} {
				calls, twice := s.asked()
				total := 0
				for _, n := range calls {
					total += n
				}
				if total != people || len(twice) > 0 {
					t.Errorf("%v: %s server was asked %v, want %d calls; twice about %v", order, name, calls, people, twice)
				}
			}
			if calls, _ := home.asked(); calls["three"]+calls["four"] > 0 {
				t.Errorf("keys of other servers arrived at the vendor's: %v", calls)
			}
			w.sound()
		})
	}
}

// TestLimitsOfAProviderAndOfAConnection lets 6 records be bought through one
// connection, and 10 of the provider by all of them.
func TestLimitsOfAProviderAndOfAConnection(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w, home, _ := shopWorld(t, storetest.DSN(t, kind))
			w.connect("vendor@second", "two", "")
			ctx := t.Context()
			must(t, w.e.SetLimit(ctx, admin, "provider", "vendor", fettle.Limit{Credits: credits(10)}))
			must(t, w.e.SetLimit(ctx, admin, "provider", "vendor@second", fettle.Limit{Credits: credits(6)}))
			one := int64(1)
			if err := w.e.SetLimit(ctx, admin, "provider", "vendor@second", fettle.Limit{Records: &one}); fettle.CodeOf(err) != fettle.Invalid {
				t.Errorf("a limit in records of a connection: %v", err)
			}
			w.work(w.e)
			w.people(0, 20, "")
			w.save("second", w.askThrough("vendor/find@second", "f1"))
			est, err := w.e.Estimate(ctx, admin, "second", engine.EstimateOptions{})
			must(t, err)
			if est.HighCredits != 6*fettle.Credit {
				t.Errorf("the estimate is up to %s, where a connection's limit leaves 6", est.HighCredits)
			}
			w.start("second")
			v := w.settle("second")
			if v.PauseReason != fettle.PausedByLimit || !strings.Contains(v.PauseDetail, "vendor@second") || v.SpentCredits != 6*fettle.Credit {
				t.Errorf("%s, %s spent: %s", v.PauseReason, v.SpentCredits, v.PauseDetail)
			}
			w.save("first", w.askThrough("vendor/find", "f2"))
			w.start("first")
			v = w.settle("first")
			if v.PauseReason != fettle.PausedByLimit || strings.Contains(v.PauseDetail, "@") || v.SpentCredits != 4*fettle.Credit {
				t.Errorf("%s, %s spent: %s", v.PauseReason, v.SpentCredits, v.PauseDetail)
			}
			if calls, _ := home.asked(); calls["one"] != 4 || calls["two"] != 6 {
				t.Errorf("calls by key: %v", calls)
			}
			w.sound()
		})
	}
}

// TestAConnectionIsAddedAndTakenAway adds a connection as another process while
// a server runs, and takes it away when nothing uses it any more.
func TestAConnectionIsAddedAndTakenAway(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dsn := storetest.DSN(t, kind)
			w, home, _ := shopWorld(t, dsn)
			w.work(w.e)
			cli, ctx := w.colleague(dsn), t.Context()
			def := w.askThrough("vendor/find@team-b", "f1")
			_, err := cli.SaveEnrichment(ctx, admin, "ask", def)
			if fettle.CodeOf(err) != fettle.NotFound || !strings.Contains(fettle.AsError(err).Hint, "fettle provider connect vendor@team-b") {
				t.Errorf("before there is one: %v", err)
			}
			key, three := "two", 3*fettle.Credit
			must(t, cli.AddConnection(ctx, admin, "vendor@team-b", engine.ConnectionInput{Key: &key, UnitCredits: &three}))
			if err := w.e.AddConnection(ctx, admin, "vendor@team-b", engine.ConnectionInput{}); fettle.CodeOf(err) != fettle.Refused {
				t.Errorf("the same name again: %v", err)
			}
			_, err = cli.SaveEnrichment(ctx, admin, "ask", def)
			must(t, err)
			_, err = cli.Start(ctx, admin, "ask", engine.StartOptions{})
			must(t, err)
			w.people(0, 1, "")
			v := w.until("ask", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 1 || v.State != fettle.Live })
			if calls, _ := home.asked(); calls["two"] != 1 || len(calls) != 1 || v.SpentCredits != three {
				t.Errorf("calls by key %v, %s charged: %+v", calls, v.SpentCredits, v.Rows)
			}
			err = cli.RemoveConnection(ctx, admin, "vendor@team-b")
			if fettle.CodeOf(err) != fettle.Refused || !strings.Contains(err.Error(), "ask") {
				t.Errorf("while it is used: %v", err)
			}
			_, err = w.e.Pause(ctx, admin, "ask")
			must(t, err)
			must(t, w.e.DeleteEnrichment(ctx, admin, "ask"))
			must(t, cli.SetLimit(ctx, admin, "provider", "vendor@team-b", fettle.Limit{Credits: credits(5)}))
			if err := cli.RemoveConnection(ctx, admin, "vendor@team-b"); fettle.CodeOf(err) != fettle.Refused || !strings.Contains(err.Error(), "limit") {
				t.Errorf("while it has a limit: %v", err)
			}
			must(t, cli.SetLimit(ctx, admin, "provider", "vendor@team-b", fettle.Limit{None: true}))
			must(t, cli.RemoveConnection(ctx, admin, "vendor@team-b"))
			all, err := w.e.Providers(ctx, viewer)
			must(t, err)
			if slices.ContainsFunc(all, func(p engine.ProviderView) bool { return p.Name == "vendor@team-b" }) {
				t.Error("it is listed after it was taken away by another process")
			}
			w.sound()
		})
	}
}

// TestConnectionsOfTwoProtocols asks a model server of each protocol by name at
// once, beside the default connections, which ask the sandbox.
func TestConnectionsOfTwoProtocols(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]int{} // path and credential → requests
	mock := func(header, answer string) *httptest.Server {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			seen[r.URL.Path+" "+r.Header.Get(header)]++
			mu.Unlock()
			w.Header().Set("Content-Type", "application/json")
			switch {
			case strings.Contains(r.Header.Get(header), "wrong"):
				w.WriteHeader(http.StatusUnauthorized)
				_, _ = io.WriteString(w, `{"error":{"message":"bad key"}}`)
			case strings.HasSuffix(r.URL.Path, "/models"):
				_, _ = io.WriteString(w, `{"data":[{"id":"tiny"},{"id":"other"}]}`)
			default:
				_, _ = io.WriteString(w, answer)
			}
		}))
		t.Cleanup(s.Close)
		return s
	}
	open := mock("Authorization", `{"id":"x","object":"chat.completion","model":"tiny","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"{\"text\":\"open\"}"}}],"usage":{"prompt_tokens":10,"completion_tokens":10,"total_tokens":20}}`)
	claude := mock("X-Api-Key", `{"id":"x","type":"message","role":"assistant","model":"tiny","stop_reason":"end_turn","content":[{"type":"text","text":"{\"text\":\"claude\"}"}],"usage":{"input_tokens":10,"output_tokens":10}}`)
	w := newWorld(t, storetest.Open(t), sandbox.Config{HitRate: 1, Seed: 1})
	w.hosts = []string{strings.TrimPrefix(open.URL, "http://"), strings.TrimPrefix(claude.URL, "http://")}
	w.e = w.engine()
	ctx := t.Context()
	add := func(name, key, address string, usd provider.Units) {
		t.Helper()
		must(t, w.e.AddConnection(ctx, admin, name, engine.ConnectionInput{Key: &key, BaseURL: &address}))
		must(t, w.e.SetPrice(ctx, admin, provider.ModelPrice{Provider: name, Model: "tiny", Input: usd, Output: usd, Context: 10_000, MaxOutput: 1000, EffectiveFrom: "2020-01-01"}))
	}
	add("llm/openai@local", "open-key", open.URL+"/v1", provider.Unit)
	add("llm/anthropic@proxy", "claude-key", claude.URL, 2*provider.Unit)
	ask := func(operation, field string) fettle.Definition {
		d := w.askThrough(operation, field)
		d.Steps = []fettle.Step{{Provider: operation, Model: "tiny", Prompt: "Who is {{ name }}?", Output: map[string]any{"text": map[string]any{"type": "string"}}, MaxOutputTokens: 100}}
		d.Outputs = fettle.Outputs{{Name: "text", Field: field}}
		return d
	}
	w.work(w.e)
	w.people(0, 3, "")
	w.save("open", ask("llm/openai@local", "f1"))
	w.save("claude", ask("llm/anthropic@proxy", "f2"))
	w.save("sandbox", ask("llm/openai", "f3"))
	for _, name := range []string{"open", "claude", "sandbox"} {
		w.start(name)
	}
	spent := map[string]fettle.Credits{}
	for _, name := range []string{"open", "claude", "sandbox"} {
		v := w.settle(name)
		if v.Rows.Found != 3 {
			t.Errorf("%s: %+v (%s)", name, v.Rows, v.PauseDetail)
		}
		spent[name] = v.SpentCredits
	}
	if spent["claude"] != 2*spent["open"] || spent["sandbox"] != 3*fettle.Credit {
		t.Errorf("each at its own price: %v", spent)
	}
	if w.value(1, "f1") != "open" || w.value(1, "f2") != "claude" {
		t.Errorf("%q, %q", w.value(1, "f1"), w.value(1, "f2"))
	}
	models, err := w.e.Models(ctx, editor, "llm/openai@local")
	must(t, err)
	if want := []engine.Model{{Model: "other"}, {Model: "tiny", Priced: true}}; !slices.Equal(models, want) {
		t.Errorf("models %v, want %v", models, want)
	}
	for _, name := range []string{"llm/openai@local", "llm/anthropic@proxy"} {
		if said, err := w.e.TestConnection(ctx, editor, name); err != nil || !strings.Contains(said, name+" accepts the key") {
			t.Errorf("%q, %v", said, err)
		}
		wrong := "wrong-key"
		must(t, w.e.SetConnection(ctx, admin, name, engine.ConnectionInput{Key: &wrong}))
		if _, err := w.e.TestConnection(ctx, editor, name); fettle.CodeOf(err) != fettle.Refused || !strings.Contains(fettle.AsError(err).Hint, "provider key "+name) {
			t.Errorf("a wrong key of %s: %v", name, err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	want := map[string]int{
		"/v1/chat/completions Bearer open-key": 3, "/v1/messages claude-key": 3, "/v1/models Bearer open-key": 2, "/v1/models claude-key": 1,
		"/v1/models Bearer wrong-key": 1, "/v1/models wrong-key": 1,
	}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("arrived: %v\nwant     %v", seen, want)
	}
	w.sound()
}

// TestAVariableIsTheKeyOfOneConnection has every variable hold a secret, one of
// them listed for a connection: the others of that provider do not get it, and
// none gets what is the default one's.
func TestAVariableIsTheKeyOfOneConnection(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	listed, err := connect.ParseEnvKey("OUR_KEY=llm/openai@ours@" + v.host())
	must(t, err)
	w, _ := envWorld(t, listed)
	for _, name := range []string{"llm/openai@ours", "llm/openai@theirs"} {
		must(t, w.e.AddConnection(t.Context(), admin, name, engine.ConnectionInput{BaseURL: &v.http.URL}))
	}
	must(t, w.e.AddConnection(t.Context(), admin, "llm/openai@bare", engine.ConnectionInput{}))
	for name, want := range map[string]string{"llm/openai": "OPENAI_API_KEY", "llm/openai@ours": "OUR_KEY", "llm/openai@theirs": "", "llm/openai@bare": ""} {
		if p := w.provider(name); p.KeyEnv != want || p.Ready != (want != "") {
			t.Errorf("%s: key of %q, ready %t (%s), want %q", name, p.KeyEnv, p.Ready, p.Why, want)
		}
	}
}
