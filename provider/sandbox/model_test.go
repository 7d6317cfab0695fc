package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/provider/sandbox"
)

const lineSchema = `{"type":"object","additionalProperties":false,"required":["line","score","tags","kind","ok","age"],"properties":{
	"line":{"type":"string","maxLength":20},"score":{"type":"integer","minimum":1,"maximum":5},
	"tags":{"type":"array","items":{"type":"string"},"maxItems":3},"kind":{"enum":["a","b"]},"ok":{"type":"boolean"},"age":{"type":["number","null"]}}}`

func chatBody(prompt, schema string) string {
	p, _ := json.Marshal(prompt)
	return fmt.Sprintf(`{"model":"sandbox-1","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":%s}],
		"response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":%s}},"max_completion_tokens":1000}`, p, schema)
}

func messagesBody(prompt, schema string) string {
	p, _ := json.Marshal(prompt)
	return fmt.Sprintf(`{"model":"sandbox-1","max_tokens":1000,"system":[{"type":"text","text":"Be brief."}],"messages":[{"role":"user","content":%s}],
		"output_config":{"format":{"type":"json_schema","schema":%s}}}`, p, schema)
}

type completion struct {
	Choices []struct {
		Message struct {
			Content string
			Refusal string
		}
		FinishReason string `json:"finish_reason"`
	}
	Usage struct {
		PromptTokens     int64 `json:"prompt_tokens"`
		CompletionTokens int64 `json:"completion_tokens"`
	}
}

func checkLine(t *testing.T, content string) {
	t.Helper()
	var v struct {
		Line  string
		Score int
		Tags  []string
		Kind  string
		OK    *bool
		Age   *float64
	}
	if err := json.Unmarshal([]byte(content), &v); err != nil {
		t.Fatalf("%s: %v", content, err)
	}
	if v.Line == "" || len(v.Line) > 20 || v.Score < 1 || v.Score > 5 || len(v.Tags) == 0 || len(v.Tags) > 3 || (v.Kind != "a" && v.Kind != "b") || v.OK == nil || v.Age == nil {
		t.Errorf("does not fit the schema: %s", content)
	}
}

func TestModelInOpenAIShape(t *testing.T) {
	w := start(t, sandbox.Defaults())
	g := w.post("/v1/chat/completions", chatBody("Greet Jane", lineSchema))
	var c completion
	if err := json.Unmarshal([]byte(g.raw), &c); err != nil || len(c.Choices) != 1 {
		t.Fatalf("%s: %v", g.raw, err)
	}
	checkLine(t, c.Choices[0].Message.Content)
	if c.Choices[0].FinishReason != "stop" || c.Usage.PromptTokens == 0 || c.Usage.CompletionTokens == 0 || g.header.Get("X-Ratelimit-Remaining-Requests") == "" {
		t.Errorf("%v %s", g.header, g.raw)
	}
	if again := w.post("/v1/chat/completions", chatBody("Greet Jane", lineSchema)); again.raw != g.raw {
		t.Error("the same prompt got another answer")
	}
	if b := w.Books(); b.BilledCredits != 2*fettle.Credit || b.Repeats != 1 || b.ByOperation["model"].Calls != 2 {
		t.Errorf("books: %+v", b)
	}
}

func TestModelInAnthropicShape(t *testing.T) {
	w := start(t, sandbox.Defaults())
	g := w.post("/v1/messages", messagesBody("Greet Jane", lineSchema), "X-Api-Key", "any")
	var m struct {
		Content    []struct{ Text string }
		StopReason string         `json:"stop_reason"`
		Usage      map[string]any `json:"usage"`
	}
	if err := json.Unmarshal([]byte(g.raw), &m); err != nil || len(m.Content) != 1 {
		t.Fatalf("%s: %v", g.raw, err)
	}
	checkLine(t, m.Content[0].Text)
	if m.StopReason != "end_turn" || len(m.Usage) != 4 || m.Usage["input_tokens"] == 0.0 {
		t.Errorf("%s", g.raw)
	}
	if g := w.post("/v1/messages", messagesBody("x [[529]]", lineSchema)); g.status != 529 || !strings.Contains(g.raw, "overloaded_error") {
		t.Errorf("%d %s", g.status, g.raw)
	}
}

func TestModelMisbehavesOnRequest(t *testing.T) {
	w := start(t, sandbox.Defaults())
	for _, c := range []struct {
		word, has string
		status    int
		billed    bool
	}{
		{"[[refuse]]", `"refusal":"I can't`, 200, true},
		{"[[filter]]", `"finish_reason":"content_filter"`, 200, true},
		{"[[length]]", `"finish_reason":"length"`, 200, true},
		{"[[badjson]]", `Certainly`, 200, true},
		{"[[blank]]", `\"line\":\"\"`, 200, true},
		{"[[429]]", `rate_limit_exceeded`, 429, false},
		{"[[quota]]", `insufficient_quota`, 429, false},
		{"[[529]]", `server_error`, 529, false},
	} {
		before := w.Books().BilledCalls
		g := w.post("/v1/chat/completions", chatBody("Greet "+c.word, lineSchema))
		if billed := w.Books().BilledCalls > before; g.status != c.status || billed != c.billed || !strings.Contains(g.raw, c.has) {
			t.Errorf("%s: %d, billed %v: %s", c.word, g.status, billed, g.raw)
		}
	}
	for _, body := range []string{`{}`, `[`, `{"model":"m","messages":[]}`, `{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}`} {
		if g := w.post("/v1/chat/completions", body); g.status != 400 {
			t.Errorf("%s: %d", body, g.status)
		}
	}
	if g := w.post("/v1/chat/completions", chatBody("x", lineSchema), "Authorization", "Bearer bad"); g.status != 401 {
		t.Errorf("bad key: %d", g.status)
	}
}

// A model that bills by the token answers at lengths that vary, the same each
// time, and its books agree with the usage that it states.
func TestModelBillsByTheToken(t *testing.T) {
	cfg := sandbox.Defaults()
	cfg.ModelTokens = 120
	w := start(t, cfg)
	schema := `{"type":"object","properties":{"line":{"type":"string"}},"required":["line"],"additionalProperties":false}`
	var billed fettle.Credits
	lengths := map[int64]bool{}
	shortest, longest, hidden := int64(1<<40), int64(0), false
	for i := range 200 {
		g := w.post("/v1/chat/completions", chatBody(fmt.Sprintf("Greet person %d", i), schema))
		var c struct {
			completion
			Usage struct {
				PromptTokens     int64 `json:"prompt_tokens"`
				CompletionTokens int64 `json:"completion_tokens"`
				TotalTokens      int64 `json:"total_tokens"`
				Details          struct {
					Reasoning int64 `json:"reasoning_tokens"`
				} `json:"completion_tokens_details"`
			}
		}
		if err := json.Unmarshal([]byte(g.raw), &c); err != nil {
			t.Fatal(err)
		}
		u := c.Usage
		billed += fettle.Credits((u.PromptTokens*500_000 + u.CompletionTokens*4_000_000 + 999_999) / 1_000_000 * 100)
		lengths[u.CompletionTokens] = true
		shortest, longest = min(shortest, u.CompletionTokens), max(longest, u.CompletionTokens)
		hidden = hidden || u.Details.Reasoning > 0
		if u.TotalTokens != u.PromptTokens+u.CompletionTokens || u.Details.Reasoning >= u.CompletionTokens {
			t.Fatalf("%+v", u)
		}
	}
	if b := w.Books(); b.BilledCredits != billed {
		t.Errorf("the books say %s, the usage %s", b.BilledCredits, billed)
	}
	if len(lengths) < 80 || longest < 4*shortest || !hidden {
		t.Errorf("%d lengths, %d to %d tokens, hidden %v", len(lengths), shortest, longest, hidden)
	}
	body := chatBody("Greet person 0", schema)
	first, again := w.post("/v1/chat/completions", body), w.post("/v1/chat/completions", body)
	if first.raw != again.raw {
		t.Error("the same question was answered at another length")
	}
	cut := strings.Replace(body, `"max_completion_tokens":1000`, `"max_completion_tokens":5`, 1)
	if g := w.post("/v1/chat/completions", cut); !strings.Contains(g.raw, `"finish_reason":"length"`) || !strings.Contains(g.raw, `"completion_tokens":5,`) {
		t.Errorf("beyond its bound: %s", g.raw)
	}
}

func TestTokenPricesAreAnnounced(t *testing.T) {
	var caps sandbox.Capabilities
	start(t, sandbox.Defaults()).get("/capabilities", &caps)
	if caps.ModelPrice != nil {
		t.Errorf("billed by the request: %+v", caps.ModelPrice)
	}
	cfg := sandbox.Defaults()
	cfg.ModelTokens, cfg.ModelInput = 50, 3*fettle.Credit
	start(t, cfg).get("/capabilities", &caps)
	if want := (sandbox.TokenPrices{Input: 3 * fettle.Credit, Output: 4 * fettle.Credit}); caps.ModelPrice == nil || *caps.ModelPrice != want {
		t.Errorf("%+v", caps.ModelPrice)
	}
	for _, bad := range []sandbox.Config{{ModelTokens: -1}, {ModelTokens: 1 << 40}, {ModelInput: -1}, {ModelOutput: 1 << 50}} {
		if fettle.CodeOf(bad.Check()) != fettle.Invalid {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

// TestAPromptAboutAMove answers with what the prompt says of both jobs.
func TestAPromptAboutAMove(t *testing.T) {
	w := start(t, sandbox.Defaults())
	for _, c := range []struct {
		prompt string
		both   bool
	}{{"Write.\nBefore: CFO at a.example\nNow: CEO at b.example\n", true}, {"Write.\nNow: CEO at b.example\n", false}} {
		body := w.post("/v1/chat/completions", chatBody(c.prompt, `{"type":"object","properties":{"line":{"type":"string"}}}`)).raw
		if got := strings.Contains(body, "CFO at a.example") && strings.Contains(body, "CEO at b.example"); got != c.both {
			t.Errorf("%q: %s", c.prompt, body)
		}
	}
}
