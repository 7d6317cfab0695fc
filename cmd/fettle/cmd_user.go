package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"fettle"
	"fettle/client"
)

type userCmd struct {
	List   userListCmd   `cmd:"" default:"withargs" help:"List the people who may sign in."`
	Invite userInviteCmd `cmd:"" help:"Make a link that lets someone in once, to choose a password."`
	Role   userRoleCmd   `cmd:"" help:"Change what someone may do."`
	Off    userOffCmd    `cmd:"" name:"disable" help:"Let someone in no more, and sign them out."`
	On     userOnCmd     `cmd:"" name:"enable" help:"Let someone in again."`
	Reset  userResetCmd  `cmd:"" help:"Make a link that sets a new password, or the invitation anew."`
	Unlink userUnlinkCmd `cmd:"" help:"Forget who someone is at the OpenID Connect issuer, and sign them out."`
	Link   userLinkCmd   `cmd:"" help:"Make a link that lets you in as the admin of this machine, once, within 15 minutes."`
}

// webFlag is where the web app is: links begin with it.
type webFlag struct {
	URL string `name:"url" placeholder:"URL" help:"Where the web app is, for the link. Default: the server, or http://127.0.0.1:7070."`
}

func (f webFlag) link(s *session, path string) string {
	base := f.URL
	if base == "" {
		base = s.Server
	}
	if base == "" {
		base = "http://127.0.0.1:7070"
	}
	return strings.TrimSuffix(base, "/") + path
}

type userListCmd struct{}

func (c *userListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Users(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("email", "name", "role", "spends", "state", "seen")
		for _, u := range all {
			g.row(u.Email, u.Name, string(u.Role), u.MaySpend || u.Role == fettle.Admin, u.State, u.SeenAt)
		}
		g.render(w, "nobody has been invited yet: fettle user invite EMAIL")
	})
}

type userInviteCmd struct {
	webFlag
	Email string `arg:"" help:"Who."`
	Name  string `help:"How they are called."`
	Role  string `enum:"viewer,editor,admin" default:"viewer" help:"viewer, editor or admin."`
	Spend bool   `name:"may-spend" help:"Let an editor start, raise limits, grant, resolve, and edit prices and keys."`
}

func (c *userInviteCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	l, err := api.Invite(ctx, client.UserInput{Email: c.Email, Name: c.Name, Role: fettle.Role(c.Role), MaySpend: c.Spend})
	if err != nil {
		return err
	}
	return c.show(s, l)
}

// show prints the link alone on stdout, and what it is on stderr.
func (f webFlag) show(s *session, l client.Link) error {
	l.Path = f.link(s, l.Path)
	return s.print(l, func(w io.Writer) {
		_, _ = fmt.Fprintln(w, l.Path)
		_, _ = fmt.Fprintf(s.stderr, "Hand this link to %s. It works once, until %s, and is not shown again.\n", l.Email, l.ExpiresAt)
	})
}

type userResetCmd struct {
	webFlag
	Email string `arg:"" help:"Who."`
}

func (c *userResetCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	l, err := api.UserLink(ctx, c.Email)
	if err != nil {
		return err
	}
	return c.show(s, l)
}

type userRoleCmd struct {
	Email string `arg:"" help:"Who."`
	Role  string `arg:"" enum:"viewer,editor,admin" help:"viewer, editor or admin."`
	Spend bool   `name:"may-spend" help:"Let an editor start, raise limits, grant, resolve, and edit prices and keys. Without it they may not."`
}

func (c *userRoleCmd) Run(ctx context.Context, s *session) error {
	role := fettle.Role(c.Role)
	return s.changeUser(ctx, c.Email, client.UserChange{Role: &role, MaySpend: &c.Spend})
}

type userOffCmd struct {
	Email string `arg:"" help:"Who."`
}

func (c *userOffCmd) Run(ctx context.Context, s *session) error {
	off := true
	return s.changeUser(ctx, c.Email, client.UserChange{Disabled: &off})
}

type userOnCmd struct {
	Email string `arg:"" help:"Who."`
}

func (c *userOnCmd) Run(ctx context.Context, s *session) error {
	off := false
	return s.changeUser(ctx, c.Email, client.UserChange{Disabled: &off})
}

// standing says what someone may do.
func standing(role fettle.Role, maySpend bool) string {
	if maySpend {
		return string(role) + " who may spend"
	}
	return string(role)
}

type userUnlinkCmd struct {
	Email string `arg:"" help:"Who."`
}

func (c *userUnlinkCmd) Run(ctx context.Context, s *session) error {
	return s.changeUser(ctx, c.Email, client.UserChange{Unlink: true})
}

func (s *session) changeUser(ctx context.Context, email string, change client.UserChange) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	u, err := api.ChangeUser(ctx, email, change)
	if err != nil {
		return err
	}
	return s.print(u, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s: %s, %s\n", u.Email, standing(u.Role, u.MaySpend), u.State)
	})
}

type userLinkCmd struct{ webFlag }

// Run makes the link in the workspace itself: whoever can open it is its admin.
func (c *userLinkCmd) Run(ctx context.Context, s *session) error {
	if s.remote() {
		return fettle.Errorf(fettle.Invalid, "this link is made beside the workspace, not through a server").WithHint("Name the workspace with --db.")
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	l, err := s.engine.Accounts.LocalLink(ctx)
	if err != nil {
		return err
	}
	l.Path = c.link(s, l.Path)
	return s.print(l, func(w io.Writer) { _, _ = fmt.Fprintln(w, l.Path) })
}
