package client

import (
	"context"
	"net/http"
	"net/url"

	"fettle"
)

// User is a person who signs in, or is invited to.
type User struct {
	Email     string      `json:"email"`
	Name      string      `json:"name"`
	Role      fettle.Role `json:"role"`
	MaySpend  bool        `json:"may_spend"`
	State     string      `json:"state"` // invited, active, disabled
	CreatedAt string      `json:"created_at"`
	SeenAt    string      `json:"seen_at,omitempty"`
}

// Link lets someone in once. It is not shown again.
type Link struct {
	Kind      string `json:"kind"` // invite, reset
	Email     string `json:"email,omitempty"`
	Name      string `json:"name,omitempty"`
	Path      string `json:"path"` // of the address to open
	ExpiresAt string `json:"expires_at"`
}

// Users lists the people who may sign in.
func (c *Client) Users(ctx context.Context) ([]User, error) {
	p, err := get[Page[User]](ctx, c, "/users", nil)
	return p.Items, err
}

// UserInput is who to invite.
type UserInput struct {
	Email    string      `json:"email"`
	Name     string      `json:"name,omitempty"`
	Role     fettle.Role `json:"role"`
	MaySpend bool        `json:"may_spend,omitempty"`
}

// Invite makes an account and gives the link to hand over.
func (c *Client) Invite(ctx context.Context, in UserInput) (Link, error) {
	return post[Link](ctx, c, "/users", in)
}

// UserChange is what to change of a person; nil stays as it is.
type UserChange struct {
	Name     *string      `json:"name,omitempty"`
	Role     *fettle.Role `json:"role,omitempty"`
	MaySpend *bool        `json:"may_spend,omitempty"`
	Disabled *bool        `json:"disabled,omitempty"`
	Unlink   bool         `json:"unlink,omitempty"` // from the OpenID Connect issuer
}

// ChangeUser changes a person.
func (c *Client) ChangeUser(ctx context.Context, email string, in UserChange) (User, error) {
	var out User
	err := c.do(ctx, request{method: http.MethodPatch, path: "/users/" + url.PathEscape(email), body: in}, &out)
	return out, err
}

// UserLink makes a link that sets a new password, or the invitation anew.
func (c *Client) UserLink(ctx context.Context, email string) (Link, error) {
	return post[Link](ctx, c, "/users/"+url.PathEscape(email)+"/link", nil)
}

// Action is an entry of the log of who did what.
type Action struct {
	ID     int64  `json:"id"`
	At     string `json:"at"`
	Actor  string `json:"actor"`
	Action string `json:"action"`
	Object string `json:"object"`
	Detail string `json:"detail,omitempty"`
}

// Actions lists who did what, newest first, to one object or to any.
func (c *Client) Actions(ctx context.Context, object, after string, limit int) (Page[Action], error) {
	return get[Page[Action]](ctx, c, "/actions", values("object", object, "after", after, "limit", number(int64(limit))))
}
