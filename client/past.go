package client

import (
	"context"
	"strconv"

	"fettle"
)

// Backtest says what an enrichment would have bought over the last days.
func (c *Client) Backtest(ctx context.Context, name string, days int, asRun bool) (fettle.Backtest, error) {
	return get[fettle.Backtest](ctx, c, enrichmentPath(name, "/backtest"), values("days", strconv.Itoa(days), "as_run", strconv.FormatBool(asRun)))
}

// AudienceMoves says who entered an audience and who left it; after is the cursor of
// the page before.
func (c *Client) AudienceMoves(ctx context.Context, name, from, to, filter, after string, limit int) (fettle.AudienceMoves, error) {
	return get[fettle.AudienceMoves](ctx, c, audiencePath(name)+"/moves", values("from", from, "to", to, "filter", filter, "after", after, "limit", strconv.Itoa(limit)))
}
