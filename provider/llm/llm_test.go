package llm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fettle"
	"fettle/provider"
	"fettle/provider/llm"
	"fettle/provider/sandbox"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

// line is an AI step as people write it.
func line(model string) fettle.Step {
	return fettle.Step{
		Model: model, Prompt: "Write one friendly line to {{ first_name }}.",
		Output: map[string]any{"line": map[string]any{"type": "string", "max_length": uint64(40)}},
	}
}

func connect(t *testing.T, h http.Handler) provider.Connection {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	unit := 100 * fettle.Credit
	return provider.Connection{Provider: "llm/openai", BaseURL: server.URL + "/v1", Key: "sk-test-1234567890", UnitCredits: &unit, Client: server.Client(), Prices: prices(t)}
}

func prepare(t *testing.T, p *llm.Provider, step fettle.Step, conn provider.Connection) provider.Operation {
	t.Helper()
	step.Provider = p.Describe().Name
	op, err := p.Prepare(step, conn)
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func ask(prompt string) provider.Call {
	return provider.Call{Key: "k1", Inputs: map[string]any{"prompt": prompt}}
}

func do(t *testing.T, op provider.Operation, call provider.Call) provider.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	res, err := op.Do(ctx, call)
	if err != nil {
		t.Fatal(err)
	}
	q, ok := op.Quote(call)
	if ok && res.Units > q.Max() {
		t.Errorf("billed %s, above the quote of %s", res.Units, q.Max())
	}
	if ok && (q.Low > q.Expected || q.Expected > q.HitMax || q.MissMax != q.HitMax) {
		t.Errorf("quote out of order: %+v", q)
	}
	return res
}

// both runs a test against each protocol, with the sandbox on the other side.
func both(t *testing.T, cfg sandbox.Config, test func(t *testing.T, p *llm.Provider, conn provider.Connection, s *sandbox.Server)) {
	t.Helper()
	for _, p := range []*llm.Provider{llm.OpenAI(), llm.Anthropic()} {
		t.Run(p.Describe().Name, func(t *testing.T) {
			s := sandbox.New(cfg)
			conn := connect(t, s.Handler())
			conn.Sandbox = true
			test(t, p, conn, s)
		})
	}
}

func TestSandboxRowCostsOneCent(t *testing.T) {
	both(t, sandbox.Defaults(), func(t *testing.T, p *llm.Provider, conn provider.Connection, s *sandbox.Server) {
		t.Helper()
		op := prepare(t, p, line("gpt-5-mini"), conn)
		if q, ok := op.Quote(ask("Greet Jane")); !ok || q.Max() != provider.Unit/100 || q.Low != q.Max() {
			t.Errorf("quote %+v", q)
		}
		res := do(t, op, ask("Greet Jane"))
		text, _ := res.Outputs["line"].(string)
		if res.Outcome != provider.Found || text == "" || len(text) > 40 || res.Units != provider.Unit/100 || res.Model != "gpt-5-mini" {
			t.Errorf("%+v", res)
		}
		if res.Usage.Input == 0 || res.Usage.Output == 0 || res.Usage.Requests != 1 || len(res.Signals) == 0 || res.HTTPStatus != 200 {
			t.Errorf("%+v", res)
		}
		if b := s.Books(); b.Calls != 1 || b.BilledCredits != fettle.Credit {
			t.Errorf("books: %+v", b)
		}
	})
}

func TestOutcomesOfTheSandboxModel(t *testing.T) {
	step := line("any")
	step.Options = map[string]any{"repairs": 1}
	for word, want := range map[string]struct {
		outcome provider.Outcome
		cents   provider.Units
	}{
		"":            {provider.Found, 1},
		"[[refuse]]":  {provider.Failed, 1},
		"[[filter]]":  {provider.Failed, 1},
		"[[length]]":  {provider.Failed, 1},
		"[[badjson]]": {provider.Failed, 2},
		"[[badonce]]": {provider.Found, 2},
		"[[blank]]":   {provider.NotFound, 1},
		"[[429]]":     {provider.Throttled, 0},
		"[[529]]":     {provider.Transient, 0},
		"[[quota]]":   {provider.OutOfCredit, 0},
	} {
		t.Run(word, func(t *testing.T) {
			both(t, sandbox.Defaults(), func(t *testing.T, p *llm.Provider, conn provider.Connection, s *sandbox.Server) {
				t.Helper()
				res := do(t, prepare(t, p, step, conn), ask("Greet Jane "+word))
				if res.Outcome != want.outcome || res.Units != want.cents*provider.Unit/100 {
					t.Errorf("%s, %s: %s", res.Outcome, res.Units, res.Message)
				}
				if res.Outcome != provider.Found && res.Outcome != provider.NotFound && res.Message == "" {
					t.Error("no message")
				}
				if res.Outcome == provider.Throttled && res.RetryAfter != time.Second {
					t.Errorf("retry after %v", res.RetryAfter)
				}
				if b := s.Books(); b.BilledCredits != want.cents*fettle.Credit {
					t.Errorf("books: %s", b.BilledCredits)
				}
			})
		})
	}
}

func TestLostAndDeclaredFailures(t *testing.T) {
	for name, c := range map[string]struct {
		cfg  sandbox.Config
		want provider.Outcome
	}{
		"declared": {sandbox.Config{FailRate: 1}, provider.Transient},
		"html":     {sandbox.Config{ChargeThenFailRate: 1}, provider.Unknown},
		"cut":      {sandbox.Config{DropRate: 1}, provider.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, c.cfg, func(t *testing.T, p *llm.Provider, conn provider.Connection, s *sandbox.Server) {
				t.Helper()
				op := prepare(t, p, line("any"), conn)
				for i := range 5 { // the later ones on kept connections
					if res := do(t, op, ask(fmt.Sprint("Greet ", i))); res.Outcome != c.want || res.Units != 0 || res.Outputs != nil {
						t.Errorf("%+v", res)
					}
				}
				if b := s.Books(); b.Calls != 5 {
					t.Errorf("%d calls arrived for 5", b.Calls)
				}
			})
		})
	}
}

func TestUnreachableServerWasNotSentTo(t *testing.T) {
	both(t, sandbox.Defaults(), func(t *testing.T, p *llm.Provider, conn provider.Connection, _ *sandbox.Server) {
		t.Helper()
		conn.BaseURL = "http://127.0.0.1:1/v1"
		if res := do(t, prepare(t, p, line("any"), conn), ask("Greet")); res.Outcome != provider.NotSent {
			t.Errorf("%+v", res)
		}
	})
}

func TestTimeoutIsUnknown(t *testing.T) {
	cfg := sandbox.Defaults()
	cfg.Latency = time.Minute
	both(t, cfg, func(t *testing.T, p *llm.Provider, conn provider.Connection, s *sandbox.Server) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		res, err := prepare(t, p, line("any"), conn).Do(ctx, ask("Greet"))
		if err != nil || res.Outcome != provider.Unknown || s.Books().BilledCalls != 1 {
			t.Errorf("%v %+v", err, res)
		}
	})
}

func TestIdempotentSandboxIsPaidOnce(t *testing.T) {
	cfg := sandbox.Config{HitRate: 1, ChargeThenFailRate: 1, Idempotent: true}
	both(t, cfg, func(t *testing.T, p *llm.Provider, conn provider.Connection, s *sandbox.Server) {
		t.Helper()
		if op := prepare(t, p, line("any"), conn); op.Recovery().Resend {
			t.Error("resending before anything is announced")
		}
		if err := p.Refresh(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		op := prepare(t, p, line("any"), conn)
		if !op.Recovery().Resend {
			t.Fatal("the sandbox is idempotent")
		}
		if res := do(t, op, ask("Greet")); res.Outcome != provider.Unknown {
			t.Fatalf("%+v", res)
		}
		if res := do(t, op, ask("Greet")); res.Outcome != provider.Found {
			t.Errorf("resent: %+v", res)
		}
		if b := s.Books(); b.BilledCalls != 1 || b.Calls != 2 {
			t.Errorf("books: %+v", b)
		}
		other := conn
		other.Sandbox = false
		if prepare(t, p, line(map[string]string{"llm/openai": "gpt-5-mini", "llm/anthropic": "claude-haiku-4-5"}[p.Describe().Name]), other).Recovery().Resend {
			t.Error("vendors take no idempotency keys")
		}
	})
}

// A sandbox that bills by the token is priced as it announces: what is booked
// is what its own books say.
func TestSandboxThatBillsByTheToken(t *testing.T) {
	cfg := sandbox.Defaults()
	cfg.ModelTokens = 80
	both(t, cfg, func(t *testing.T, p *llm.Provider, conn provider.Connection, s *sandbox.Server) {
		t.Helper()
		if err := p.Refresh(t.Context(), conn); err != nil {
			t.Fatal(err)
		}
		op := prepare(t, p, line("any"), conn)
		var booked provider.Units
		amounts := map[provider.Units]bool{}
		for i := range 20 {
			res := do(t, op, ask(fmt.Sprint("Greet ", i)))
			if res.Outcome != provider.Found || res.Usage.Input == 0 || res.Usage.Output == 0 {
				t.Fatalf("%+v", res)
			}
			booked += res.Units
			amounts[res.Units] = true
		}
		if b := s.Books(); b.BilledCredits != 100*booked || len(amounts) < 10 {
			t.Errorf("billed %s, booked %s in %d amounts", b.BilledCredits, 100*booked, len(amounts))
		}
	})
}

func TestRefreshOfSomethingElse(t *testing.T) {
	conn := connect(t, http.NotFoundHandler())
	if err := llm.OpenAI().Refresh(t.Context(), conn); err != nil {
		t.Errorf("a vendor has nothing to ask: %v", err)
	}
	conn.Sandbox = true
	if err := llm.OpenAI().Refresh(t.Context(), conn); fettle.CodeOf(err) != fettle.Unavailable {
		t.Errorf("got %v", err)
	}
}

// fake answers like a vendor, and keeps what it was asked.
type fake struct {
	asked  []map[string]any
	header []http.Header
	answer func(n int, body map[string]any) (status int, answer string)
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		panic(err)
	}
	f.asked = append(f.asked, body)
	f.header = append(f.header, r.Header.Clone())
	status, answer := f.answer(len(f.asked), body)
	w.Header().Set("Content-Type", "application/json")
	if strings.HasPrefix(answer, "<") {
		w.Header().Set("Content-Type", "text/html")
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(answer))
}

func completion(content, usage string) string {
	text, _ := json.Marshal(content)
	return fmt.Sprintf(`{"id":"x","object":"chat.completion","model":"gpt-5-mini-2025-08-07","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%s}}],"usage":%s}`, text, usage)
}

const usage = `{"prompt_tokens":1000,"completion_tokens":301,"total_tokens":1301,"prompt_tokens_details":{"cached_tokens":600}}`

func TestOpenAIRequestAndBill(t *testing.T) {
	f := &fake{answer: func(int, map[string]any) (int, string) { return 200, completion(`{"line":" Hello Jane "}`, usage) }}
	conn := connect(t, f)
	step := line("gpt-5-mini")
	step.Options = map[string]any{"temperature": 0.5, "reasoning_effort": "low"}
	op := prepare(t, llm.OpenAI(), step, conn)
	call := ask("Greet Jane")
	call.Inputs["system"] = "Be brief."
	res := do(t, op, call)
	// 400 × 0.25 + 600 × 0.025 + 301 × 2.00 dollars per million: 717 micro-dollars
	if res.Outcome != provider.Found || res.Outputs["line"] != "Hello Jane" || res.Units != 717 || res.Model != "gpt-5-mini-2025-08-07" {
		t.Errorf("%+v", res)
	}
	if res.Usage != (provider.Usage{Input: 400, CacheRead: 600, Output: 301, Requests: 1}) {
		t.Errorf("%+v", res.Usage)
	}
	body := f.asked[0]
	messages, _ := body["messages"].([]any)
	system, _ := messages[0].(map[string]any)
	user, _ := messages[1].(map[string]any)
	said := fmt.Sprint(system["content"])
	if len(messages) != 2 || system["role"] != "system" || user["role"] != "user" || user["content"] != "Greet Jane" {
		t.Errorf("messages: %v", messages)
	}
	if !strings.Contains(said, `"maxLength":40`) || !strings.HasSuffix(said, "Be brief.") {
		t.Errorf("system: %s", said)
	}
	// An unknown server is asked with max_tokens.
	if body["model"] != "gpt-5-mini" || body["max_tokens"] != 1000.0 || body["max_completion_tokens"] != nil || body["temperature"] != 0.5 || body["reasoning_effort"] != "low" || body["stream"] != nil {
		t.Errorf("body: %v", body)
	}
	format, _ := json.Marshal(body["response_format"])
	want := `{"json_schema":{"name":"answer","schema":{"additionalProperties":false,"properties":{"line":{"maxLength":40,"type":"string"}},"required":["line"],"type":"object"},"strict":true},"type":"json_schema"}`
	if string(format) != want {
		t.Errorf("format: %s", format)
	}
	if h := f.header[0]; h.Get("Authorization") != "Bearer "+conn.Key || h.Get("Idempotency-Key") != "" {
		t.Errorf("headers: %v", h)
	}
}

func TestAnthropicRequestAndBill(t *testing.T) {
	f := &fake{answer: func(int, map[string]any) (int, string) {
		return 200, `{"id":"m","type":"message","role":"assistant","model":"claude-haiku-4-5-20251001","stop_reason":"end_turn","content":[{"type":"text","text":"{\"line\":\"Hello\"}"}],
			"usage":{"input_tokens":100,"cache_creation_input_tokens":200,"cache_read_input_tokens":1000,"output_tokens":51}}`
	}}
	conn := connect(t, f)
	res := do(t, prepare(t, llm.Anthropic(), line("claude-haiku-4-5"), conn), ask("Greet Jane"))
	// 100 × 1 + 200 × 1.25 + 1000 × 0.1 + 51 × 5: 705 micro-dollars
	if res.Outcome != provider.Found || res.Units != 705 || res.Usage != (provider.Usage{Input: 100, CacheWrite: 200, CacheRead: 1000, Output: 51, Requests: 1}) {
		t.Errorf("%+v", res)
	}
	body, _ := json.Marshal(f.asked[0])
	for _, want := range []string{
		`"max_tokens":1000`, `"cache_control":{"type":"ephemeral"}`, `"output_config":{"format":{"schema":{"additionalProperties":false,"properties":{"line":{"description":"(maxLength: 40)","type":"string"}}`,
		`"messages":[{"content":[{"text":"Greet Jane","type":"text"}],"role":"user"}]`,
	} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if h := f.header[0]; h.Get("X-Api-Key") != conn.Key || h.Get("Anthropic-Version") == "" {
		t.Errorf("headers: %v", h)
	}
}

func TestEndpointsThatKnowLess(t *testing.T) {
	f := &fake{answer: func(_ int, body map[string]any) (int, string) {
		format, _ := body["response_format"].(map[string]any)
		switch {
		case body["max_tokens"] != nil:
			return 400, `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error"}}`
		case format["type"] == "json_schema":
			return 422, `{"detail":[{"msg":"response_format.type must be text or json_object"}]}`
		}
		return 200, completion("Sure!\n```json\n{\"line\":\"Hello\"}\n```", usage)
	}}
	p, conn := llm.OpenAI(), connect(t, f)
	for i, requests := range []int{4, 5} {
		op := prepare(t, p, line("gpt-5-mini"), conn) // what was learnt stays with the provider
		if res := do(t, op, ask("Greet Jane")); res.Outcome != provider.Found || res.Outputs["line"] != "Hello" || res.Units != 717 || res.Usage.Requests != 1 {
			t.Errorf("%+v", res)
		}
		if len(f.asked) != requests {
			t.Errorf("call %d: %d requests in all, want %d", i, len(f.asked), requests)
		}
	}
}

func TestRepairIsAskedOnceAndBilled(t *testing.T) {
	long := `{"line":"` + strings.Repeat("long ", 20) + `"}`
	f := &fake{answer: func(n int, _ map[string]any) (int, string) {
		if n == 1 {
			return 200, completion(long, usage)
		}
		return 200, completion(`{"line":"short"}`, usage)
	}}
	op := prepare(t, llm.OpenAI(), line("gpt-5-mini"), connect(t, f))
	res := do(t, op, ask("Greet Jane"))
	if res.Outcome != provider.Found || res.Outputs["line"] != "short" || res.Units != 2*717 || res.Usage.Requests != 2 || res.Usage.Output != 602 {
		t.Errorf("%+v", res)
	}
	messages, _ := f.asked[1]["messages"].([]any)
	if len(messages) != 4 || !strings.Contains(fmt.Sprint(messages[2]), "long long") || !strings.Contains(fmt.Sprint(messages[3]), "maxLength") {
		t.Errorf("repair: %v", messages)
	}

	f.asked = nil
	f.answer = func(int, map[string]any) (int, string) { return 200, completion(long, usage) }
	if res := do(t, op, ask("Greet Jane")); res.Outcome != provider.Failed || res.Units != 2*717 || !strings.Contains(res.Message, "maxLength") || strings.Contains(res.Message, "output.json") {
		t.Errorf("%+v", res)
	}
	if len(f.asked) != 2 {
		t.Errorf("%d requests", len(f.asked))
	}
}

func TestRepairThatDoesNotGoThroughIsStillBilled(t *testing.T) {
	for status, want := range map[int]provider.Outcome{429: provider.Failed, 500: provider.Failed, 502: provider.Unknown} {
		f := &fake{answer: func(n int, _ map[string]any) (int, string) {
			switch {
			case n == 1:
				return 200, completion("no", usage)
			case status == 502:
				return 502, "<html>"
			}
			return status, `{"error":{"message":"no","type":"x"}}`
		}}
		res := do(t, prepare(t, llm.OpenAI(), line("gpt-5-mini"), connect(t, f)), ask("Greet"))
		if res.Outcome != want || res.Units != 717 {
			t.Errorf("%d: %+v", status, res)
		}
	}
}

func TestOutcomesOfErrorAnswers(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   provider.Outcome
	}{
		{401, `{"error":{"message":"Incorrect API key provided: sk-test-1234567890","type":"invalid_request_error","code":"invalid_api_key"}}`, provider.AuthError},
		{403, `{"error":{"message":"no","type":"x"}}`, provider.AuthError},
		{404, `{"error":{"message":"The model does not exist","code":"model_not_found"}}`, provider.AuthError},
		{307, `{}`, provider.AuthError},
		{402, `{"error":{"message":"pay","type":"x"}}`, provider.OutOfCredit},
		{400, `{"error":{"message":"context_length_exceeded","type":"invalid_request_error"}}`, provider.BadInput},
		{400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}`, provider.OutOfCredit},
		{413, `{"error":"too large"}`, provider.BadInput},
		{429, `{"message":"slow down","type":"rate_limited"}`, provider.Throttled},
		{429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota"}}`, provider.OutOfCredit},
		{500, `{"error":{"message":"oops","type":"server_error"}}`, provider.Transient},
		{529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, provider.Transient},
		{503, `<html>`, provider.Unknown},
		{500, `{}`, provider.Unknown},
		{504, `{"error":{"message":"timed out","type":"x"}}`, provider.Unknown},
		{200, `<html>welcome</html>`, provider.Unknown},
		{200, `{"choices":[]}`, provider.Unknown},
		{200, `{`, provider.Unknown},
	} {
		for name, p := range map[string]*llm.Provider{"gpt-5-mini": llm.OpenAI(), "claude-haiku-4-5": llm.Anthropic()} {
			f := &fake{answer: func(int, map[string]any) (int, string) { return c.status, c.body }}
			res := do(t, prepare(t, p, line(name), connect(t, f)), ask("Greet"))
			if res.Outcome != c.want || res.Units != 0 || res.HTTPStatus != c.status || res.Message == "" || strings.Contains(res.Message, "1234567890") {
				t.Errorf("%s %d %s: %s %q", name, c.status, c.body, res.Outcome, res.Message)
			}
			if len(f.asked) != 1 {
				t.Errorf("%s %d %s: asked %d times", name, c.status, c.body, len(f.asked))
			}
		}
	}
}

func TestRateHeaders(t *testing.T) {
	var status int
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for k, v := range map[string]string{
			"x-ratelimit-remaining-requests": "7", "x-ratelimit-reset-requests": "1m30s",
			"x-ratelimit-remaining-tokens": "13010", "x-ratelimit-reset-tokens": "6m0s", "Content-Type": "application/json",
		} {
			w.Header().Set(k, v)
		}
		if status == http.StatusTooManyRequests {
			w.Header().Set("x-ratelimit-remaining-requests", "0")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"error":{"message":"slow down","type":"rate_limit_exceeded"}}`))
			return
		}
		_, _ = w.Write([]byte(completion(`{"line":"x"}`, usage)))
	})
	op := prepare(t, llm.OpenAI(), line("gpt-5-mini"), connect(t, h))
	// 1301 tokens a call: 13010 are ten such calls.
	want := []provider.RateSignal{{Policy: "requests", Remaining: 7, Reset: 90 * time.Second}, {Policy: "tokens", Remaining: 10, Reset: 6 * time.Minute}}
	if res := do(t, op, ask("Greet")); !slices.Equal(res.Signals, want) {
		t.Errorf("%+v", res.Signals)
	}
	status = 429
	if res := do(t, op, ask("Greet")); res.Outcome != provider.Throttled || res.RetryAfter != 90*time.Second {
		t.Errorf("%+v", res)
	}
}

func TestMissingUsageIsBilledInFull(t *testing.T) {
	f := &fake{answer: func(int, map[string]any) (int, string) { return 200, completion(`{"line":"x"}`, `null`) }}
	step := line("gpt-5-mini")
	step.Options = map[string]any{"repairs": 0}
	op := prepare(t, llm.OpenAI(), step, connect(t, f))
	q, _ := op.Quote(ask("Greet"))
	if res := do(t, op, ask("Greet")); res.Outcome != provider.Found || res.Units != q.Max() || res.Units < 2000 {
		t.Errorf("%+v, quote %+v", res, q)
	}
}
