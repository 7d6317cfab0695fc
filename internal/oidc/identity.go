package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"fettle"
)

// Identity is who someone is, as the issuer says.
type Identity struct {
	Issuer   string
	Subject  string // the issuer's own name of the person, for good
	Email    string
	Verified bool // the issuer has seen that the email is theirs
	Name     string
	Hosted   string   // Google's: the organisation that manages the account, by its domain
	Roles    []string // the values of the claim that names roles
}

// Finish exchanges the code that the issuer sent back and gives who it is.
func (i *Issuer) Finish(ctx context.Context, a Attempt, code, redirect string) (Identity, error) {
	f, err := i.discover(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, i.cfg.Client)
	token, err := i.client(f, redirect).Exchange(ctx, code, oauth2.VerifierOption(a.verifier()))
	if err != nil {
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response.StatusCode < http.StatusInternalServerError {
			return Identity{}, i.rejected("it does not take the code back: %s %q", refused.Response.Status, refused.ErrorCode)
		}
		return Identity{}, i.unavailable(err)
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return Identity{}, i.rejected("it sent no ID token")
	}
	id, err := f.provider.Verifier(&oidc.Config{ClientID: i.cfg.ClientID}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, i.rejected("%w", err)
	}
	if !same(id.Nonce, a.nonce()) {
		return Identity{}, i.rejected("the ID token is of another attempt: its nonce differs")
	}
	return i.identity(ctx, f, id, token)
}

// identity reads the claims. What the ID token leaves out is asked of the
// issuer's userinfo, where there is one.
func (i *Issuer) identity(ctx context.Context, f *found, id *oidc.IDToken, token *oauth2.Token) (Identity, error) {
	var c claims
	if err := id.Claims(&c); err != nil {
		return Identity{}, i.rejected("its claims cannot be read: %w", err)
	}
	if party := c.text("azp"); party != i.cfg.ClientID && (party != "" || len(id.Audience) > 1) {
		return Identity{}, i.rejected("the ID token is another client's: %q", party)
	}
	lacks := c.text("email") == "" || (i.ByClaim() && c.values(i.cfg.Claim) == nil)
	if lacks && f.provider.UserInfoEndpoint() != "" {
		info, err := f.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
		if err != nil {
			return Identity{}, i.unavailable(err)
		}
		if info.Subject != id.Subject {
			return Identity{}, i.rejected("its userinfo is about someone else")
		}
		var more claims
		if err := info.Claims(&more); err != nil {
			return Identity{}, i.rejected("its userinfo cannot be read: %w", err)
		}
		c = c.with(more)
	}
	if id.Subject == "" {
		return Identity{}, i.rejected("the ID token names nobody")
	}
	return Identity{
		Issuer: i.cfg.Issuer, Subject: id.Subject, Email: c.text("email"), Verified: c.yes("email_verified"),
		Name: c.text("name"), Hosted: c.text("hd"), Roles: c.values(i.cfg.Claim),
	}, nil
}

func (i *Issuer) rejected(format string, args ...any) error {
	return fettle.Errorf(fettle.Unsigned, "what "+i.Host()+" answered is not taken: "+format, args...).WithHint("Try again.")
}

// claims are what an issuer says of someone, by name.
type claims map[string]json.RawMessage

// with adds what c lacks. The email and whether it is verified come from one
// source.
func (c claims) with(more claims) claims {
	out := claims{}
	maps.Copy(out, more)
	maps.Copy(out, c)
	if c.text("email") == "" {
		out["email"], out["email_verified"] = more["email"], more["email_verified"]
	}
	return out
}

func (c claims) text(name string) string {
	var s string
	if json.Unmarshal(c[name], &s) != nil {
		return ""
	}
	return s
}

// yes reads a boolean; some issuers write it as text.
func (c claims) yes(name string) bool {
	var b bool
	return (json.Unmarshal(c[name], &b) == nil && b) || strings.EqualFold(c.text(name), "true")
}

// values reads a claim of one or several texts. The name is the claim's, or
// else a path to it.
func (c claims) values(name string) []string {
	raw, ok := c[name]
	if !ok {
		first, rest, deeper := strings.Cut(name, ".")
		var inner claims
		if !deeper || json.Unmarshal(c[first], &inner) != nil {
			return nil
		}
		return inner.values(rest)
	}
	var many []string
	if json.Unmarshal(raw, &many) == nil {
		return many
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	return nil
}
