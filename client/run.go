package client

import (
	"context"
	"strconv"

	"fettle"
)

// Runs lists the runs of an enrichment, newest first; after is the Next of the page
// before.
func (c *Client) Runs(ctx context.Context, name, after string, limit int) (Page[fettle.RunView], error) {
	return get[Page[fettle.RunView]](ctx, c, enrichmentPath(name, "/runs"), values("after", after, "limit", number(int64(limit))))
}

// Run gives one run.
func (c *Client) Run(ctx context.Context, name string, id int64) (fettle.RunView, error) {
	return get[fettle.RunView](ctx, c, enrichmentPath(name, "/runs/"+strconv.FormatInt(id, 10)), nil)
}

// Overwrites lists the values that a run put in the place of others. A page may be
// short, or empty, and have a next one.
func (c *Client) Overwrites(ctx context.Context, name string, id int64, after string, limit int) (Page[fettle.RunOverwrite], error) {
	return get[Page[fettle.RunOverwrite]](ctx, c, enrichmentPath(name, "/runs/"+strconv.FormatInt(id, 10)+"/overwrites"), values("after", after, "limit", number(int64(limit))))
}

// Due says what comes due in the next weeks.
func (c *Client) Due(ctx context.Context, name string) (fettle.DueView, error) {
	return get[fettle.DueView](ctx, c, enrichmentPath(name, "/due"), nil)
}

// Progress says what an enrichment has done over time, and what its steps came to.
func (c *Client) Progress(ctx context.Context, name string) (fettle.EnrichmentProgress, error) {
	return get[fettle.EnrichmentProgress](ctx, c, enrichmentPath(name, "/progress"), nil)
}
