package client

import (
	"context"

	"fettle"
)

// Changes follows the change log. after is the Next of the page before, now for
// what comes from here on, or "" for the beginning; entity is "" for both.
func (c *Client) Changes(ctx context.Context, after string, entity fettle.Entity, limit int) (fettle.ChangePage, error) {
	return get[fettle.ChangePage](ctx, c, "/changes", values("after", after, "entity", string(entity), "limit", number(int64(limit))))
}
