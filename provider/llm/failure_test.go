package llm_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"fettle/provider"
	"fettle/provider/llm"
)

// Errors that come with the status 200 mean what they would with their own.
func TestErrorsInA200(t *testing.T) {
	for _, c := range []struct {
		body string
		want provider.Outcome
	}{
		{`{"error":{"message":"Provider returned error","code":429}}`, provider.Throttled},
		{`{"error":{"message":"Provider returned error","code":"429"}}`, provider.Throttled},
		{`{"error":{"message":"slow","type":"rate_limit_error"}}`, provider.Throttled},
		{`{"error":{"message":"slow","code":"rate_limit_exceeded"}}`, provider.Throttled},
		{`{"error":{"message":"x","status":"RESOURCE_EXHAUSTED"}}`, provider.Throttled},
		{`[{"error":{"message":"x","code":429,"status":"RESOURCE_EXHAUSTED"}}]`, provider.Throttled},
		{`{"error":"Too many requests"}`, provider.Throttled},
		{`{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}`, provider.Throttled},
		{`{"object":"error","message":"slow","code":429}`, provider.Throttled},
		{`{"error":{"message":"Insufficient credits","code":402}}`, provider.OutOfCredit},
		{`{"error":{"message":"Insufficient credits. Add more"}}`, provider.OutOfCredit},
		{`{"error":{"message":"quota","code":"insufficient_quota"}}`, provider.OutOfCredit},
		{`{"error":{"message":"You exceeded your current quota","code":429}}`, provider.OutOfCredit},
		{`{"error":{"message":"No auth credentials found","code":401}}`, provider.AuthError},
		{`{"error":{"message":"x","code":"invalid_api_key"}}`, provider.AuthError},
		{`{"error":{"message":"No endpoints found for m","code":404}}`, provider.AuthError},
		{`{"error":{"message":"your input was flagged","code":403,"metadata":{"reasons":["x"]}}}`, provider.BadInput},
		{`{"error":{"message":"Input too long","code":400}}`, provider.BadInput},
		{`{"error":{"message":"too many tokens","code":"context_length_exceeded"}}`, provider.BadInput},
		{`{"error":{"message":"Upstream is down","code":502}}`, provider.Transient},
		{`{"error":{"message":"oops"}}`, provider.Transient},
		{`{"error":{"message":"Overloaded","type":"overloaded_error"}}`, provider.Transient},
		{`{"error":{"message":"Request timed out","code":408}}`, provider.Unknown}, // it may have been answered and billed
		{`{"id":"x","choices":[],"error":{"message":"slow","code":429}}`, provider.Throttled},
		{`{"choices":[{"index":0,"finish_reason":null,"error":{"message":"slow","code":429}}]}`, provider.Throttled},
		{`{"choices":[{"finish_reason":"error","message":{"content":""},"error":{"message":"pay","code":402}}],"usage":{"prompt_tokens":0,"completion_tokens":0}}`, provider.OutOfCredit},
		{`{"choices":[{"finish_reason":"error","message":{"content":null}}]}`, provider.Transient},
		{`{"choices":[{"finish_reason":"error","message":{"content":""},"error":{"code":429}}],"usage":{"prompt_tokens":90,"completion_tokens":0}}`, provider.Throttled},
		{`{"choices":[{"message":{"content":""}}],"error":{"message":"slow","code":429}}`, provider.Throttled},
		// no error, and no answer
		{`{"message":"queued"}`, provider.Unknown},
		{`{"detail":"hello"}`, provider.Unknown},
		{`{"error":null}`, provider.Unknown},
		{`{"error":{}}`, provider.Unknown},
		{`[]`, provider.Unknown},
		{`null`, provider.Unknown},
	} {
		for name, p := range map[string]*llm.Provider{"gpt-5-mini": llm.OpenAI(), "claude-haiku-4-5": llm.Anthropic()} {
			f := &fake{answer: func(int, map[string]any) (int, string) { return http.StatusOK, c.body }}
			res := do(t, prepare(t, p, line(name), connect(t, f)), ask("Greet"))
			if res.Outcome != c.want || res.Units != 0 || res.Message == "" || len(f.asked) != 1 {
				t.Errorf("%s %s: %s after %d requests, %s units: %q", name, c.body, res.Outcome, len(f.asked), res.Units, res.Message)
			}
		}
	}
}

// An error that counts what was written is paid for, and not asked again.
func TestAnErrorThatCountsItsTokensIsBilled(t *testing.T) {
	body := `{"choices":[{"finish_reason":"error","message":{"content":"{\"line\":\"Hel"},"error":{"message":"upstream died","code":502}}],"usage":` + usage + `}`
	f := &fake{answer: func(int, map[string]any) (int, string) { return http.StatusOK, body }}
	res := do(t, prepare(t, llm.OpenAI(), line("gpt-5-mini"), connect(t, f)), ask("Greet"))
	if res.Outcome != provider.Failed || res.Units != 717 || !strings.Contains(res.Message, "upstream died") || len(f.asked) != 1 {
		t.Errorf("%+v after %d requests", res, len(f.asked))
	}
}

// An answer without a choice that counts what was written is billed by its
// figures, not held as unknown at the highest price. Without figures nothing is
// known of it.
func TestNoChoiceIsBilledByItsFigures(t *testing.T) {
	for body, want := range map[string]provider.Result{
		`{"choices":[],"usage":` + usage + `}`:   {Outcome: provider.Failed, Units: 717},
		`{"choices":null,"usage":` + usage + `}`: {Outcome: provider.Failed, Units: 717},
		`{"choices":[]}`:                         {Outcome: provider.Unknown},
		`{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}}`: {Outcome: provider.Unknown},
		`{"choices":[],"error":{"message":"slow down","code":429},"usage":` + usage + `}`:   {Outcome: provider.Throttled},
	} {
		f := &fake{answer: func(int, map[string]any) (int, string) { return http.StatusOK, body }}
		res := do(t, prepare(t, llm.OpenAI(), line("gpt-5-mini"), connect(t, f)), ask("Greet"))
		if res.Outcome != want.Outcome || res.Units != want.Units || len(f.asked) != 1 {
			t.Errorf("%s: %+v after %d requests", body, res, len(f.asked))
		}
	}
}

// An endpoint that refuses a form with a 200 is asked another way too.
func TestARefusedFormInA200(t *testing.T) {
	f := &fake{answer: func(_ int, body map[string]any) (int, string) {
		if body["response_format"] != nil {
			return http.StatusOK, `{"error":{"message":"response_format is not supported by this model","code":400}}`
		}
		return http.StatusOK, completion(`{"line":"Hello"}`, usage)
	}}
	if res := do(t, prepare(t, llm.OpenAI(), line("gpt-5-mini"), connect(t, f)), ask("Greet")); res.Outcome != provider.Found || res.Units != 717 {
		t.Errorf("%+v", res)
	}
}

func TestRedirectsAreRefusals(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for name, p := range map[string]*llm.Provider{"gpt-5-mini": llm.OpenAI(), "claude-haiku-4-5": llm.Anthropic()} {
			arrived := 0
			conn := connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				arrived++
				w.Header().Set("Location", "https://other.test/v2/chat?key=sk-test-1234567890")
				w.WriteHeader(status)
			}))
			res := do(t, prepare(t, p, line(name), conn), ask("Greet"))
			if res.Outcome != provider.AuthError || res.Units != 0 || arrived != 1 || !strings.Contains(res.Message, "https://other.test/v2/chat") || strings.Contains(res.Message, "key=") {
				t.Errorf("%d: %s after %d requests: %q", status, res.Outcome, arrived, res.Message)
			}
		}
	}
}

func TestDeclaredCharset(t *testing.T) {
	for kind, body := range map[string]string{
		"application/json; charset=iso-8859-1":   completion(`{"line":"Gesch@ft"}`, usage),
		"application/json; charset=windows-1252": "\n" + completion(`{"line":"Gesch@ft"}`, usage),
	} {
		conn := connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			_, _ = w.Write([]byte(strings.ReplaceAll(body, "@", "\xe4")))
		}))
		if res := do(t, prepare(t, llm.OpenAI(), line("gpt-5-mini"), conn), ask("Greet")); res.Outputs["line"] != "Geschäft" {
			t.Errorf("%s: %+v", kind, res)
		}
	}
	conn := connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("\xef\xbb\xbf" + completion(`{"line":"Hello"}`, usage)))
	}))
	if res := do(t, prepare(t, llm.OpenAI(), line("gpt-5-mini"), conn), ask("Greet")); res.Outputs["line"] != "Hello" {
		t.Errorf("byte order mark: %+v", res)
	}
}

// Where there is no text, the answer may stand where a tool is called or where
// the reasoning is kept.
func TestAnswersInOtherPlaces(t *testing.T) {
	for name, message := range map[string]string{
		"tool":      `{"content":null,"tool_calls":[{"type":"function","function":{"name":"json","arguments":"{\"line\":\"Hello\"}"}}]}`,
		"object":    `{"content":"","tool_calls":[{"type":"function","function":{"name":"json","arguments":{"line":"Hello"}}}]}`,
		"reasoning": `{"content":"","reasoning_content":"So: {\"line\":\"Hello\"}"}`,
	} {
		body := fmt.Sprintf(`{"model":"m","choices":[{"finish_reason":"tool_calls","message":%s}],"usage":%s}`, message, usage)
		f := &fake{answer: func(int, map[string]any) (int, string) { return http.StatusOK, body }}
		if res := do(t, prepare(t, llm.OpenAI(), line("gpt-5-mini"), connect(t, f)), ask("Greet")); res.Outputs["line"] != "Hello" || res.Units != 717 {
			t.Errorf("%s: %+v", name, res)
		}
	}
	f := &fake{answer: func(int, map[string]any) (int, string) {
		return 200, `{"type":"message","model":"m","stop_reason":"tool_use","content":[{"type":"thinking","thinking":"{x}"},{"type":"tool_use","name":"json","input":{"line":"Hello"}}],"usage":{"input_tokens":1,"output_tokens":5}}`
	}}
	if res := do(t, prepare(t, llm.Anthropic(), line("claude-haiku-4-5"), connect(t, f)), ask("Greet")); res.Outputs["line"] != "Hello" {
		t.Errorf("anthropic: %+v", res)
	}
}

func TestThrottledInA200WaitsAsTold(t *testing.T) {
	conn := connect(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		_, _ = w.Write([]byte(`{"error":{"message":"slow","code":429}}`))
	}))
	if res := do(t, prepare(t, llm.OpenAI(), line("gpt-5-mini"), conn), ask("Greet")); res.Outcome != provider.Throttled || res.RetryAfter != 7*time.Second {
		t.Errorf("%+v", res)
	}
}
