// Package oidc asks an OpenID Connect issuer who someone is, by the
// authorisation code flow with PKCE. It checks what the issuer says (signature,
// issuer, audience, time, nonce) and decides nothing: whether that person may
// come in, and as what, is the engine's.
package oidc

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"fettle"
)

// Config says which issuer is asked, and as which of its clients.
type Config struct {
	Issuer   string       // its URL, as its discovery document writes it
	ClientID string       // the client that was registered there
	Secret   string       // of the client; "" for a public one
	Claim    string       // what names roles: a claim, or a path such as realm_access.roles; "" for none
	Client   *http.Client // how the issuer is reached
}

// Issuer is an issuer. It is safe for concurrent use, and asks nothing before it
// is needed: an issuer that is down keeps nothing from starting.
type Issuer struct {
	cfg  Config
	base *url.URL

	mu     sync.Mutex
	found  *found // nil until discovery has succeeded
	flight singleflight.Group
}

// found is what discovery gave.
type found struct {
	provider *oidc.Provider
	style    oauth2.AuthStyle
	at       time.Time
}

const (
	foundHolds = time.Hour // then discovery is made anew
	maxAnswer  = 1 << 20   // bytes of any answer of an issuer
)

// New makes an issuer. It fails on a configuration that cannot work.
func New(cfg Config) (*Issuer, error) {
	u, err := url.Parse(cfg.Issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") {
		return nil, fettle.Errorf(fettle.Invalid, "%q is not the URL of an issuer", cfg.Issuer).WithHint("Write it as the issuer does, such as https://accounts.google.com.")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, fettle.Errorf(fettle.Invalid, "the issuer %s is not reached by https", cfg.Issuer).WithHint("Who someone is has to come by https; http is for an issuer on this machine.")
	}
	if cfg.ClientID == "" {
		return nil, fettle.Errorf(fettle.Invalid, "the issuer %s has no client id", cfg.Issuer).WithHint("Register Fettle at the issuer, then give the id that you get there (--oidc-client-id).")
	}
	client := *cfg.Client
	client.Transport = bounded{client.Transport}
	cfg.Client = &client
	return &Issuer{cfg: cfg, base: u}, nil
}

// URL is the issuer's name: its URL.
func (i *Issuer) URL() string { return i.cfg.Issuer }

// Host is how people are told of the issuer.
func (i *Issuer) Host() string { return i.base.Host }

// ByClaim reports whether a claim names roles.
func (i *Issuer) ByClaim() bool { return i.cfg.Claim != "" }

// Check fails if the issuer cannot be asked now.
func (i *Issuer) Check(ctx context.Context) error {
	_, err := i.discover(ctx)
	return err
}

// Begin gives the address at the issuer where someone says who they are.
// redirect is where the issuer sends them back to.
func (i *Issuer) Begin(ctx context.Context, a Attempt, redirect string) (string, error) {
	f, err := i.discover(ctx)
	if err != nil {
		return "", err
	}
	return i.client(f, redirect).AuthCodeURL(a.state(), oidc.Nonce(a.nonce()), oauth2.S256ChallengeOption(a.verifier())), nil
}

func (i *Issuer) client(f *found, redirect string) *oauth2.Config {
	endpoint := f.provider.Endpoint()
	endpoint.AuthStyle = f.style
	return &oauth2.Config{
		ClientID: i.cfg.ClientID, ClientSecret: i.cfg.Secret, Endpoint: endpoint, RedirectURL: redirect,
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// discover reads the issuer's discovery document, or remembers it. However many
// want it at once, one asks for all: anyone may begin to sign in.
func (i *Issuer) discover(ctx context.Context) (*found, error) {
	i.mu.Lock()
	f := i.found
	i.mu.Unlock()
	if f != nil && time.Since(f.at) < foundHolds {
		return f, nil
	}
	v, err, _ := i.flight.Do("", func() (any, error) { return i.ask(context.WithoutCancel(ctx)) }) // one who gives up ends it for nobody else
	f, _ = v.(*found)
	return f, err
}

// ask reads the discovery document.
func (i *Issuer) ask(ctx context.Context) (*found, error) {
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, i.cfg.Client), i.cfg.Issuer)
	if err != nil {
		return nil, i.unavailable(err)
	}
	var said struct {
		Authorise string   `json:"authorization_endpoint"`
		Token     string   `json:"token_endpoint"`
		Keys      string   `json:"jwks_uri"`
		UserInfo  string   `json:"userinfo_endpoint"`
		Methods   []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := p.Claims(&said); err != nil {
		return nil, i.unavailable(err)
	}
	for _, address := range []string{said.Authorise, said.Token, said.Keys, said.UserInfo} {
		if u, err := url.Parse(address); err != nil || (u.Scheme != "https" && i.base.Scheme == "https" && address != "") {
			return nil, i.unavailable(errors.New("its discovery document names an address that is not https: " + address))
		}
	}
	f := &found{provider: p, style: style(said.Methods, i.cfg.Secret), at: time.Now()}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.found = f
	return f, nil
}

// style is how the client says who it is: left to chance, the library would
// send the code twice.
func style(methods []string, secret string) oauth2.AuthStyle {
	if secret != "" && (len(methods) == 0 || slices.Contains(methods, "client_secret_basic")) {
		return oauth2.AuthStyleInHeader
	}
	return oauth2.AuthStyleInParams
}

func (i *Issuer) unavailable(err error) error {
	return fettle.Errorf(fettle.Unavailable, "%s cannot be asked who someone is: %w", i.Host(), err).
		WithHint("Sign in with a password meanwhile. Whoever runs the server looks whether the issuer is the right one and can be reached from it (--oidc-issuer).")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || (ip != nil && ip.IsLoopback())
}

// bounded cuts answers off that are too large.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(r)
	if err == nil {
		resp.Body = cut{io.LimitReader(resp.Body, maxAnswer), resp.Body}
	}
	return resp, err
}

type cut struct {
	io.Reader
	io.Closer
}
