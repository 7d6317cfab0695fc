package client

import (
	"context"
	"net/http"
	"net/url"

	"fettle"
)

// DestinationInput says how a destination is called and reached; what is nil stays
// as it is.
type DestinationInput struct {
	Label   *string `json:"label,omitempty"`
	Key     *string `json:"key,omitempty"`
	BaseURL *string `json:"base_url,omitempty"`
}

// SentQuery asks for a page of a destination's log.
type SentQuery struct {
	Outcome string
	Record  int64
	After   string
	Limit   int
}

func destination(name, rest string) string { return "/destinations/" + url.PathEscape(name) + rest }

// Destinations lists where records go.
func (c *Client) Destinations(ctx context.Context) ([]fettle.DestinationView, error) {
	p, err := get[Page[fettle.DestinationView]](ctx, c, "/destinations", nil)
	return p.Items, err
}

// Destination gives one destination.
func (c *Client) Destination(ctx context.Context, name string) (fettle.DestinationView, error) {
	return get[fettle.DestinationView](ctx, c, destination(name, ""), nil)
}

// SetDestination says how a destination is called and reached.
func (c *Client) SetDestination(ctx context.Context, name string, in DestinationInput) (fettle.DestinationView, error) {
	var out fettle.DestinationView
	err := c.do(ctx, request{method: http.MethodPatch, path: destination(name, ""), body: in}, &out)
	return out, err
}

// DeleteDestination takes a destination away.
func (c *Client) DeleteDestination(ctx context.Context, name string) error {
	return c.remove(ctx, destination(name, ""))
}

// CheckDestination says what would be written of the first records; 0 is the usual
// number.
func (c *Client) CheckDestination(ctx context.Context, name string, records int) (fettle.DestinationCheck, error) {
	body := map[string]any{}
	if records > 0 {
		body["records"] = records
	}
	return post[fettle.DestinationCheck](ctx, c, destination(name, "/check"), body)
}

// TurnOnDestination has records be sent.
func (c *Client) TurnOnDestination(ctx context.Context, name string, newOnly, confirm bool) (fettle.DestinationView, error) {
	return post[fettle.DestinationView](ctx, c, destination(name, "/on"), map[string]any{"new_only": newOnly, "confirm": confirm})
}

// TurnOffDestination has nothing more be sent.
func (c *Client) TurnOffDestination(ctx context.Context, name string) (fettle.DestinationView, error) {
	return post[fettle.DestinationView](ctx, c, destination(name, "/off"), nil)
}

// SendDestination has all records of the audience be sent now.
func (c *Client) SendDestination(ctx context.Context, name string, again, confirm bool) (fettle.DestinationView, error) {
	return post[fettle.DestinationView](ctx, c, destination(name, "/send"), map[string]any{"again": again, "confirm": confirm})
}

// Sent gives a page of what was tried, newest first.
func (c *Client) Sent(ctx context.Context, name string, q SentQuery) (Page[fettle.SentView], error) {
	return get[Page[fettle.SentView]](ctx, c, destination(name, "/log"), values("outcome", q.Outcome, "record", number(q.Record), "after", q.After, "limit", number(int64(q.Limit))))
}

// ReplaySent sends a record again, or with 0 all that were given up.
func (c *Client) ReplaySent(ctx context.Context, name string, record int64) (Count, error) {
	body := map[string]any{"failed": true}
	if record != 0 {
		body = map[string]any{"record": record}
	}
	return post[Count](ctx, c, destination(name, "/replay"), body)
}
