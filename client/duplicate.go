package client

import (
	"context"
	"fmt"

	"fettle"
)

// DuplicatesQuery asks for a page of the review queue.
type DuplicatesQuery struct {
	Entity fettle.Entity
	State  string
	Kind   string
	Record int64
	After  string
	Limit  int
}

// Duplicates lists pairs of records that may be one.
func (c *Client) Duplicates(ctx context.Context, q DuplicatesQuery) (Page[fettle.DuplicateView], error) {
	return get[Page[fettle.DuplicateView]](ctx, c, "/duplicates", values("entity", string(q.Entity), "state", q.State, "kind", q.Kind,
		"record", number(q.Record), "after", q.After, "limit", number(int64(q.Limit))))
}

// DuplicateCounts counts what there is to review.
func (c *Client) DuplicateCounts(ctx context.Context, entity fettle.Entity) (fettle.DuplicateCounts, error) {
	return get[fettle.DuplicateCounts](ctx, c, "/duplicates/counts", values("entity", string(entity)))
}

// Duplicate gives two records side by side.
func (c *Client) Duplicate(ctx context.Context, a, b int64) (fettle.DuplicateDetail, error) {
	return get[fettle.DuplicateDetail](ctx, c, fmt.Sprintf("/duplicates/%d/%d", a, b), nil)
}

// DecideDuplicate keeps two records apart, or puts the decision off.
func (c *Client) DecideDuplicate(ctx context.Context, a, b int64, decision string) (fettle.DuplicateView, error) {
	return post[fettle.DuplicateView](ctx, c, "/duplicates/decide", map[string]any{"record_id": a, "other_id": b, "decision": decision})
}

// MergeRecords makes two records one.
func (c *Client) MergeRecords(ctx context.Context, survivor, loser int64, take []string) (fettle.MergeView, error) {
	return post[fettle.MergeView](ctx, c, "/duplicates/merge", map[string]any{"survivor_id": survivor, "loser_id": loser, "take": append([]string{}, take...)})
}

// Unmerge names what to take apart: a merge, a record, or the number of either.
type Unmerge struct {
	MergeID  int64 `json:"merge_id,omitempty"`
	RecordID int64 `json:"record_id,omitempty"`
	ID       int64 `json:"id,omitempty"`
}

// UnmergeRecords makes two records of one again.
func (c *Client) UnmergeRecords(ctx context.Context, in Unmerge) (fettle.MergeView, error) {
	return post[fettle.MergeView](ctx, c, "/duplicates/unmerge", in)
}

// Merges lists merges, first those that wait, then the newest, of one record or
// (0) of all.
func (c *Client) Merges(ctx context.Context, record int64, limit int) ([]fettle.MergeView, error) {
	p, err := get[Page[fettle.MergeView]](ctx, c, "/merges", values("record", number(record), "limit", number(int64(limit))))
	return p.Items, err
}

// FindDuplicates looks for likely duplicates now.
func (c *Client) FindDuplicates(ctx context.Context, entity fettle.Entity) (fettle.DuplicateCounts, error) {
	return post[fettle.DuplicateCounts](ctx, c, "/duplicates/find", map[string]any{"entity": entity})
}

// SplitRecord makes a record of its own of one of the ids of a record.
func (c *Client) SplitRecord(ctx context.Context, id int64, key string) (fettle.DuplicateView, error) {
	return post[fettle.DuplicateView](ctx, c, "/duplicates/split", map[string]any{"record_id": id, "key": key})
}
