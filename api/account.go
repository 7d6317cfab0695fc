package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"fettle"
	"fettle/account"
)

// signInOptions says how one may sign in here.
type signInOptions struct {
	Printed bool   `json:"printed" doc:"The server has printed a link that lets whoever runs it in."`
	Issuer  string `json:"issuer,omitempty" doc:"The host of the OpenID Connect issuer where one may sign in; absent if there is none."`
	// Workspace lets people see that they are at the right address.
	Workspace string `json:"workspace,omitempty" doc:"What people call this workspace; absent where nobody has said."`
}

// signedIn says who has signed in.
type signedIn struct {
	Actor string      `json:"actor"`
	Role  fettle.Role `json:"role"`
	Until time.Time   `json:"until" doc:"When the session ends at the latest."`
}

// cookied is an answer that gives the browser its cookies.
type cookied[T any] struct {
	SetCookie []http.Cookie `header:"Set-Cookie"`
	Body      T
}

type cookieOnly struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

// browser is what a handler has to know of the browser that asks.
type browser struct {
	remote string // its address
	secure bool   // it speaks https
	cookie string // the name of our cookie
	secret string // what our cookie holds
	known  string // what the cookie of known browsers holds
}

// from is where the browser is, for whoever counts its tries.
func (b browser) from() account.Browser { return account.Browser{Address: b.remote, Known: b.known} }

// enter gives the session's cookie, and the one by which a browser is known
// that has signed in before. That one lets nobody in; it is Lax, since it goes
// along when an issuer's page leads back here.
func (b browser) enter(in account.SignedIn) []http.Cookie {
	out := []http.Cookie{{
		Name: b.cookie, Value: in.Secret, Path: "/", HttpOnly: true, Secure: b.secure, SameSite: http.SameSiteStrictMode,
		Expires: in.Until, MaxAge: int(time.Until(in.Until).Seconds()),
	}}
	if in.Known != "" {
		out = append(out, http.Cookie{
			Name: knownPrefix + b.cookie, Value: in.Known, Path: prefix + "/sign-in", HttpOnly: true, Secure: b.secure, SameSite: http.SameSiteLaxMode,
			MaxAge: int(account.KnownFor.Seconds()),
		})
	}
	return out
}

func (b browser) leave() http.Cookie {
	return http.Cookie{Name: b.cookie, Path: "/", HttpOnly: true, Secure: b.secure, SameSite: http.SameSiteStrictMode, MaxAge: -1}
}

func (b browser) answer(in account.SignedIn) *cookied[signedIn] {
	return &cookied[signedIn]{SetCookie: b.enter(in), Body: signedIn{Actor: in.Actor.Name, Role: in.Actor.Role, Until: in.Until}}
}

// Secret is what stands behind the # of a link.
type Secret struct {
	Link string `json:"link" minLength:"1" maxLength:"200" doc:"What stands behind the # of the link."`
}

func (s *server) accountRoutes() {
	s.signInRoutes()
	s.issuerRoutes()
	s.sessionRoutes()
	s.userRoutes()
	handle(s, route{http.MethodGet, "/actions", "listActions", "Who did what, newest first", "users"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Object string `query:"object" doc:"Only what was done to this."`
			After  string `query:"after" doc:"The next of a page."`
			Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
		},
		) (list[account.ActionView], error) {
			var before int64
			if in.After != "" {
				var err error
				if before, err = strconv.ParseInt(in.After, 10, 64); err != nil {
					return list[account.ActionView]{}, fettle.Errorf(fettle.Invalid, "after: %q is not the next of a page", in.After)
				}
			}
			out, err := listOf(s.engine.Accounts.Actions(ctx, a, in.Object, before, in.Limit))
			if n := len(out.Items); n == in.Limit {
				out.Next = strconv.FormatInt(out.Items[n-1].ID, 10)
			}
			return out, err
		})
}

// signInRoutes are open to anyone: they are how one gets in.
func (s *server) signInRoutes() {
	handle(s, route{http.MethodGet, "/sign-in", "getSignIn", "How one may sign in here", "sign-in"},
		func(ctx context.Context, _ fettle.Actor, _ *none) (signInOptions, error) {
			out := signInOptions{Printed: s.cfg.Loopback}
			if s.cfg.Issuer != nil {
				out.Issuer = s.cfg.Issuer.Host()
			}
			var err error
			out.Workspace, err = s.engine.WorkspaceName(ctx)
			return out, err
		})
	enter(s, route{http.MethodPost, "/sign-in", "signIn", "Sign in with email and password", "sign-in"},
		func(ctx context.Context, b browser, in *struct {
			Body struct {
				Email    string `json:"email" maxLength:"300"`
				Password string `json:"password" maxLength:"1000"`
			}
		},
		) (account.SignedIn, error) {
			return s.engine.Accounts.SignIn(ctx, in.Body.Email, in.Body.Password, b.from())
		})
	enter(s, route{http.MethodPost, "/sign-in/link", "signInByLink", "Sign in with the link that the server printed", "sign-in"},
		func(ctx context.Context, _ browser, in *struct{ Body Secret }) (account.SignedIn, error) {
			return s.engine.Accounts.UseLocalLink(ctx, in.Body.Link)
		})
	enter(s, route{http.MethodPost, "/sign-in/accept", "acceptLink", "Accept an invitation, or set a new password", "sign-in"},
		func(ctx context.Context, b browser, in *struct {
			Body struct {
				Secret
				Name     string `json:"name,omitempty" doc:"How the person is called; for an invitation."`
				Password string `json:"password" maxLength:"1000"`
			}
		},
		) (account.SignedIn, error) {
			return s.engine.Accounts.Accept(ctx, in.Body.Link, in.Body.Name, in.Body.Password, b.from())
		})
	handle(s, route{http.MethodPost, "/sign-in/look", "lookAtLink", "What a link is for, without using it", "sign-in"},
		func(ctx context.Context, _ fettle.Actor, in *struct{ Body Secret }) (account.LinkView, error) {
			return s.engine.Accounts.Link(ctx, in.Body.Link)
		})
}

func (s *server) sessionRoutes() {
	leave(s, route{http.MethodPost, "/sign-out", "signOut", "End the session of this browser", "sign-in"},
		func(ctx context.Context, b browser, _ *none) error {
			if b.secret == "" {
				return nil
			}
			return s.engine.Accounts.SignOut(ctx, b.secret)
		})
	act(s, route{http.MethodPut, "/password", "setPassword", "Change one's own password; other sessions end", "sign-in"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Old string `json:"old" maxLength:"1000"`
				New string `json:"new" maxLength:"1000"`
			}
		},
		) error {
			return s.engine.Accounts.ChangePassword(ctx, a, in.Body.Old, in.Body.New, requestOf(ctx).browser.secret)
		})
}

func (s *server) userRoutes() {
	handle(s, route{http.MethodGet, "/users", "listUsers", "List the people who may sign in", "users"},
		func(ctx context.Context, a fettle.Actor, _ *none) (list[account.UserView], error) {
			return listOf(s.engine.Accounts.Users(ctx, a))
		})
	handle(s, route{http.MethodPost, "/users", "inviteUser", "Invite someone; the link is handed over by hand", "users"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Body struct {
				Email string      `json:"email"`
				Name  string      `json:"name,omitempty"`
				Role  fettle.Role `json:"role"`
				Spend bool        `json:"may_spend,omitempty" doc:"Lets an editor do what spends."`
			}
		},
		) (account.LinkView, error) {
			b := in.Body
			return s.engine.Accounts.Invite(ctx, a, account.UserInput{Email: b.Email, Name: b.Name, Role: b.Role, MaySpend: b.Spend})
		})
	handle(s, route{http.MethodPatch, "/users/{email}", "changeUser", "Change a person's name or role, let an editor spend, disable or enable", "users"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Email string `path:"email"`
			Body  struct {
				Name     *string      `json:"name,omitempty"`
				Role     *fettle.Role `json:"role,omitempty"`
				MaySpend *bool        `json:"may_spend,omitempty" doc:"Whether an editor may do what spends."`
				Disabled *bool        `json:"disabled,omitempty"`
				Unlink   bool         `json:"unlink,omitempty" doc:"Forget who they are at the issuer; whoever next comes from there with the email is linked."`
			}
		},
		) (account.UserView, error) {
			return s.engine.Accounts.ChangeUser(ctx, a, in.Email, account.UserChange(in.Body))
		})
	handle(s, route{http.MethodPost, "/users/{email}/link", "makeUserLink", "Make a link that sets a new password, or the invitation anew", "users"},
		func(ctx context.Context, a fettle.Actor, in *struct {
			Email string `path:"email"`
		},
		) (account.LinkView, error) {
			return s.engine.Accounts.ResetLink(ctx, a, in.Email)
		})
}
