package client

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"fettle"
)

// Audience is an audience, how many records it has and who uses it.
type Audience struct {
	fettle.Audience
	Count  *int64   `json:"count,omitempty"`
	UsedBy []string `json:"used_by,omitempty"`
}

// AudienceInput is what an audience is made of.
type AudienceInput struct {
	Name        string        `json:"name,omitempty"`  // of a new one alone
	Label       string        `json:"label,omitempty"` // of a new one alone
	Entity      fettle.Entity `json:"entity"`
	Where       string        `json:"where"`
	Description string        `json:"description,omitempty"`
	Confirm     bool          `json:"confirm,omitempty"`
}

// Audiences lists the audiences.
func (c *Client) Audiences(ctx context.Context) ([]Audience, error) {
	p, err := get[Page[Audience]](ctx, c, "/audiences", nil)
	return p.Items, err
}

// Audience gives one audience.
func (c *Client) Audience(ctx context.Context, name string) (Audience, error) {
	return get[Audience](ctx, c, audiencePath(name), nil)
}

// SaveAudience creates or replaces an audience.
func (c *Client) SaveAudience(ctx context.Context, name string, in AudienceInput) (Audience, error) {
	return put[Audience](ctx, c, audiencePath(name), in)
}

// DeleteAudience deletes an audience that nothing uses.
func (c *Client) DeleteAudience(ctx context.Context, name string) error {
	return c.remove(ctx, audiencePath(name))
}

// CountAudience counts an audience.
func (c *Client) CountAudience(ctx context.Context, name string) (Count, error) {
	return get[Count](ctx, c, audiencePath(name)+"/count", nil)
}

// CountThen is how many records an audience had.
type CountThen struct {
	Count        int64      `json:"count"`
	AsOf         *time.Time `json:"as_of,omitempty"`
	Filter       string     `json:"filter,omitempty"`
	Erased       int64      `json:"erased,omitempty"`
	HistorySince *time.Time `json:"history_since,omitempty"`
}

// CountAsOf counts an audience as it was at a date or time, by today's filter or
// the one of then.
func (c *Client) CountAsOf(ctx context.Context, name, asOf, filter string) (CountThen, error) {
	return get[CountThen](ctx, c, audiencePath(name)+"/count", values("as_of", asOf, "filter", filter))
}

// CountWhere counts the records for which an expression is true.
func (c *Client) CountWhere(ctx context.Context, entity fettle.Entity, where string) (Count, error) {
	return get[Count](ctx, c, "/audiences/count", values("entity", string(entity), "where", where))
}

// Explain says clause by clause why a record is in an audience or not.
func (c *Client) Explain(ctx context.Context, name string, record int64) (json.RawMessage, error) {
	return get[json.RawMessage](ctx, c, audiencePath(name)+"/explain", values("record", strconv.FormatInt(record, 10)))
}

func audiencePath(name string) string { return "/audiences/" + url.PathEscape(name) }
