package llm

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"fettle/provider"
)

// anthropicAPI speaks the messages API.
type anthropicAPI struct{}

// anthropicVersion is the version of the API that is spoken.
const anthropicVersion = "2023-06-01"

// firstMode leaves bounds out: the API refuses schemas with minimum, maxLength
// and their like.
func (anthropicAPI) firstMode() mode { return strictPlain }

// base is without the /v1, which the endpoint has.
func (anthropicAPI) base(u *url.URL) string {
	return strings.TrimSuffix(strings.TrimSuffix(u.String(), "/"), "/v1") + "/"
}

func (anthropicAPI) endpoint() string { return "v1/messages" }

func (anthropicAPI) authorize(h http.Header, key string) {
	h.Set("Anthropic-Version", anthropicVersion)
	if key != "" {
		h.Set("X-Api-Key", key)
	}
}

type textBlock struct {
	Type         string            `json:"type"`
	Text         string            `json:"text"`
	CacheControl map[string]string `json:"cache_control,omitempty"`
}

type turn struct {
	Role    string      `json:"role"`
	Content []textBlock `json:"content"`
}

type messagesRequest struct {
	Model        string         `json:"model"`
	MaxTokens    int64          `json:"max_tokens"`
	System       []textBlock    `json:"system"`
	Messages     []turn         `json:"messages"`
	Temperature  *float64       `json:"temperature,omitempty"`
	OutputConfig map[string]any `json:"output_config,omitempty"`
}

func (anthropicAPI) body(q question) any {
	say := func(role, text string) turn { return turn{role, []textBlock{{Type: "text", Text: text}}} }
	b := messagesRequest{
		Model: q.model, MaxTokens: q.settings.maxOutput, Temperature: q.settings.temperature,
		System:       []textBlock{{Type: "text", Text: q.system, CacheControl: map[string]string{"type": "ephemeral"}}},
		Messages:     []turn{say("user", q.user)},
		OutputConfig: map[string]any{},
	}
	if q.complaint != "" {
		bad := q.bad
		if strings.TrimSpace(bad) == "" {
			bad = "(nothing)" // the API takes no empty text
		}
		b.Messages = append(b.Messages, say("assistant", bad), say("user", repairText(q.complaint)))
	}
	if q.settings.effort != "" {
		b.OutputConfig["effort"] = q.settings.effort
	}
	switch q.mode {
	case strictFull:
		b.OutputConfig["format"] = map[string]any{"type": "json_schema", "schema": q.schema.full}
	case strictPlain:
		b.OutputConfig["format"] = map[string]any{"type": "json_schema", "schema": q.schema.plain}
	case anyObject, inWords: // there is no such format: only the prompt says it
	}
	return b
}

func (anthropicAPI) read(body []byte) (reply, bool) {
	var got struct {
		Type       string          `json:"type"`
		Model      string          `json:"model"`
		Content    json.RawMessage `json:"content"`
		StopReason string          `json:"stop_reason"`
		Usage      json.RawMessage `json:"usage"`
	}
	if !decode(body, &got) || !present(got.Content) || got.Type != "message" && got.Type != "" {
		return reply{}, false
	}
	r := reply{model: got.Model, figures: readFigures(got.Usage)}
	r.hear(got.Content)
	switch got.StopReason {
	case "refusal":
		r.finish, r.refusal = declined, r.text+r.refusal
	case "max_tokens", "model_context_window_exceeded":
		r.finish = outOfTokens
	case "error":
		r.finish = failedUpstream
	}
	return r, true
}

func (anthropicAPI) signals(h http.Header) []provider.RateSignal {
	var signals []provider.RateSignal
	for _, policy := range []string{"requests", "tokens", "input-tokens", "output-tokens"} {
		if s, ok := signal(h, policy, "Anthropic-Ratelimit-"+policy+"-Remaining", "Anthropic-Ratelimit-"+policy+"-Reset"); ok {
			signals = append(signals, s)
		}
	}
	return signals
}
