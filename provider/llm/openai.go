package llm

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"fettle/provider"
)

// openAI speaks chat completions.
type openAI struct{}

func (openAI) firstMode() mode { return strictFull }

// base adds the /v1 that people leave out.
func (openAI) base(u *url.URL) string {
	if u.Path == "" || u.Path == "/" {
		u.Path = "/v1"
	}
	return strings.TrimSuffix(u.String(), "/") + "/"
}

func (openAI) endpoint() string { return "chat/completions" }

func (openAI) authorize(h http.Header, key string) {
	if key != "" {
		h.Set("Authorization", "Bearer "+key)
	}
}

// takesCompletionTokens tells the servers that are known to hold an answer to
// max_completion_tokens. Others are asked with the older max_tokens first,
// since one who ignores the field that we send would answer without a bound.
func takesCompletionTokens(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	host := u.Hostname()
	for _, known := range []string{"openai.com", "groq.com", "azure.com", "anthropic.com"} {
		if host == known || strings.HasSuffix(host, "."+known) {
			return true
		}
	}
	return false
}

// chatMessage is one turn of a conversation.
type chatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type chatRequest struct {
	Model               string        `json:"model"`
	Messages            []chatMessage `json:"messages"`
	MaxTokens           int64         `json:"max_tokens,omitempty"`
	MaxCompletionTokens int64         `json:"max_completion_tokens,omitempty"`
	Temperature         *float64      `json:"temperature,omitempty"`
	ReasoningEffort     string        `json:"reasoning_effort,omitempty"`
	ResponseFormat      any           `json:"response_format,omitempty"`
}

func (openAI) body(q question) any {
	b := chatRequest{
		Model: q.model, Messages: []chatMessage{{"system", q.system}, {"user", q.user}},
		Temperature: q.settings.temperature, ReasoningEffort: q.settings.effort,
	}
	if q.complaint != "" {
		b.Messages = append(b.Messages, chatMessage{"assistant", q.bad}, chatMessage{"user", repairText(q.complaint)})
	}
	if q.oldField {
		b.MaxTokens = q.settings.maxOutput
	} else {
		b.MaxCompletionTokens = q.settings.maxOutput
	}
	strict := func(schema map[string]any) any {
		return map[string]any{"type": "json_schema", "json_schema": map[string]any{"name": "answer", "strict": true, "schema": schema}}
	}
	switch q.mode {
	case strictFull:
		b.ResponseFormat = strict(q.schema.full)
	case strictPlain:
		b.ResponseFormat = strict(q.schema.plain)
	case anyObject:
		b.ResponseFormat = map[string]any{"type": "json_object"}
	case inWords:
	}
	return b
}

// repairText asks for a better answer.
func repairText(complaint string) string {
	return "That answer does not fit the JSON Schema: " + complaint + "\nAnswer again with one JSON object that fits it, and nothing else."
}

// completion is what of an answer is read, in the forms of all servers that
// call themselves compatible.
type completion struct {
	Model   string          `json:"model"`
	Choices []choice        `json:"choices"`
	Error   json.RawMessage `json:"error"`

	Usage         json.RawMessage `json:"usage"`
	UsageMetadata json.RawMessage `json:"usageMetadata"`
}

type choice struct {
	Message struct {
		Content          json.RawMessage `json:"content"`
		Refusal          json.RawMessage `json:"refusal"`
		Reasoning        json.RawMessage `json:"reasoning"`
		ReasoningContent json.RawMessage `json:"reasoning_content"`
		ToolCalls        []struct {
			Function struct {
				Arguments json.RawMessage `json:"arguments"`
			} `json:"function"`
		} `json:"tool_calls"`
	} `json:"message"`
	FinishReason string          `json:"finish_reason"`
	Error        json.RawMessage `json:"error"`
	Usage        json.RawMessage `json:"usage"`
}

func (openAI) read(body []byte) (reply, bool) {
	var got completion
	if !decode(body, &got) {
		return reply{}, false
	}
	if len(got.Choices) == 0 {
		// Without an answer, figures are still the bill of what was asked.
		r := reply{model: got.Model, figures: readFigures(got.Usage, got.UsageMetadata), finish: failedUpstream, problem: "It sent no answer with them."}
		return r, max(r.figures.output, r.figures.total-r.figures.prompt) > 0 && !present(got.Error)
	}
	c := got.Choices[0]
	r := reply{model: got.Model, figures: readFigures(got.Usage, got.UsageMetadata, c.Usage)}
	r.hear(c.Message.Content)
	var reasoning reply
	reasoning.hear(c.Message.Reasoning)
	reasoning.hear(c.Message.ReasoningContent)
	r.reasoning += reasoning.text + reasoning.reasoning
	for _, call := range c.Message.ToolCalls {
		var arguments reply
		arguments.hear(call.Function.Arguments)
		r.others = append(r.others, arguments.text)
	}
	var refusal reply
	refusal.hear(c.Message.Refusal)
	r.refusal += refusal.text
	switch finish := strings.ToLower(c.FinishReason); {
	case present(c.Error), finish == "error", present(got.Error) && r.text == "":
		r.finish = failedUpstream
		for _, raw := range []json.RawMessage{c.Error, got.Error} {
			if f, ok := namedFailure(raw); ok && r.problem == "" {
				r.problem = f.message
			}
		}
	case r.refusal != "", finish == "refusal":
		r.finish = declined
	case finish == "length", finish == "max_tokens", finish == "max_output_tokens", finish == "model_length":
		r.finish = outOfTokens
	case finish == "content_filter", finish == "safety", finish == "content_filtered":
		r.finish = filtered
	}
	return r, true
}

func (openAI) signals(h http.Header) []provider.RateSignal {
	var signals []provider.RateSignal
	for _, policy := range []string{"requests", "tokens"} {
		if s, ok := signal(h, policy, "X-Ratelimit-Remaining-"+policy, "X-Ratelimit-Reset-"+policy); ok {
			signals = append(signals, s)
		}
	}
	return signals
}
