package llm

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"fettle"
	"fettle/internal/safehttp"
	"fettle/provider"
)

// Provider is one vendor's models, or those of whoever speaks the vendor's
// protocol.
type Provider struct {
	description provider.Description
	protocol    protocol

	mu        sync.Mutex
	announced map[string]announced     // by base URL: what a sandbox says of itself
	learnt    map[string]*capabilities // by endpoint, model and schema: what was refused before
}

// announced is what the simulated provider says of itself.
type announced struct {
	Idempotent bool          `json:"idempotent"`
	Price      *sandboxPrice `json:"model_price"` // nil: one cent a request
}

// sandboxPrice is in US dollars per million tokens.
type sandboxPrice struct {
	Input  provider.Units `json:"input_usd"`
	Output provider.Units `json:"output_usd"`
}

// protocol is a vendor's way of asking.
type protocol interface {
	// base is the address to send to, made of what was given; it ends in /.
	base(u *url.URL) string
	// endpoint is below it.
	endpoint() string
	// authorize adds the key, and what else every request has.
	authorize(h http.Header, key string)
	// body is the request's, ready to be written as JSON.
	body(q question) any
	// read reads an answer. It is not ok if the body is none.
	read(body []byte) (r reply, ok bool)
	// signals reads what the response says of rate policies.
	signals(h http.Header) []provider.RateSignal
	// firstMode is how structured output is asked for before anything is known
	// of the endpoint.
	firstMode() mode
}

// OpenAI is llm/openai: OpenAI's models, and any server with a compatible API.
func OpenAI() *Provider {
	return newProvider("llm/openai", "OpenAI and compatible models", "https://api.openai.com/v1", "OPENAI_API_KEY", "https://platform.openai.com/docs/api-reference/chat", openAI{})
}

// Anthropic is llm/anthropic: Anthropic's models.
func Anthropic() *Provider {
	return newProvider("llm/anthropic", "Anthropic models", "https://api.anthropic.com", "ANTHROPIC_API_KEY", "https://docs.anthropic.com/en/api/messages", anthropicAPI{})
}

// simulated is the name of the simulated model.
const simulated = "llm/sandbox"

// Simulated is llm/sandbox: a model that makes its answers up, of the sandbox. It
// has a name of its own, so that what it wrote is never taken for what a vendor's
// model wrote.
func Simulated() *Provider {
	p := newProvider(simulated, "Simulated model", "http://127.0.0.1:7071/v1", "", "", openAI{})
	p.description.NeedsKey = false
	return p
}

func newProvider(name, title, base, keyEnv, docs string, p protocol) *Provider {
	return &Provider{
		protocol:  p,
		announced: map[string]announced{},
		learnt:    map[string]*capabilities{},
		description: provider.Description{
			Name: name, Title: title, Kind: provider.AI, Unit: "USD", BaseURL: base, NeedsKey: true, KeyEnv: keyEnv, Docs: docs,
			Operations: []provider.OperationInfo{info(name, title, []provider.Param{})},
		},
	}
}

// info describes the provider's one operation, whose id is the provider's name.
func info(name, title string, outputs []provider.Param) provider.OperationInfo {
	return provider.OperationInfo{
		ID: name, Title: title,
		Inputs:     []provider.Param{{Name: "prompt", Type: fettle.Text, Label: "Prompt"}, {Name: "system", Type: fettle.Text, Label: "Instructions"}},
		RequireAny: [][]string{{"prompt"}},
		Options: []provider.Param{
			{Name: "temperature", Type: fettle.Number, Label: "Temperature"},
			{Name: "reasoning_effort", Type: fettle.Text, Label: "Reasoning effort"},
			{Name: "repairs", Type: fettle.Number, Label: "Tries to repair an answer that breaks the schema, each billed", Default: 1},
		},
		Outputs:    outputs,
		Definition: "Asks a model for an object that fits the step's output schema.",
	}
}

// Describe says what the provider offers.
func (p *Provider) Describe() provider.Description { return p.description }

// Refresh asks a sandbox what it can do. Of any other endpoint there is
// nothing to ask: no vendor of models takes idempotency keys.
func (p *Provider) Refresh(ctx context.Context, conn provider.Connection) error {
	if !conn.Sandbox {
		return nil
	}
	base, err := p.baseURL(conn)
	if err != nil {
		return err
	}
	root := strings.TrimSuffix(strings.TrimSuffix(base, "/"), "/v1")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, root+"/capabilities", nil)
	if err != nil {
		return err
	}
	resp, _, err := safehttp.Do(conn.Client, req) //nolint:bodyclose // ReadBody closes it
	if err != nil {
		return fettle.Errorf(fettle.Unavailable, "the sandbox at %s does not answer: %w", root, err).WithHint("Whoever runs the server starts it (fettle sandbox).")
	}
	body, err := safehttp.ReadBody(resp, 1<<20)
	var caps announced
	if err == nil {
		err = json.Unmarshal(body, &caps)
	}
	if err != nil || resp.StatusCode != http.StatusOK {
		return fettle.Errorf(fettle.Unavailable, "%s/capabilities answered with status %d and nothing that can be read", root, resp.StatusCode).WithHint("Give the address of a simulated provider (fettle sandbox).")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.announced[base] = caps
	return nil
}

// baseURL is where the connection's requests go.
func (p *Provider) baseURL(conn provider.Connection) (string, error) {
	text := conn.BaseURL
	if text == "" {
		text = p.description.BaseURL
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", fettle.Errorf(fettle.Invalid, "%q is not the address of a model server", text).WithHint("Write it with its scheme, such as http://localhost:11434/v1.").With("key", "base_url")
	}
	return p.protocol.base(u), nil
}

// pricedAs is the vendor whose prices count: the one whose server it is, or
// the one whose protocol it is where the address tells nothing.
func (p *Provider) pricedAs(base string) string {
	host := base
	if u, err := url.Parse(base); err == nil {
		host = u.Hostname()
	}
	for _, known := range []struct{ suffix, vendor string }{
		{"groq.com", "groq"},
		{"mistral.ai", "mistral"},
		{"deepseek.com", "deepseek"},
		{"googleapis.com", "google"},
		{"openai.com", "openai"},
		{"anthropic.com", "anthropic"},
	} {
		if host == known.suffix || strings.HasSuffix(host, "."+known.suffix) {
			return known.vendor
		}
	}
	return vendor(p.description.Name)
}
