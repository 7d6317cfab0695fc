package llm_test

import (
	"net/http"
	"strings"
	"testing"

	"fettle"
	"fettle/provider"
	"fettle/provider/llm"
	"fettle/provider/providertest"
)

func TestConformance(t *testing.T) {
	message := `{"id":"m","type":"message","role":"assistant","model":"claude-haiku-4-5","stop_reason":"end_turn","content":[{"type":"text","text":"{\"line\":\"Hello\"}"}],"usage":{"input_tokens":100,"output_tokens":51}}`
	for _, c := range []struct {
		provider      *llm.Provider
		model, answer string
	}{
		{llm.OpenAI(), "gpt-5-mini", completion(`{"line":"Hello"}`, usage)},
		{llm.Anthropic(), "claude-haiku-4-5", message},
	} {
		name := c.provider.Describe().Name
		t.Run(name, func(t *testing.T) {
			step := line(c.model)
			step.Provider = name
			providertest.Run(t, providertest.Case{
				Provider: c.provider, Conn: provider.Connection{Provider: name, Prices: prices(t)}, Step: step, Call: ask("Greet Jane"), BasePath: "/v1",
				Answer: func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					_, _ = w.Write([]byte(c.answer))
				},
			})
		})
	}
}

func TestStepsThatCannotBe(t *testing.T) {
	conn := connect(t, http.NotFoundHandler())
	for names, spoil := range map[string]func(*fettle.Step, *provider.Connection){
		"operation":         func(s *fettle.Step, _ *provider.Connection) { s.Provider = "llm/other" },
		"model":             func(s *fettle.Step, _ *provider.Connection) { s.Model = "" },
		"price unknown":     func(s *fettle.Step, _ *provider.Connection) { s.Model = "gpt-99" },
		"price unknown: ":   func(_ *fettle.Step, c *provider.Connection) { c.Prices = nil },
		"of groq":           func(_ *fettle.Step, c *provider.Connection) { c.BaseURL = "https://api.groq.com/openai/v1" },
		"no prompt":         func(s *fettle.Step, _ *provider.Connection) { s.Prompt = " " },
		"no output":         func(s *fettle.Step, _ *provider.Connection) { s.Output = nil },
		"no inputs":         func(s *fettle.Step, _ *provider.Connection) { s.Inputs = map[string]string{"a": "b"} },
		"max_output_tokens": func(s *fettle.Step, _ *provider.Connection) { s.MaxOutputTokens = -1 },
		"at most 128000":    func(s *fettle.Step, _ *provider.Connection) { s.MaxOutputTokens = 128_001 },
		"temperature":       func(s *fettle.Step, _ *provider.Connection) { s.Options = map[string]any{"temperature": "hot"} },
		"reasoning_effort":  func(s *fettle.Step, _ *provider.Connection) { s.Options = map[string]any{"reasoning_effort": "huge"} },
		"repairs":           func(s *fettle.Step, _ *provider.Connection) { s.Options = map[string]any{"repairs": 1.5} },
		"address":           func(_ *fettle.Step, c *provider.Connection) { c.BaseURL = "localhost:1234" },
	} {
		step, conn := line("gpt-5-mini"), conn
		step.Provider = "llm/openai"
		spoil(&step, &conn)
		_, err := llm.OpenAI().Prepare(step, conn)
		if e := fettle.AsError(err); e.Code != fettle.Invalid || e.Hint == "" || !strings.Contains(e.Message, strings.TrimSuffix(names, ": ")) {
			t.Errorf("%s: %v", names, err)
		}
	}
}

func TestFingerprint(t *testing.T) {
	p, conn := llm.OpenAI(), connect(t, http.NotFoundHandler())
	key := func(change func(*fettle.Step)) string {
		step := line("gpt-5-mini")
		change(&step)
		return prepare(t, p, step, conn).Fingerprint()
	}
	same := key(func(*fettle.Step) {})
	if key(func(s *fettle.Step) { s.MaxOutputTokens = 50; s.Prompt = "other" }) != same {
		t.Error("the prompt is an input, and the length of an answer is not part of the question")
	}
	for what, change := range map[string]func(*fettle.Step){
		"model":   func(s *fettle.Step) { s.Model = "gpt-5" },
		"schema":  func(s *fettle.Step) { s.Output = map[string]any{"line": "string"} },
		"options": func(s *fettle.Step) { s.Options = map[string]any{"temperature": 1} },
	} {
		if key(change) == same {
			t.Errorf("another %s is the same question", what)
		}
	}
}
