package client

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"fettle"
)

// SignalsQuery asks for a page of the signals, newest first.
type SignalsQuery struct {
	Entity    fettle.Entity
	Type      string
	Kind      string
	Rule      string
	Record    int64
	Audience  string
	Since     string
	Retracted bool
	After     string
	Limit     int
}

// Signals lists what happened to records.
func (c *Client) Signals(ctx context.Context, q SignalsQuery) (Page[fettle.Signal], error) {
	return get[Page[fettle.Signal]](ctx, c, "/signals", values("entity", string(q.Entity), "type", q.Type, "kind", q.Kind, "rule", q.Rule, "record", number(q.Record),
		"audience", q.Audience, "since", q.Since, "retracted", flag(q.Retracted), "after", q.After, "limit", number(int64(q.Limit))))
}

// Signal gives one signal with each of its tellings.
func (c *Client) Signal(ctx context.Context, id int64) (fettle.Signal, error) {
	return get[fettle.Signal](ctx, c, "/signals/"+strconv.FormatInt(id, 10), nil)
}

// PostSignals is what somebody says has happened to records.
type PostSignals struct {
	Entity  fettle.Entity       `json:"entity,omitempty"`
	Source  string              `json:"source,omitempty"`
	Signals []fettle.SignalPost `json:"signals"`
	NoRun   bool                `json:"no_run,omitempty"`
	Confirm bool                `json:"confirm,omitempty"`
}

// PostSignals says what happened to records.
func (c *Client) PostSignals(ctx context.Context, in PostSignals) (fettle.PostedView, error) {
	return post[fettle.PostedView](ctx, c, "/signals", in)
}

// SignalRules lists what is looked for.
func (c *Client) SignalRules(ctx context.Context) ([]fettle.SignalRuleView, error) {
	p, err := get[Page[fettle.SignalRuleView]](ctx, c, "/signal-rules", nil)
	return p.Items, err
}

func rulePath(name string) string { return "/signal-rules/" + url.PathEscape(name) }

// SignalRule gives one rule.
func (c *Client) SignalRule(ctx context.Context, name string) (fettle.SignalRuleView, error) {
	return get[fettle.SignalRuleView](ctx, c, rulePath(name), nil)
}

// PauseSignalRule has a rule look at nothing more.
func (c *Client) PauseSignalRule(ctx context.Context, name string) (fettle.SignalRuleView, error) {
	return post[fettle.SignalRuleView](ctx, c, rulePath(name)+"/pause", nil)
}

// ResumeSignalRule has a rule go on from where it stopped.
func (c *Client) ResumeSignalRule(ctx context.Context, name string) (fettle.SignalRuleView, error) {
	return post[fettle.SignalRuleView](ctx, c, rulePath(name)+"/resume", nil)
}

// DeleteSignalRule forgets a rule.
func (c *Client) DeleteSignalRule(ctx context.Context, name string) error {
	return c.remove(ctx, rulePath(name))
}

// HookToken is the secret of a rule's address.
type HookToken struct {
	Path  string `json:"path"`
	Token string `json:"token"`
}

// MakeHookToken gives a rule's hook a token.
func (c *Client) MakeHookToken(ctx context.Context, name string) (HookToken, error) {
	return post[HookToken](ctx, c, rulePath(name)+"/token", nil)
}

// DeleteHookToken ends the token of a rule's hook.
func (c *Client) DeleteHookToken(ctx context.Context, name string) error {
	return c.remove(ctx, rulePath(name)+"/token")
}

// HookBody is a body that a rule's hook was sent.
type HookBody struct {
	ID     int64             `json:"id"`
	At     time.Time         `json:"at"`
	Body   json.RawMessage   `json:"body"`
	Answer fettle.PostedView `json:"answer"`
}

// HookBodies gives what a rule's hook was sent, newest first.
func (c *Client) HookBodies(ctx context.Context, name string, limit int) ([]HookBody, error) {
	p, err := get[Page[HookBody]](ctx, c, rulePath(name)+"/posts", values("limit", number(int64(limit))))
	return p.Items, err
}
