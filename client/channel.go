package client

import (
	"context"
	"net/http"
	"net/url"

	"fettle"
)

// ChannelInput says what a channel is to be. Where it goes is one of webhook,
// slack and email; what is nil stays as it is.
type ChannelInput struct {
	Name       string           `json:"name,omitempty"`
	Label      *string          `json:"label,omitempty"`
	Webhook    *string          `json:"webhook,omitempty"`
	Slack      *string          `json:"slack,omitempty"`
	Email      []string         `json:"email,omitempty"`
	SMTP       *string          `json:"smtp,omitempty"`
	Secret     *string          `json:"secret,omitempty"`
	Events     *[]string        `json:"events,omitempty"`
	Owner      *string          `json:"owner,omitempty"`
	OwnerField *string          `json:"owner_field,omitempty"`
	Every      *fettle.Interval `json:"every,omitempty"`
}

// Channels lists the channels.
func (c *Client) Channels(ctx context.Context) ([]fettle.ChannelView, error) {
	p, err := get[Page[fettle.ChannelView]](ctx, c, "/channels", nil)
	return p.Items, err
}

// EventTypes is the catalogue of events.
func (c *Client) EventTypes(ctx context.Context) ([]fettle.EventKind, error) {
	p, err := get[Page[fettle.EventKind]](ctx, c, "/event-types", nil)
	return p.Items, err
}

// CreateChannel makes a channel. The secret of a webhook is in the answer.
func (c *Client) CreateChannel(ctx context.Context, in ChannelInput) (fettle.ChannelView, error) {
	return post[fettle.ChannelView](ctx, c, "/channels", in)
}

// ChangeChannel changes a channel.
func (c *Client) ChangeChannel(ctx context.Context, name string, in ChannelInput) (fettle.ChannelView, error) {
	var out fettle.ChannelView
	err := c.do(ctx, request{method: http.MethodPatch, path: "/channels/" + url.PathEscape(name), body: in}, &out)
	return out, err
}

// DeleteChannel takes a channel away.
func (c *Client) DeleteChannel(ctx context.Context, name string) error {
	return c.remove(ctx, "/channels/"+url.PathEscape(name))
}

// TestChannel sends a made-up event.
func (c *Client) TestChannel(ctx context.Context, name string) (fettle.DeliveryView, error) {
	return post[fettle.DeliveryView](ctx, c, "/channels/"+url.PathEscape(name)+"/test", nil)
}

// Deliveries lists the messages of a channel, newest first, from a place on.
func (c *Client) Deliveries(ctx context.Context, name, state, after string, limit int) (Page[fettle.DeliveryView], error) {
	return get[Page[fettle.DeliveryView]](ctx, c, "/channels/"+url.PathEscape(name)+"/deliveries", values("state", state, "after", after, "limit", number(int64(limit))))
}

// Replay sends a message again, or with no id all that were given up.
func (c *Client) Replay(ctx context.Context, name, id string) (Count, error) {
	body := map[string]any{"failed": true}
	if id != "" {
		body = map[string]any{"id": id}
	}
	return post[Count](ctx, c, "/channels/"+url.PathEscape(name)+"/replay", body)
}
