package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// anthropic is the shape of POST /v1/messages.
type anthropic struct{}

func (anthropic) read(body []byte) (chat, error) {
	var in struct {
		Model        string          `json:"model"`
		System       json.RawMessage `json:"system"`
		Messages     []message       `json:"messages"`
		MaxTokens    int64           `json:"max_tokens"`
		Stream       bool            `json:"stream"`
		OutputConfig struct {
			Format struct {
				Type   string         `json:"type"`
				Schema map[string]any `json:"schema"`
			} `json:"format"`
		} `json:"output_config"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return chat{}, err
	}
	c := chat{model: in.Model, stream: in.Stream, maxTokens: in.MaxTokens}
	c.hear(append([]message{{Role: "system", Content: in.System}}, in.Messages...))
	if in.OutputConfig.Format.Type == "json_schema" {
		c.schema = in.OutputConfig.Format.Schema
	}
	return c, nil
}

func (anthropic) write(c chat, a answer) []byte {
	stop := "end_turn"
	switch a.finish {
	case stopped:
	case outOfTokens:
		stop = "max_tokens"
	case declined, filtered:
		stop = "refusal"
	}
	return mustJSON(map[string]any{
		"id": "msg_" + a.id, "type": "message", "role": "assistant", "model": c.model,
		"content":     []any{map[string]any{"type": "text", "text": a.content}},
		"stop_reason": stop, "stop_sequence": nil,
		"usage": map[string]any{
			"input_tokens": a.prompt, "output_tokens": a.output,
			"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
		},
	})
}

func (anthropic) fail(status int, code, message string) []byte {
	kind := map[int]string{
		http.StatusBadRequest: "invalid_request_error", http.StatusUnauthorized: "authentication_error",
		http.StatusPaymentRequired: "billing_error", http.StatusTooManyRequests: "rate_limit_error", 529: "overloaded_error",
	}[status]
	switch {
	case code == "insufficient_quota":
		kind = "billing_error"
	case kind == "":
		kind = "api_error"
	}
	return mustJSON(map[string]any{"type": "error", "error": map[string]any{"type": kind, "message": message}, "request_id": "req_sandbox"})
}

func (anthropic) headers(limit, remaining int, reset time.Duration) map[string]string {
	return map[string]string{
		"Anthropic-Ratelimit-Requests-Limit":     strconv.Itoa(limit),
		"Anthropic-Ratelimit-Requests-Remaining": strconv.Itoa(remaining),
		"Anthropic-Ratelimit-Requests-Reset":     time.Now().Add(reset).UTC().Format(time.RFC3339),
		"Request-Id":                             "req_sandbox",
	}
}
