package main

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/account"
	"fettle/api"
	"fettle/internal/oidc"
	"fettle/internal/safehttp"
)

// signInFlags say where people reach the server, and by whose word besides a
// password they sign in.
type signInFlags struct {
	PublicURL    string                 `name:"public-url" setting:"" placeholder:"URL" help:"Where browsers reach the server, where that is not --addr: behind a proxy."`
	Issuer       string                 `name:"oidc-issuer" setting:"" placeholder:"URL" help:"People may sign in at this OpenID Connect issuer. See docs/signing-in.md."`
	ClientID     string                 `name:"oidc-client-id" setting:"" placeholder:"ID" help:"The client that is registered there; its secret is FETTLE_OIDC_CLIENT_SECRET."`
	AllowDomain  []string               `name:"oidc-allow-domain" setting:"" placeholder:"DOMAIN" help:"Whoever has a verified email of this domain gets an account. Without it only people who were invited come in."`
	DefaultRole  fettle.Role            `name:"oidc-default-role" setting:"" enum:"viewer,editor" default:"viewer" help:"The role of new accounts: viewer or editor."`
	RoleClaim    string                 `name:"oidc-role-claim" setting:"" placeholder:"CLAIM" help:"The claim that gives the role at every sign-in, such as groups or realm_access.roles."`
	RoleMappings map[string]fettle.Role `name:"oidc-role" setting:"" placeholder:"VALUE=ROLE" help:"What a value of that claim stands for. Without any, viewer and editor are taken as written, and admin never."`
}

// public reports whether others than this machine reach the server although it
// listens here only: through a proxy.
func (f *signInFlags) public() bool {
	u, err := url.Parse(f.PublicURL)
	return f.PublicURL != "" && (err != nil || !api.IsLoopback(u.Hostname()))
}

// check refuses flags that cannot work together. here is whether the server
// listens on this machine only.
func (f *signInFlags) check(here bool) error {
	u, err := url.Parse(f.PublicURL)
	if err != nil || (f.PublicURL != "" && (u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil)) {
		return fettle.Errorf(fettle.Invalid, "--public-url %q is not where a server is", f.PublicURL).WithHint("Write it as https://fettle.acme.example, without a path.")
	}
	if f.Issuer == "" && (f.ClientID != "" || len(f.AllowDomain) > 0 || f.RoleClaim != "") {
		return fettle.Errorf(fettle.Invalid, "the --oidc flags need an issuer").WithHint("Name it with --oidc-issuer, such as https://accounts.google.com.")
	}
	if len(f.RoleMappings) > 0 && f.RoleClaim == "" {
		return fettle.Errorf(fettle.Invalid, "--oidc-role maps values of a claim, and no claim is named").WithHint("Name it with --oidc-role-claim.")
	}
	if f.Issuer != "" && !here && f.PublicURL == "" {
		return fettle.Errorf(fettle.Invalid, "the issuer %s has to send people back here, and where that is for them is not said", f.Issuer).WithHint("Name it with --public-url.")
	}
	return nil
}

// issuer makes the issuer that the flags name; nil for none. The issuer itself
// may be at a private address, since the operator names it; what its discovery
// document names may not, unless it is at the same host.
func (f *signInFlags) issuer(s *session) (*account.Issuer, error) {
	if f.Issuer == "" {
		return nil, nil //nolint:nilnil // no issuer is no failure
	}
	allow := s.AllowHost
	if u, err := url.Parse(f.Issuer); err == nil && u.Host != "" {
		allow = append(slices.Clip(allow), u.Host)
	}
	client, err := safehttp.NewClient(safehttp.Options{Allow: allow, Timeout: 15 * time.Second})
	if err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "%w", err)
	}
	secret, err := s.secret("FETTLE_OIDC_CLIENT_SECRET")
	if err != nil {
		return nil, err
	}
	protocol, err := oidc.New(oidc.Config{
		Issuer: f.Issuer, ClientID: f.ClientID, Secret: secret, Claim: f.RoleClaim, Client: client,
	})
	if err != nil {
		return nil, err
	}
	is := &account.Issuer{Issuer: protocol, Role: f.DefaultRole, Roles: f.RoleMappings}
	for _, d := range f.AllowDomain {
		is.Domains = append(is.Domains, strings.ToLower(strings.TrimSpace(d)))
	}
	return is, is.Check()
}

// warnOfIssuer says early that an issuer cannot be asked: nothing else does
// before someone wants in.
func (s *session) warnOfIssuer(ctx context.Context, is *account.Issuer) {
	if is == nil {
		return
	}
	go func() { // bounded by the client's time-out
		if err := is.Issuer.Check(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "nobody can sign in at the issuer now; passwords work", "issuer", is.URL(), "error", err)
		}
	}()
}
