package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fettle"
	"fettle/provider/sandbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a running sandbox and a client of it.
type world struct {
	t *testing.T
	*sandbox.Server
	url    string
	client *http.Client
}

func start(t *testing.T, cfg sandbox.Config) *world {
	t.Helper()
	if err := cfg.Check(); err != nil {
		t.Fatal(err)
	}
	s := sandbox.New(cfg)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	return &world{t: t, Server: s, url: server.URL, client: server.Client()}
}

// got is an answer; status 0 is a cut connection.
type got struct {
	status  int
	header  http.Header
	raw     string
	Found   bool           `json:"found"`
	Data    map[string]any `json:"data"`
	Credits fettle.Credits `json:"credits"`
	Error   struct{ Code, Message string }
}

func (w *world) post(path, body string, header ...string) got {
	w.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header[header[i]] = []string{header[i+1]} // as is: Go resends requests with a canonical Idempotency-Key by itself
	}
	res, err := w.client.Do(req)
	if err != nil {
		return got{}
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	g := got{status: res.StatusCode, header: res.Header, raw: string(raw)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &g); err != nil {
			w.t.Fatalf("%s: %v", raw, err)
		}
	}
	return g
}

func (w *world) get(path string, into any) {
	w.t.Helper()
	res, err := w.client.Get(w.url + path)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		w.t.Fatal(err)
	}
}

func TestOperationsAndPrices(t *testing.T) {
	w := start(t, sandbox.Defaults())
	for _, c := range []struct {
		path, body, want string
		credits          fettle.Credits
	}{
		{"/v1/find_email", `{"full_name":"Jane Doe","company_domain":"acme.com"}`, "map[email:jane.doe@acme.com email_status:valid]", fettle.Credit},
		{"/v1/find_email", `{"full_name":"Jörg  van der Müller","company_domain":"https://www.acme.com/about"}`, "map[email:joerg.mueller@acme.com email_status:valid]", fettle.Credit},
		{"/v1/job_title", `{"email":"jane.doe@acme.com"}`, "linkedin.com/in/jane-doe-", 2 * fettle.Credit},
		{"/v1/company", `{"domain":"acme.com"}`, "industry:", fettle.Credit / 2},
	} {
		g := w.post(c.path, c.body)
		if g.status != 200 || !g.Found || g.Credits != c.credits || !strings.Contains(fmt.Sprint(g.Data), c.want) {
			t.Errorf("%s %s: got %d %v %s", c.path, c.body, g.status, g.Data, g.Credits)
		}
	}
	var dearest, cheapest fettle.Credits = 0, 100 * fettle.Credit
	for i := range 200 {
		g := w.post("/v1/variable", fmt.Sprintf(`{"name":"n%d"}`, i))
		dearest, cheapest = max(dearest, g.Credits), min(cheapest, g.Credits)
	}
	if cheapest < fettle.Credit/10 || dearest > 7*fettle.Credit || dearest < 6*fettle.Credit || cheapest > fettle.Credit/2 {
		t.Errorf("variable costs %s to %s", cheapest, dearest)
	}
	b := w.Books()
	if b.Calls != 204 || b.BilledCalls != 204 || b.Repeats != 0 || b.ByOperation["variable"].Calls != 200 || b.InFlight != 0 {
		t.Errorf("books: %+v", b)
	}
}

func TestTheSameSeedIsTheSameWorld(t *testing.T) {
	cfg := sandbox.Config{HitRate: 0.5, FailRate: 0.1, ThrottleRate: 0.1, ChargeThenFailRate: 0.1, Seed: 7}
	play := func(cfg sandbox.Config) (all []string, hits int) {
		w := start(t, cfg)
		for i := range 300 {
			g := w.post("/v1/job_title", fmt.Sprintf(`{"email":"P%d@acme.com "}`, i%150))
			if g.Found {
				hits++
			}
			all = append(all, fmt.Sprint(g.status, g.raw))
		}
		return all, hits
	}
	first, hits := play(cfg)
	again, _ := play(cfg)
	if strings.Join(first, "\n") != strings.Join(again, "\n") {
		t.Error("the same seed gave different answers")
	}
	if hits < 70 || hits > 140 { // half of the 70 % that do not fail
		t.Errorf("%d of 300 found", hits)
	}
	cfg.Seed = 8
	if other, _ := play(cfg); strings.Join(first, "\n") == strings.Join(other, "\n") {
		t.Error("another seed gave the same answers")
	}
}

func TestMissesAndRefusals(t *testing.T) {
	w := start(t, sandbox.Config{Seed: 1})
	if g := w.post("/v1/company", `{"domain":"acme.com"}`); g.status != 200 || g.Found || g.Credits != 0 || len(g.Data) != 0 {
		t.Errorf("miss: %s", g.raw)
	}
	for _, c := range []struct {
		path, body, key string
		status          int
		code            string
	}{
		{"/v1/company", `{}`, "any", 400, "bad_input"},
		{"/v1/company", `{"domain":7}`, "any", 400, "bad_input"},
		{"/v1/company", `[`, "any", 400, "bad_input"},
		{"/v1/job_title", `{"email":"nobody"}`, "any", 400, "bad_input"},
		{"/v1/company", `{"domain":"acme.com"}`, "bad-key", 401, "auth_error"},
		{"/v1/company", `{"domain":"acme.com"}`, "broke-key", 402, "out_of_credit"},
		{"/v1/nothing", `{}`, "any", 404, "not_found"},
	} {
		g := w.post(c.path, c.body, "Authorization", "Bearer "+c.key)
		if g.status != c.status || g.Error.Code != c.code || g.Error.Message == "" {
			t.Errorf("%s %s: got %d %s", c.path, c.body, g.status, g.raw)
		}
	}
	if b := w.Books(); b.Calls != 7 || b.BilledCalls != 0 || b.BilledCredits != 0 {
		t.Errorf("books: %+v", b)
	}
	w = start(t, sandbox.Config{Seed: 1, BillMiss: true})
	if g := w.post("/v1/company", `{"domain":"acme.com"}`); g.Found || g.Credits != fettle.Credit/2 {
		t.Errorf("billed miss: %s", g.raw)
	}
}

func TestFailuresAreInTheBooks(t *testing.T) {
	cases := map[string]struct {
		cfg    sandbox.Config
		status int
		billed func(n int64) bool
	}{
		"declared failure": {sandbox.Config{HitRate: 1, FailRate: 1}, 500, func(n int64) bool { return n == 0 }},
		"throttle":         {sandbox.Config{HitRate: 1, ThrottleRate: 1}, 429, func(n int64) bool { return n == 0 }},
		"charged":          {sandbox.Config{HitRate: 1, ChargeThenFailRate: 1}, 502, func(n int64) bool { return n == 100 }},
		"dropped":          {sandbox.Config{HitRate: 1, DropRate: 1}, 0, func(n int64) bool { return n > 25 && n < 75 }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := start(t, c.cfg)
			for i := range 100 {
				g := w.post("/v1/job_title", fmt.Sprintf(`{"email":"p%d@acme.com"}`, i), "idempotency-key", fmt.Sprint(i))
				if g.status != c.status {
					t.Fatalf("status %d: %s", g.status, g.raw)
				}
				if c.status == 429 && g.header.Get("Retry-After") != "1" {
					t.Fatalf("Retry-After %q", g.header.Get("Retry-After"))
				}
			}
			b := w.Books()
			if b.Calls != 100 || !c.billed(b.BilledCalls) || b.BilledCredits != fettle.Credits(b.BilledCalls)*2*fettle.Credit || b.Repeats != 0 {
				t.Errorf("books: %+v", b)
			}
		})
	}
}

func TestRepeatsAndOverrun(t *testing.T) {
	cfg := sandbox.Defaults()
	cfg.Overrun = true
	w := start(t, cfg)
	over := 0
	for i := range 200 {
		g := w.post("/v1/variable", fmt.Sprintf(`{"name":"n%d"}`, i%100))
		if g.Credits > 7*fettle.Credit {
			over++
		}
	}
	if b := w.Books(); b.Repeats != 100 || b.BilledCalls != 200 {
		t.Errorf("books: %+v", b)
	}
	if over < 5 || over > 50 {
		t.Errorf("%d of 200 above the highest price", over)
	}
}

func TestIdempotentRepeatsAreAnsweredAlikeAndBilledOnce(t *testing.T) {
	cfg := sandbox.Defaults()
	cfg.Idempotent, cfg.Latency = true, 30*time.Millisecond
	w := start(t, cfg)
	answers := make([]got, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() {
			answers[i] = w.post("/v1/find_email", `{"full_name":"Jane Doe","company_domain":"acme.com"}`, "idempotency-key", "k")
		})
	}
	wg.Wait()
	for _, a := range answers {
		if a.raw != answers[0].raw || !a.Found {
			t.Errorf("answers differ: %s and %s", a.raw, answers[0].raw)
		}
	}
	if b := w.Books(); b.Calls != 8 || b.BilledCalls != 1 || b.Replayed != 7 || b.Repeats != 0 || b.MaxInFlight < 2 {
		t.Errorf("books: %+v", b)
	}
	g := w.post("/v1/find_email", `{"full_name":"John Roe","company_domain":"acme.com"}`, "idempotency-key", "k")
	if g.status != 400 || w.Books().BilledCalls != 1 {
		t.Errorf("a key used for another input: %d %s", g.status, g.raw)
	}
}

func TestIdempotencyRecoversLostAnswers(t *testing.T) {
	for name, cfg := range map[string]sandbox.Config{
		"charged then failed": {HitRate: 1, ChargeThenFailRate: 1, Idempotent: true},
		"dropped":             {HitRate: 1, DropRate: 0.6, Idempotent: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t, cfg)
			for i := range 50 {
				body, key := fmt.Sprintf(`{"domain":"d%d.com"}`, i), fmt.Sprint(i)
				g := w.post("/v1/company", body, "idempotency-key", key)
				for tries := 0; g.status != 200; tries++ {
					if tries == 100 {
						t.Fatalf("no answer: %d %s", g.status, g.raw)
					}
					g = w.post("/v1/company", body, "idempotency-key", key)
				}
			}
			if b := w.Books(); b.BilledCalls != 50 || b.Repeats != 0 || b.Calls == 50 {
				t.Errorf("books: %+v", b)
			}
		})
	}
}

func TestWithoutIdempotencyARepeatIsBilledAgain(t *testing.T) {
	w := start(t, sandbox.Defaults())
	for range 2 {
		w.post("/v1/company", `{"domain":"acme.com"}`, "idempotency-key", "k")
	}
	if b := w.Books(); b.BilledCalls != 2 || b.Repeats != 1 {
		t.Errorf("books: %+v", b)
	}
}

func TestNoSlidingSecondHoldsMoreThanTheRate(t *testing.T) {
	cfg := sandbox.Defaults()
	cfg.Rate = 20
	w := start(t, cfg)
	deadline := time.Now().Add(1300 * time.Millisecond)
	for i := 0; time.Now().Before(deadline); i++ {
		if g := w.post("/v1/company", fmt.Sprintf(`{"domain":"d%d.com"}`, i)); g.status == 429 {
			if g.header.Get("Retry-After") == "" {
				t.Fatal("no Retry-After")
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	var page struct {
		Calls []struct {
			Arrival time.Time
			Billed  bool
			Outcome string
		}
	}
	w.get("/calls?limit=100000", &page)
	var accepted []time.Time
	for _, c := range page.Calls {
		if c.Outcome == "throttled" {
			if c.Billed {
				t.Error("a throttled call was billed")
			}
			continue
		}
		accepted = append(accepted, c.Arrival)
	}
	if len(accepted) < 21 {
		t.Fatalf("%d accepted", len(accepted))
	}
	for i := 20; i < len(accepted); i++ {
		if d := accepted[i].Sub(accepted[i-20]); d < time.Second {
			t.Errorf("21 calls within %v", d)
		}
	}
	if b := w.Books(); b.Throttled == 0 || b.Calls != int64(len(page.Calls)) {
		t.Errorf("books: %+v", b)
	}
}

func TestCallsPageByPage(t *testing.T) {
	w := start(t, sandbox.Defaults())
	for i := range 5 {
		w.post("/v1/find_email", fmt.Sprintf(`{"full_name":"Jane %d","company_domain":"acme.com"}`, i), "idempotency-key", fmt.Sprint("k", i))
	}
	var seen []string
	for after := int64(0); ; {
		var page struct {
			Calls []struct {
				N              int64
				Key, Operation string
				Input          map[string]string
				BilledCredits  fettle.Credits `json:"billed_credits"`
				Outcome        string
			}
			Next  int64
			More  bool
			Total int64
		}
		w.get(fmt.Sprintf("/calls?after=%d&limit=2", after), &page)
		for _, c := range page.Calls {
			seen = append(seen, fmt.Sprint(c.N, c.Key, c.Operation, c.Input["full_name"], c.Input["company_domain"], c.BilledCredits, c.Outcome))
		}
		if !page.More {
			break
		}
		after = page.Next
	}
	want := "1 k0 find_email jane 0 acme.com 1 found"
	if len(seen) != 5 || strings.ReplaceAll(seen[0], " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("calls: %q", seen)
	}
}

func TestBooksAndCapabilities(t *testing.T) {
	w := start(t, sandbox.Config{HitRate: 1, Idempotent: true, Overrun: true, BillMiss: true, Rate: 50, Seed: 1})
	var caps map[string]any
	w.get("/capabilities", &caps)
	if fmt.Sprint(caps) != "map[bill_miss:true idempotent:true overrun:true rate_per_second:50 sandbox:true]" {
		t.Errorf("capabilities: %v", caps)
	}
	var empty map[string]any
	w.get("/books", &empty)
	if empty["last_call_at"] != nil || empty["billed_credits"] != "0" {
		t.Errorf("empty books: %v", empty)
	}
	before := time.Now()
	w.post("/v1/company", `{"domain":"acme.com"}`)
	b := w.Books()
	if b.LastCallAt == nil || b.LastCallAt.Before(before.Add(-time.Millisecond)) {
		t.Errorf("last call at %v", b.LastCallAt)
	}
	if w.post("/books/reset", ""); w.Books().Calls != 0 {
		t.Error("reset left calls")
	}
	if w.post("/v1/company", `{"domain":"acme.com"}`); w.Books().Repeats != 0 {
		t.Error("reset left inputs")
	}
}

func TestServeStopsAfterAnsweringWhatIsInFlight(t *testing.T) {
	cfg := sandbox.Defaults()
	cfg.Latency = 100 * time.Millisecond
	s := sandbox.New(cfg)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended, answered := make(chan error, 1), make(chan int, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		res, err := client.Post("http://"+listener.Addr().String()+"/v1/company", "application/json", strings.NewReader(`{"domain":"acme.com"}`))
		if err != nil {
			answered <- 0
			return
		}
		defer func() { _ = res.Body.Close() }()
		answered <- res.StatusCode
	}()
	for s.Books().InFlight == 0 {
		time.Sleep(time.Millisecond)
	}
	if s.Books().BilledCalls != 1 {
		t.Error("a call in flight is not yet billed")
	}
	stop()
	if status := <-answered; status != 200 {
		t.Errorf("the call in flight got %d", status)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestConfigCheck(t *testing.T) {
	for _, cfg := range []sandbox.Config{{HitRate: 1.1}, {FailRate: -0.1}, {FailRate: 0.6, DropRate: 0.6}, {Rate: -1}, {Latency: -1}} {
		if err := cfg.Check(); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

func BenchmarkFindEmail(b *testing.B) {
	s := sandbox.New(sandbox.Defaults())
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			body := fmt.Appendf(nil, `{"full_name":"Jane %d","company_domain":"acme.com"}`, i)
			res, err := server.Client().Post(server.URL+"/v1/find_email", "application/json", bytes.NewReader(body))
			if err != nil {
				b.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}
