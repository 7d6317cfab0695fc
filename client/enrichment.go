package client

import (
	"context"
	"net/http"
	"net/url"

	"fettle"
)

// Enrichments lists the enrichments.
func (c *Client) Enrichments(ctx context.Context) ([]fettle.EnrichmentView, error) {
	p, err := get[Page[fettle.EnrichmentView]](ctx, c, "/enrichments", nil)
	return p.Items, err
}

// Enrichment gives one enrichment as it stands.
func (c *Client) Enrichment(ctx context.Context, name string) (fettle.EnrichmentView, error) {
	return get[fettle.EnrichmentView](ctx, c, enrichmentPath(name, ""), nil)
}

// SaveEnrichment creates an enrichment, or makes a new version of it.
func (c *Client) SaveEnrichment(ctx context.Context, name string, def fettle.Definition) (fettle.EnrichmentView, error) {
	return put[fettle.EnrichmentView](ctx, c, enrichmentPath(name, ""), def)
}

// DeleteEnrichment deletes an enrichment that is not live.
func (c *Client) DeleteEnrichment(ctx context.Context, name string) error {
	return c.remove(ctx, enrichmentPath(name, ""))
}

// EstimateOptions say what to estimate other than a start as it is defined.
type EstimateOptions struct {
	Audience []string `json:"audience,omitempty"` // as if it were pointed there
	Rerun    bool     `json:"rerun,omitempty"`    // what a rerun would buy again: all, or by its choice
	RerunOptions

	SkipExpired bool `json:"skip_expired,omitempty"` // without those whose time ran out in the pause
}

// Estimate says what starting now would do and cost.
func (c *Client) Estimate(ctx context.Context, name string, opt EstimateOptions) (fettle.Estimate, error) {
	return post[fettle.Estimate](ctx, c, enrichmentPath(name, "/estimate"), opt)
}

// Pilot runs an enrichment on its first n rows.
func (c *Client) Pilot(ctx context.Context, name string, n int) (fettle.EnrichmentView, error) {
	return post[fettle.EnrichmentView](ctx, c, enrichmentPath(name, "/pilot"), map[string]int{"rows": n})
}

// StartOptions says how an enrichment is started or resumed.
type StartOptions struct {
	EstimateID  string          `json:"estimate_id,omitempty"`  // the estimate that was shown
	Confirm     bool            `json:"confirm,omitempty"`      // go on although the price has grown
	SkipExpired bool            `json:"skip_expired,omitempty"` // resuming: leave out whose time ran out while it was paused
	Now         bool            `json:"now,omitempty"`          // wait for no tick of its schedule
	Most        *fettle.Credits `json:"most_credits,omitempty"` // the most that it may spend from now on: its limit is lowered to that
}

// Start makes a draft live.
func (c *Client) Start(ctx context.Context, name string, opt StartOptions) (fettle.EnrichmentView, error) {
	return post[fettle.EnrichmentView](ctx, c, enrichmentPath(name, "/start"), opt)
}

// Pause stops new calls and says what is still in flight.
func (c *Client) Pause(ctx context.Context, name string) (fettle.StopView, error) {
	return post[fettle.StopView](ctx, c, enrichmentPath(name, "/pause"), nil)
}

// Resume makes a paused enrichment live again; with Now, what is due of a live one
// leaves now.
func (c *Client) Resume(ctx context.Context, name string, opt StartOptions) (fettle.EnrichmentView, error) {
	return post[fettle.EnrichmentView](ctx, c, enrichmentPath(name, "/resume"), opt)
}

// Reset clears the rows. It deletes no data, no cell and no charge.
func (c *Client) Reset(ctx context.Context, name string) (fettle.EnrichmentView, error) {
	return post[fettle.EnrichmentView](ctx, c, enrichmentPath(name, "/reset"), nil)
}

// Point points a paused enrichment at other audiences.
func (c *Client) Point(ctx context.Context, name string, audience []string) (fettle.EnrichmentView, error) {
	return post[fettle.EnrichmentView](ctx, c, enrichmentPath(name, "/point"), map[string][]string{"audience": audience})
}

// SetEnrichmentLimit sets the limit; resume goes on where it stopped, and confirm
// answers what that asks.
func (c *Client) SetEnrichmentLimit(ctx context.Context, name string, limit fettle.Limit, resume, confirm bool) (fettle.EnrichmentView, error) {
	return put[fettle.EnrichmentView](ctx, c, enrichmentPath(name, "/limit"), struct {
		LimitInput
		Resume  bool `json:"resume,omitempty"`
		Confirm bool `json:"confirm,omitempty"`
	}{limitInput(limit), resume, confirm})
}

// LimitInput is a limit to set.
type LimitInput struct {
	None    bool            `json:"none,omitempty"`
	Credits *fettle.Credits `json:"credits,omitempty"`
	Records *int64          `json:"records,omitempty"`
	Per     fettle.Period   `json:"per,omitempty"`
}

func limitInput(l fettle.Limit) LimitInput {
	return LimitInput{None: l.None, Credits: l.Credits, Records: l.Records, Per: l.Per}
}

// RowQuery selects rows of an enrichment.
type RowQuery struct {
	Outcome  fettle.Outcome  // "" for any
	State    fettle.RowState // "" for any
	Departed bool            // of records that left the audience or were deleted; else of those that are in it
	After    string          // the cursor that the page before gave
	Limit    int
}

func (q RowQuery) values() url.Values {
	departed := ""
	if q.Departed {
		departed = "true"
	}
	return values("outcome", string(q.Outcome), "state", string(q.State), "departed", departed, "after", q.After, "limit", number(int64(q.Limit)))
}

// Rows lists the rows of an enrichment.
func (c *Client) Rows(ctx context.Context, name string, q RowQuery) (Page[fettle.RowView], error) {
	return get[Page[fettle.RowView]](ctx, c, enrichmentPath(name, "/rows"), q.values())
}

// Reasons counts the rows of an enrichment by what was said of them, the most
// frequent first.
func (c *Client) Reasons(ctx context.Context, name string, q RowQuery) ([]fettle.ReasonView, error) {
	p, err := get[Page[fettle.ReasonView]](ctx, c, enrichmentPath(name, "/reasons"), q.values())
	return p.Items, err
}

// WhyEnrichment says what an enrichment's spend of a time went back to; without
// times, that of the last day.
func (c *Client) WhyEnrichment(ctx context.Context, name, from, to string) (fettle.EnrichmentWhy, error) {
	return get[fettle.EnrichmentWhy](ctx, c, enrichmentPath(name, "/why"), values("from", from, "to", to))
}

// Versions lists the versions of an enrichment, newest first.
func (c *Client) Versions(ctx context.Context, name string) ([]fettle.VersionView, error) {
	p, err := get[Page[fettle.VersionView]](ctx, c, enrichmentPath(name, "/versions"), nil)
	return p.Items, err
}

// Retry asks again for rows that ended with an outcome.
func (c *Client) Retry(ctx context.Context, name string, outcome fettle.Outcome, confirm bool) (fettle.EnrichmentView, error) {
	return post[fettle.EnrichmentView](ctx, c, enrichmentPath(name, "/retry"), struct {
		Outcome fettle.Outcome `json:"outcome"`
		Confirm bool           `json:"confirm,omitempty"`
	}{outcome, confirm})
}

// RerunOptions say which values a rerun buys again: all, or by one of these.
type RerunOptions struct {
	Stale   bool    `json:"stale,omitempty"`   // that an older version bought
	Version int64   `json:"version,omitempty"` // that this version bought
	Failed  bool    `json:"failed,omitempty"`  // rows that failed
	Records []int64 `json:"records,omitzero"`  // of these records, however their rows ended

	Most *fettle.Credits `json:"most_credits,omitempty"` // the most that it may spend from now on: its limit is lowered to that
}

// Rerun buys values again.
func (c *Client) Rerun(ctx context.Context, name string, opt RerunOptions, confirm bool) (fettle.EnrichmentView, error) {
	return post[fettle.EnrichmentView](ctx, c, enrichmentPath(name, "/rerun"), struct {
		RerunOptions
		Confirm bool `json:"confirm,omitempty"`
	}{opt, confirm})
}

// RunRecords asks for chosen records alone; what was bought is not bought again.
// The selection's Confirm agrees to the price.
func (c *Client) RunRecords(ctx context.Context, name string, of Selection) (fettle.EnrichmentView, error) {
	return post[fettle.EnrichmentView](ctx, c, enrichmentPath(name, "/records"), of)
}

// Approve lets the rows run that wait for somebody who may spend, or that a
// guard set aside; with records, only the latter of these.
func (c *Client) Approve(ctx context.Context, name string, confirm bool, records ...int64) (fettle.EnrichmentView, error) {
	return post[fettle.EnrichmentView](ctx, c, enrichmentPath(name, "/approve"), struct {
		Confirm bool    `json:"confirm,omitempty"`
		Records []int64 `json:"records,omitzero"`
	}{confirm, records})
}

// PilotAllowance is what the pilots of who may not spend may buy a day.
func (c *Client) PilotAllowance(ctx context.Context) (fettle.PilotAllowanceView, error) {
	return get[fettle.PilotAllowanceView](ctx, c, "/limits/pilots", nil)
}

// SetPilotAllowance sets it.
func (c *Client) SetPilotAllowance(ctx context.Context, a fettle.PilotAllowance) (fettle.PilotAllowanceView, error) {
	return put[fettle.PilotAllowanceView](ctx, c, "/limits/pilots", a)
}

func enrichmentPath(name, rest string) string { return "/enrichments/" + url.PathEscape(name) + rest }

// Unknowns lists the calls that may have been billed.
func (c *Client) Unknowns(ctx context.Context, enrichment string) ([]fettle.UnknownView, error) {
	p, err := get[Page[fettle.UnknownView]](ctx, c, "/unknown", values("enrichment", enrichment))
	return p.Items, err
}

// Resolve ends unknowns: those named, or all.
func (c *Client) Resolve(ctx context.Context, ids []int64, all bool, r fettle.Resolution) (Count, error) {
	return post[Count](ctx, c, "/unknown/resolve", struct {
		IDs []int64 `json:"ids,omitzero"`
		All bool    `json:"all,omitempty"`
		fettle.Resolution
	}{ids, all, r})
}

// Notifications lists notifications, newest first.
func (c *Client) Notifications(ctx context.Context, unread bool) ([]fettle.NotificationView, error) {
	p, err := get[Page[fettle.NotificationView]](ctx, c, "/notifications", values("unread", flag(unread)))
	return p.Items, err
}

// MarkRead marks notifications as read; none named means all.
func (c *Client) MarkRead(ctx context.Context, ids []int64) error {
	return c.do(ctx, request{method: http.MethodPost, path: "/notifications/read", body: map[string][]int64{"ids": ids}}, nil)
}

// Audit recomputes everything from the journal and compares.
func (c *Client) Audit(ctx context.Context) (fettle.AuditView, error) {
	return get[fettle.AuditView](ctx, c, "/audit", nil)
}

// Credits gives the workspace's money.
func (c *Client) Credits(ctx context.Context) (fettle.CreditsView, error) {
	return get[fettle.CreditsView](ctx, c, "/credits", nil)
}

// SpendBy gives the spend by enrichment, provider, model, cause or day.
func (c *Client) SpendBy(ctx context.Context, group string) ([]fettle.SpendView, error) {
	p, err := get[Page[fettle.SpendView]](ctx, c, "/credits/by/"+url.PathEscape(group), nil)
	return p.Items, err
}

// Grant adds credits to the workspace's balance. key makes it safe to send
// again; "" for none.
func (c *Client) Grant(ctx context.Context, amount fettle.Credits, note, key string) (fettle.CreditsView, error) {
	var out fettle.CreditsView
	err := c.do(ctx, request{method: http.MethodPost, path: "/credits/grants", key: key, body: struct {
		Credits fettle.Credits `json:"credits"`
		Note    string         `json:"note,omitempty"`
	}{amount, note}}, &out)
	return out, err
}

// ScopedLimit is a limit and what it is set on.
type ScopedLimit struct {
	Scope string `json:"scope"` // workspace, budget, enrichment, provider, person
	Key   string `json:"key,omitempty"`
	fettle.LimitView
}

// Limits lists every limit.
func (c *Client) Limits(ctx context.Context) ([]ScopedLimit, error) {
	p, err := get[Page[ScopedLimit]](ctx, c, "/limits", nil)
	return p.Items, err
}

// SetLimit sets a limit of the workspace, a budget, a provider or a person.
func (c *Client) SetLimit(ctx context.Context, scope, key string, limit fettle.Limit) ([]ScopedLimit, error) {
	p, err := put[Page[ScopedLimit]](ctx, c, "/limits", struct {
		Scope string `json:"scope"`
		Key   string `json:"key,omitempty"`
		LimitInput
	}{scope, key, limitInput(limit)})
	return p.Items, err
}
