package llm

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
	"github.com/anthropics/anthropic-sdk-go/packages/param"

	"fettle/provider"
)

// anthropicAPI speaks the messages API.
type anthropicAPI struct{}

// firstMode leaves bounds out: the API refuses schemas with minimum, maxLength
// and their like.
func (anthropicAPI) firstMode() mode { return strictPlain }

// base is without the /v1, which the library adds.
func (anthropicAPI) base(u *url.URL) string {
	return strings.TrimSuffix(strings.TrimSuffix(u.String(), "/"), "/v1") + "/"
}

// longAnswer keeps the library from refusing long answers that are not
// streamed: how long a call may take is the engine's to say, by its context.
const longAnswer = time.Hour

func (anthropicAPI) ask(ctx context.Context, x *exchange, q question) (reply, error) {
	options := []option.RequestOption{
		option.WithBaseURL(x.base), option.WithAPIKey(x.secret), option.WithHTTPClient(x), option.WithMaxRetries(0), option.WithRequestTimeout(longAnswer),
	}
	if q.key != "" {
		options = append(options, option.WithHeader("Idempotency-Key", q.key))
	}
	messages := anthropic.NewMessageService()
	got, err := messages.New(ctx, anthropicParams(q), options...)
	if err != nil {
		return reply{}, err
	}
	return anthropicReply(got)
}

func anthropicParams(q question) anthropic.MessageNewParams {
	p := anthropic.MessageNewParams{
		Model:     q.model,
		MaxTokens: q.settings.maxOutput,
		System:    []anthropic.TextBlockParam{{Text: q.system, CacheControl: anthropic.NewCacheControlEphemeralParam()}},
		Messages:  []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock(q.user))},
	}
	if q.complaint != "" {
		bad := q.bad
		if strings.TrimSpace(bad) == "" {
			bad = "(nothing)" // the API takes no empty text
		}
		p.Messages = append(p.Messages, anthropic.NewAssistantMessage(anthropic.NewTextBlock(bad)), anthropic.NewUserMessage(anthropic.NewTextBlock(repairText(q.complaint))))
	}
	if q.settings.temperature != nil {
		p.Temperature = param.NewOpt(*q.settings.temperature)
	}
	p.OutputConfig.Effort = anthropic.OutputConfigEffort(q.settings.effort)
	switch q.mode {
	case strictFull:
		p.OutputConfig.Format = anthropic.JSONOutputFormatParam{Schema: q.schema.full}
	case strictPlain:
		p.OutputConfig.Format = anthropic.JSONOutputFormatParam{Schema: q.schema.plain}
	case anyObject, inWords: // there is no such format: only the prompt says it
	}
	return p
}

func anthropicReply(got *anthropic.Message) (reply, error) {
	if got == nil || got.Type != "message" {
		return reply{}, errors.New("the response is no message")
	}
	r := reply{model: got.Model}
	for _, block := range got.Content {
		r.text += block.Text
	}
	switch got.StopReason {
	case anthropic.StopReasonRefusal:
		r.finish, r.refusal = declined, r.text
	case anthropic.StopReasonMaxTokens, anthropic.StopReasonModelContextWindowExceeded:
		r.finish = outOfTokens
	case anthropic.StopReasonEndTurn, anthropic.StopReasonStopSequence, anthropic.StopReasonToolUse, anthropic.StopReasonPauseTurn:
	}
	used := got.Usage
	r.usage = provider.Usage{
		Input: used.InputTokens, CacheWrite: used.CacheCreationInputTokens, CacheRead: used.CacheReadInputTokens, Output: used.OutputTokens,
	}
	r.metered = used.InputTokens+used.CacheCreationInputTokens+used.CacheReadInputTokens > 0
	return r, nil
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
