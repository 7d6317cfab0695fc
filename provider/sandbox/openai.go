package sandbox

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// openAI is the shape of POST /v1/chat/completions.
type openAI struct{}

func (openAI) read(body []byte) (chat, error) {
	var in struct {
		Model               string    `json:"model"`
		Messages            []message `json:"messages"`
		MaxTokens           int64     `json:"max_tokens"`
		MaxCompletionTokens int64     `json:"max_completion_tokens"`
		Stream              bool      `json:"stream"`
		ResponseFormat      struct {
			Type       string `json:"type"`
			JSONSchema struct {
				Schema map[string]any `json:"schema"`
			} `json:"json_schema"`
		} `json:"response_format"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return chat{}, err
	}
	c := chat{model: in.Model, stream: in.Stream, maxTokens: max(in.MaxTokens, in.MaxCompletionTokens)}
	c.hear(in.Messages)
	switch in.ResponseFormat.Type {
	case "json_schema":
		c.schema = in.ResponseFormat.JSONSchema.Schema
	case "json_object":
		c.schema = map[string]any{"type": "object", "properties": map[string]any{"text": map[string]any{"type": "string"}}}
	}
	return c, nil
}

func (openAI) write(c chat, a answer) []byte {
	said := map[string]any{"role": "assistant", "content": a.content, "refusal": nil}
	finish := "stop"
	switch a.finish {
	case stopped:
	case outOfTokens:
		finish = "length"
	case declined:
		said["content"], said["refusal"] = nil, a.content
	case filtered:
		finish = "content_filter"
	}
	return mustJSON(map[string]any{
		"id": "chatcmpl-" + a.id, "object": "chat.completion", "created": 1767225600, "model": c.model,
		"choices": []any{map[string]any{"index": 0, "message": said, "finish_reason": finish, "logprobs": nil}},
		"usage": map[string]any{
			"prompt_tokens": a.prompt, "completion_tokens": a.output, "total_tokens": a.prompt + a.output,
			"prompt_tokens_details":     map[string]any{"cached_tokens": 0},
			"completion_tokens_details": map[string]any{"reasoning_tokens": a.hidden},
		},
	})
}

func (openAI) fail(status int, code, message string) []byte {
	kind := map[int]string{
		http.StatusBadRequest: "invalid_request_error", http.StatusUnauthorized: "invalid_request_error",
		http.StatusPaymentRequired: "insufficient_quota", http.StatusTooManyRequests: "rate_limit_exceeded",
	}[status]
	switch {
	case code == "insufficient_quota":
		kind = code
	case kind == "":
		kind = "server_error"
	}
	return mustJSON(map[string]any{"error": map[string]any{"message": message, "type": kind, "code": code, "param": nil}})
}

func (openAI) headers(limit, remaining int, reset time.Duration) map[string]string {
	return map[string]string{
		"X-Ratelimit-Limit-Requests":     strconv.Itoa(limit),
		"X-Ratelimit-Remaining-Requests": strconv.Itoa(remaining),
		"X-Ratelimit-Reset-Requests":     reset.String(),
	}
}
