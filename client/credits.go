package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"fettle"
)

// JournalQuery asks for charges; what is empty does not narrow.
type JournalQuery struct {
	Enrichment string
	Version    int64
	Provider   string
	Model      string
	Cause      fettle.Cause
	Record     int64
	Kind       string
	From, To   string // days or RFC 3339 times
	After      string
	Limit      int
}

func (q JournalQuery) filter() url.Values {
	return values("enrichment", q.Enrichment, "version", number(q.Version), "provider", q.Provider, "model", q.Model, "cause", string(q.Cause),
		"record", number(q.Record), "kind", q.Kind, "from", q.From, "to", q.To)
}

// Journal lists the entries of the journal, newest first.
func (c *Client) Journal(ctx context.Context, q JournalQuery) (Page[fettle.JournalEntry], error) {
	v := q.filter()
	v.Set("limit", strconv.Itoa(q.Limit))
	if q.After != "" {
		v.Set("after", q.After)
	}
	return get[Page[fettle.JournalEntry]](ctx, c, "/credits/journal", v)
}

// JournalCSV writes the journal as CSV, newest first.
func (c *Client) JournalCSV(ctx context.Context, q JournalQuery, w io.Writer) error {
	return c.download(ctx, "/credits/journal.csv", q.filter(), w)
}

// download writes what an address streams.
func (c *Client) download(ctx context.Context, path string, query url.Values, w io.Writer) error {
	resp, err := c.send(ctx, request{method: http.MethodGet, path: path, accept: "text/csv, application/problem+json", query: query})
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fettle.Errorf(fettle.Unavailable, "the export broke off: %w", err).WithHint("What was written is not complete. Run it again.")
	}
	return nil
}

// Forecasts says when each limit will be reached, the soonest first.
func (c *Client) Forecasts(ctx context.Context) ([]fettle.LimitForecast, error) {
	p, err := get[Page[fettle.LimitForecast]](ctx, c, "/credits/forecast", nil)
	return p.Items, err
}

// WhySpend says what drove the spend of a time; without times, of the last
// seven days.
func (c *Client) WhySpend(ctx context.Context, from, to string) (fettle.WhyView, error) {
	return get[fettle.WhyView](ctx, c, "/credits/why", values("from", from, "to", to))
}

// SpendByDay sums spend by day and enrichment; without times, of the last 30 days.
func (c *Client) SpendByDay(ctx context.Context, from, to string) (fettle.SpendDays, error) {
	return get[fettle.SpendDays](ctx, c, "/credits/days", values("from", from, "to", to))
}
