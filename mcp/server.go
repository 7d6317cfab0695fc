package mcp

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"fettle"
	"fettle/client"
)

// tools are what one agent can ask for.
type tools struct {
	api    *client.Client
	quotes *Quotes
	owner  string // the hash of its token
}

const instructions = `Fettle keeps people and companies, audiences cut from them, and enrichments that fill their fields and cost credits.
Reading is free. To spend: quote, show the person rows and highest_credits, and only when they agree confirm with max_spend.
A quote holds for five minutes, can be confirmed once, and is refused if anything moved. You cannot raise limits or approve. Where a limit leaves too little, ask_for_more asks an admin; status says when it goes on.`

// New makes the server of one agent, who speaks with the client's token.
func New(api *client.Client, token string, quotes *Quotes, version string, log *slog.Logger) *sdk.Server {
	s := sdk.NewServer(&sdk.Implementation{Name: "fettle", Title: "Fettle", Version: version}, &sdk.ServerOptions{Instructions: instructions, Logger: log})
	t := &tools{api: api, quotes: quotes, owner: hash(token)}
	t.reading(s)
	spends := &sdk.ToolAnnotations{DestructiveHint: new(false)}
	add(s, &sdk.Tool{Name: "quote", Description: "Price what would spend credits. Spends nothing. The quote holds for five minutes, for these arguments, this definition and this audience.", Annotations: &sdk.ToolAnnotations{ReadOnlyHint: true}}, t.quote)
	add(s, &sdk.Tool{Name: "confirm", Description: "Do what was quoted, once. Spends credits, never more than max_spend. Ask the person first.", Annotations: spends}, t.confirm)
	add(s, &sdk.Tool{Name: "ask_for_more", Description: "Ask an admin for more than a limit leaves. Spends nothing and raises nothing: a person decides. Without limit and amount: the one that binds, and what all rows fit.", Annotations: spends}, t.askForMore)
	add(s, &sdk.Tool{Name: "stop", Description: "Pause an enrichment: no new call leaves; what is in flight lands.", Annotations: &sdk.ToolAnnotations{DestructiveHint: new(false), IdempotentHint: true}}, t.stop)
	return s
}

// Handler serves agents over HTTP, each with the bearer token of its requests.
// connect makes the client of a token.
func Handler(connect func(token string) (*client.Client, error), version string, log *slog.Logger) http.Handler {
	quotes := NewQuotes()
	h := sdk.NewStreamableHTTPHandler(func(r *http.Request) *sdk.Server {
		token := bearer(r)
		api, err := connect(token)
		if err != nil {
			log.ErrorContext(r.Context(), "an agent cannot be served", "error", err)
			return nil
		}
		return New(api, token, quotes, version, log)
	}, &sdk.StreamableHTTPOptions{Stateless: true, JSONResponse: true, Logger: log})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if bearer(r) == "" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="fettle"`)
			http.Error(w, "send a token of Fettle: Authorization: Bearer TOKEN", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// Refusal is what a tool gives that could not do what it was asked for.
type Refusal struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Next    string         `json:"next,omitempty"`
	Details map[string]any `json:"details,omitempty"`
}

// add adds a tool. Its error is a result with a code, a message and what to do next.
func add[In, Out any](s *sdk.Server, tool *sdk.Tool, do func(context.Context, In) (Out, error)) {
	sdk.AddTool(s, tool, func(ctx context.Context, _ *sdk.CallToolRequest, in In) (*sdk.CallToolResult, any, error) {
		out, err := do(ctx, in)
		if err == nil {
			return nil, out, nil
		}
		e := fettle.AsError(err)
		refusal := Refusal{Code: string(e.Code), Message: e.Message, Next: e.Hint, Details: e.Details}
		text, err := json.Marshal(refusal)
		if err != nil {
			return nil, nil, err
		}
		return &sdk.CallToolResult{IsError: true, Content: []sdk.Content{&sdk.TextContent{Text: string(text)}}, StructuredContent: refusal}, nil, nil
	})
}
