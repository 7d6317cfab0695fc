package client

import (
	"context"
	"fmt"
	"net/url"

	"fettle"
)

// WhatToAsk says which limit keeps an enrichment from all its rows, and the amount
// that they would fit.
func (c *Client) WhatToAsk(ctx context.Context, enrichment string) (fettle.AskView, error) {
	return get[fettle.AskView](ctx, c, enrichmentPath(enrichment, "/ask"), nil)
}

// AskMore asks that one limit be one amount.
func (c *Client) AskMore(ctx context.Context, in fettle.AskInput) (fettle.RequestView, error) {
	return post[fettle.RequestView](ctx, c, "/requests", in)
}

// Requests lists requests for more: those that can be decided, or all of them.
func (c *Client) Requests(ctx context.Context, all bool) ([]fettle.RequestView, error) {
	q := url.Values{}
	if all {
		q.Set("all", "true")
	}
	p, err := get[Page[fettle.RequestView]](ctx, c, "/requests", q)
	return p.Items, err
}

// Request is one request, with the price of now while it can be decided.
func (c *Client) Request(ctx context.Context, id int64) (fettle.RequestView, error) {
	return get[fettle.RequestView](ctx, c, fmt.Sprintf("/requests/%d", id), nil)
}

// ApproveRequest sets the limit to what was asked; estimate names the price that
// is confirmed, where anything changed since.
func (c *Client) ApproveRequest(ctx context.Context, id int64, estimate string) (fettle.RequestView, error) {
	return post[fettle.RequestView](ctx, c, fmt.Sprintf("/requests/%d/approve", id), struct {
		EstimateID string `json:"estimate_id,omitempty"`
	}{estimate})
}

// RefuseRequest refuses a request, or withdraws one's own.
func (c *Client) RefuseRequest(ctx context.Context, id int64, note string) (fettle.RequestView, error) {
	return post[fettle.RequestView](ctx, c, fmt.Sprintf("/requests/%d/refuse", id), struct {
		Note string `json:"note,omitempty"`
	}{note})
}
