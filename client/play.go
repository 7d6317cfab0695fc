package client

import (
	"context"
	"net/url"

	"fettle"
)

// Plays lists what a team can begin with.
func (c *Client) Plays(ctx context.Context) ([]fettle.Play, error) {
	p, err := get[Page[fettle.Play]](ctx, c, "/plays", nil)
	return p.Items, err
}

// Play gives one of them, with its documents.
func (c *Client) Play(ctx context.Context, name string) (fettle.Play, error) {
	return get[fettle.Play](ctx, c, "/plays/"+url.PathEscape(name), nil)
}
