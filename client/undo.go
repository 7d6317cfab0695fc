package client

import (
	"context"
	"net/url"

	"fettle"
)

// SetsQuery says which change sets are listed; "" is any.
type SetsQuery struct{ Kind, By, Since, Until string }

// ChangeSets lists what was changed as one, newest first. after is the Next of the
// page before.
func (c *Client) ChangeSets(ctx context.Context, q SetsQuery, after string, limit int) (Page[fettle.ChangeSetView], error) {
	return get[Page[fettle.ChangeSetView]](ctx, c, "/undo",
		values("kind", q.Kind, "by", q.By, "since", q.Since, "until", q.Until, "after", after, "limit", number(int64(limit))))
}

// ChangeSet gives one change set with the newest of its changes.
func (c *Client) ChangeSet(ctx context.Context, id string) (fettle.ChangeSetView, error) {
	return get[fettle.ChangeSetView](ctx, c, "/undo/"+url.PathEscape(id), nil)
}

// TakeBack takes a change set back, or says what that would do.
func (c *Client) TakeBack(ctx context.Context, id string, dry, confirm bool) (fettle.TakeBackView, error) {
	return post[fettle.TakeBackView](ctx, c, "/undo/"+url.PathEscape(id), map[string]any{"dry_run": dry, "confirm": confirm})
}
