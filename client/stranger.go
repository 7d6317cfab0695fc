package client

import (
	"context"
	"fmt"
	"io"

	"fettle"
)

// StrangersQuery asks for answers that were held back.
type StrangersQuery struct {
	State      string
	Enrichment string
	Provider   string
	Record     int64
	After      string
	Limit      int
}

// Strangers lists answers that were held back, newest first.
func (c *Client) Strangers(ctx context.Context, q StrangersQuery) (Page[fettle.StrangerView], error) {
	return get[Page[fettle.StrangerView]](ctx, c, "/strangers", values("state", q.State, "enrichment", q.Enrichment, "provider", q.Provider,
		"record", number(q.Record), "after", q.After, "limit", number(int64(q.Limit))))
}

// StrangerCounts counts answers that were held back: of one enrichment, or of all for "".
func (c *Client) StrangerCounts(ctx context.Context, enrichment string) (fettle.StrangerCounts, error) {
	return get[fettle.StrangerCounts](ctx, c, "/strangers/counts", values("enrichment", enrichment))
}

// Stranger gives an answer that was held back; record is 0 for the call's own.
func (c *Client) Stranger(ctx context.Context, call, record int64) (fettle.StrangerView, error) {
	return get[fettle.StrangerView](ctx, c, fmt.Sprintf("/strangers/%d", call), values("record", number(record)))
}

// AcceptStranger writes an answer that was held back.
func (c *Client) AcceptStranger(ctx context.Context, call, record int64, confirm bool) (fettle.StrangerDecision, error) {
	return post[fettle.StrangerDecision](ctx, c, "/strangers/accept", map[string]any{"call": call, "record_id": record, "confirm": confirm})
}

// RejectStranger keeps an answer out for good; open has steps asked that were not
// asked yet.
func (c *Client) RejectStranger(ctx context.Context, call, record int64, open, confirm bool) (fettle.StrangerDecision, error) {
	return post[fettle.StrangerDecision](ctx, c, "/strangers/reject", map[string]any{"call": call, "record_id": record, "open": open, "confirm": confirm})
}

// ClaimsCSV writes what to claim back from a provider, "" for all, as CSV.
func (c *Client) ClaimsCSV(ctx context.Context, provider string, w io.Writer) error {
	return c.download(ctx, "/strangers/claims.csv", values("provider", provider), w)
}
