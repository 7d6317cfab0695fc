package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"fettle"
)

// SourceBody is a body as it was sent to a source, and what became of it.
type SourceBody struct {
	ID     int64             `json:"id"`
	At     time.Time         `json:"at"`
	Body   any               `json:"body"`
	Answer fettle.UpsertView `json:"answer"`
}

func source(name, rest string) string { return "/sources/" + url.PathEscape(name) + rest }

// Flows lists every way by which records come in or go out.
func (c *Client) Flows(ctx context.Context) ([]fettle.Flow, error) {
	p, err := get[Page[fettle.Flow]](ctx, c, "/flows", nil)
	return p.Items, err
}

// Sources lists the addresses to which others send records.
func (c *Client) Sources(ctx context.Context) ([]fettle.SourceView, error) {
	p, err := get[Page[fettle.SourceView]](ctx, c, "/sources", nil)
	return p.Items, err
}

// SetSourceSecret keeps the secret with which the file of a source is fetched; ""
// takes it away.
func (c *Client) SetSourceSecret(ctx context.Context, name, secret string) (fettle.SourceView, error) {
	var out fettle.SourceView
	err := c.do(ctx, request{method: http.MethodPatch, path: source(name, ""), body: map[string]string{"secret": secret}}, &out)
	return out, err
}

// ReadingInput says how the file of a source is read now.
type ReadingInput struct {
	DryRun     bool `json:"dry_run,omitempty"`
	NewColumns bool `json:"new_columns,omitempty"`
	NoRun      bool `json:"no_run,omitempty"`
	Confirm    bool `json:"confirm,omitempty"`
}

// ReadSource reads the file of a source now.
func (c *Client) ReadSource(ctx context.Context, name string, in ReadingInput) (fettle.SourceReading, error) {
	return post[fettle.SourceReading](ctx, c, source(name, "/read"), in)
}

// DeleteSource takes a source away.
func (c *Client) DeleteSource(ctx context.Context, name string) error {
	return c.remove(ctx, source(name, ""))
}

// MakeSourceToken gives a source's address a token, which is shown once.
func (c *Client) MakeSourceToken(ctx context.Context, name string) (HookToken, error) {
	return post[HookToken](ctx, c, source(name, "/token"), nil)
}

// DeleteSourceToken ends the token of a source's address.
func (c *Client) DeleteSourceToken(ctx context.Context, name string) error {
	return c.remove(ctx, source(name, "/token"))
}

// SourceBodies gives what a source was sent, newest first.
func (c *Client) SourceBodies(ctx context.Context, name string, limit int) ([]SourceBody, error) {
	p, err := get[Page[SourceBody]](ctx, c, source(name, "/posts"), values("limit", number(int64(limit))))
	return p.Items, err
}

// ReplayBody reads a body again that is kept.
func (c *Client) ReplayBody(ctx context.Context, name string, id int64) (fettle.UpsertView, error) {
	return post[fettle.UpsertView](ctx, c, source(name, "/posts/"+strconv.FormatInt(id, 10)+"/replay"), nil)
}
