package client

import (
	"context"
	"net/url"
	"time"

	"fettle"
)

// ValuesQuery asks which values records have in a field.
type ValuesQuery struct {
	Entity   fettle.Entity
	Field    string // company.KEY is one of a person's company
	Audience string
	Where    string        // CEL
	Text     string        // only values that hold it
	Limit    int           // 0: 20
	Wait     time.Duration // 0: half a second
}

// FieldValues gives the most frequent values of a field.
func (c *Client) FieldValues(ctx context.Context, q ValuesQuery) (fettle.ValuesView, error) {
	return get[fettle.ValuesView](ctx, c, "/records/"+url.PathEscape(string(q.Entity))+"/values", values("field", q.Field, "audience", q.Audience,
		"where", q.Where, "q", q.Text, "limit", number(int64(q.Limit)), "wait", number(q.Wait.Milliseconds())))
}
