package client

import (
	"context"
	"net/http"

	"fettle"
)

func rename[T any](ctx context.Context, c *Client, path, label string) (T, error) {
	var out T
	err := c.do(ctx, request{method: http.MethodPatch, path: path, body: map[string]string{"label": label}}, &out)
	return out, err
}

// RenameAudience gives an audience another label; its name stays.
func (c *Client) RenameAudience(ctx context.Context, name, label string) (Audience, error) {
	return rename[Audience](ctx, c, audiencePath(name), label)
}

// RenameEnrichment gives an enrichment another label; its name stays.
func (c *Client) RenameEnrichment(ctx context.Context, name, label string) (fettle.EnrichmentView, error) {
	return rename[fettle.EnrichmentView](ctx, c, enrichmentPath(name, ""), label)
}

// RenameSignalRule gives a rule another label; its name stays.
func (c *Client) RenameSignalRule(ctx context.Context, name, label string) (fettle.SignalRuleView, error) {
	return rename[fettle.SignalRuleView](ctx, c, rulePath(name), label)
}

// CreateAudience makes an audience; without a name it is named after its label.
func (c *Client) CreateAudience(ctx context.Context, in AudienceInput) (Audience, error) {
	return post[Audience](ctx, c, "/audiences", in)
}
