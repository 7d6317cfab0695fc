package client

import (
	"context"
	"strconv"

	"fettle"
)

// ViewChange says what a view is to be; what is nil stays.
type ViewChange struct {
	Entity   fettle.Entity `json:"entity,omitempty"`   // of a new one
	Audience string        `json:"audience,omitempty"` // of a new one
	Name     *string       `json:"name,omitempty"`
	Shared   *bool         `json:"shared,omitempty"`
	Look     *fettle.Look  `json:"look,omitempty"`
}

// Views lists the saved views of an entity or an audience.
func (c *Client) Views(ctx context.Context, entity fettle.Entity, audience string) ([]fettle.SavedView, error) {
	p, err := get[Page[fettle.SavedView]](ctx, c, "/views", values("entity", string(entity), "audience", audience))
	return p.Items, err
}

// AddView keeps a view under a name.
func (c *Client) AddView(ctx context.Context, v ViewChange) (fettle.SavedView, error) {
	return post[fettle.SavedView](ctx, c, "/views", v)
}

// DeleteView deletes a view.
func (c *Client) DeleteView(ctx context.Context, id int64) error {
	return c.remove(ctx, "/views/"+strconv.FormatInt(id, 10))
}
