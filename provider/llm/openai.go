package llm

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/param"
	"github.com/openai/openai-go/v3/shared"

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

func (openAI) ask(ctx context.Context, x *exchange, q question) (reply, error) {
	options := []option.RequestOption{
		option.WithBaseURL(x.base), option.WithAPIKey(x.secret), option.WithHTTPClient(x), option.WithMaxRetries(0),
	}
	if q.key != "" {
		options = append(options, option.WithHeader("Idempotency-Key", q.key))
	}
	chat := openai.NewChatCompletionService()
	got, err := chat.New(ctx, openAIParams(q), options...)
	if err != nil {
		return reply{}, err
	}
	return openAIReply(got)
}

func openAIParams(q question) openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{
		Model:    q.model,
		Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage(q.system), openai.UserMessage(q.user)},
	}
	if q.complaint != "" {
		p.Messages = append(p.Messages, openai.AssistantMessage(q.bad), openai.UserMessage(repairText(q.complaint)))
	}
	if q.oldField {
		p.MaxTokens = param.NewOpt(q.settings.maxOutput)
	} else {
		p.MaxCompletionTokens = param.NewOpt(q.settings.maxOutput)
	}
	if q.settings.temperature != nil {
		p.Temperature = param.NewOpt(*q.settings.temperature)
	}
	p.ReasoningEffort = shared.ReasoningEffort(q.settings.effort)
	switch q.mode {
	case strictFull, strictPlain:
		schema := q.schema.full
		if q.mode == strictPlain {
			schema = q.schema.plain
		}
		p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "answer", Strict: param.NewOpt(true), Schema: schema},
		}
	case anyObject:
		p.ResponseFormat.OfJSONObject = &shared.ResponseFormatJSONObjectParam{}
	case inWords:
	}
	return p
}

// repairText asks for a better answer.
func repairText(complaint string) string {
	return "That answer does not fit the JSON Schema: " + complaint + "\nAnswer again with one JSON object that fits it, and nothing else."
}

func openAIReply(got *openai.ChatCompletion) (reply, error) {
	if got == nil || len(got.Choices) == 0 {
		return reply{}, errors.New("the response holds no choice")
	}
	choice := got.Choices[0]
	r := reply{text: choice.Message.Content, refusal: choice.Message.Refusal, model: got.Model}
	switch {
	case choice.Message.Refusal != "":
		r.finish = declined
	case choice.FinishReason == "length":
		r.finish = outOfTokens
	case choice.FinishReason == "content_filter":
		r.finish = filtered
	}
	used := got.Usage
	cached := max(0, min(used.PromptTokensDetails.CachedTokens, used.PromptTokens))
	r.usage = provider.Usage{Input: used.PromptTokens - cached, CacheRead: cached, Output: used.CompletionTokens}
	r.metered = used.PromptTokens > 0
	return r, nil
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
