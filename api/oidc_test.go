package api_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/account"
	"fettle/api"
	"fettle/internal/oidc"
	"fettle/internal/oidc/oidctest"
	"fettle/internal/safehttp"
)

// issued is a server where people sign in at an issuer, and a browser's cookies.
type issued struct {
	bundle
	at      *oidctest.Issuer
	cookies map[string]string
}

func newIssued(t *testing.T, change ...func(*account.Issuer, *oidc.Config, *api.Config)) *issued {
	t.Helper()
	at := oidctest.New(t, "ES256")
	client, err := safehttp.NewClient(safehttp.Options{Allow: []string{strings.TrimPrefix(at.URL, "http://")}, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	is := &account.Issuer{Domains: []string{"acme.example"}, Role: fettle.Viewer}
	protocol := oidc.Config{Issuer: at.URL, ClientID: oidctest.ClientID, Secret: oidctest.Secret, Client: client}
	b := setup(t, func(c *api.Config) {
		c.InProcess, c.Loopback, c.Local, c.Issuer = false, true, fettle.Actor{Name: "local", Role: fettle.Admin}, is
		for _, f := range change {
			f(is, &protocol, c)
		}
		if is.Issuer, err = oidc.New(protocol); err != nil {
			t.Fatal(err)
		}
	})
	return &issued{bundle: b, at: at, cookies: map[string]string{}}
}

// open asks for an address of ours as the browser does that holds the cookies.
func (b *issued) open(path string) *httptest.ResponseRecorder {
	b.t.Helper()
	var held []string
	for name, value := range b.cookies {
		held = append(held, name+"="+value)
	}
	rec := b.do("GET", path, "", "Cookie", strings.Join(held, "; "), "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")
	for _, c := range rec.Result().Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	return rec
}

// begin goes to the issuer and gives the path that it sends the browser back to.
func (b *issued) begin(query string) string {
	b.t.Helper()
	rec := b.open("/api/v1/sign-in/oidc" + query)
	if rec.Code != http.StatusSeeOther || !strings.HasPrefix(rec.Header().Get("Location"), b.at.URL) {
		b.t.Fatalf("%d to %q", rec.Code, rec.Header().Get("Location"))
	}
	c := rec.Result().Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge != 600 || c.Path != "/api/v1/sign-in/oidc" {
		b.t.Errorf("the cookie is %+v", c)
	}
	return "/api/v1/sign-in/oidc/callback?" + b.at.Visit(rec.Header().Get("Location")).Encode()
}

// ends holds where the browser ends up after the issuer.
func (b *issued) ends(path, want string) {
	b.t.Helper()
	rec := b.open(path)
	if got := rec.Header().Get("Location"); rec.Code != http.StatusSeeOther || got != want {
		b.t.Errorf("%d to %q, want %q: %s", rec.Code, got, want, rec.Body)
	}
}

// who is signed in, with the role.
func (b *issued) who() string {
	rec := b.open("/api/v1/status")
	if rec.Code != http.StatusOK {
		return ""
	}
	_, rest, _ := strings.Cut(rec.Body.String(), `"actor":"`)
	actor, rest, _ := strings.Cut(rest, `"`)
	_, rest, _ = strings.Cut(rest, `"role":"`)
	role, _, _ := strings.Cut(rest, `"`)
	return actor + " " + role
}

func TestSigningInByTheIssuer(t *testing.T) {
	b := newIssued(t)
	if rec := b.do("GET", "/api/v1/sign-in", ""); !strings.Contains(rec.Body.String(), `"issuer":"127.0.0.1:`) {
		t.Errorf("%s", rec.Body)
	}
	b.ends(b.begin("?to=%2Fpeople%3Fwhere%3Dx"), "/people?where=x")
	if got := b.who(); got != "ada@acme.example viewer" {
		t.Fatalf("signed in as %q", got)
	}
	users, err := b.engine.Accounts.Users(t.Context(), fettle.System())
	if err != nil || len(users) != 1 || users[0].Name != "Ada Lovelace" || users[0].State != account.Active || users[0].Issuer != b.at.URL {
		t.Errorf("%+v, %v", users, err)
	}
	session := b.cookies["fettle_session"]
	b.ends(b.begin(""), "/")
	if rec := b.do("GET", "/api/v1/status", "", "Cookie", "fettle_session="+session); rec.Code != 401 {
		t.Errorf("the session before goes on: %d", rec.Code)
	}
	if rec := b.do("POST", "/api/v1/sign-out", "", "Cookie", "fettle_session="+b.cookies["fettle_session"]); rec.Code != 204 {
		t.Errorf("sign out: %d %s", rec.Code, rec.Body)
	}
	if got := b.who(); got != "" {
		t.Errorf("signed out, and still %s", got)
	}
	log, err := b.engine.Accounts.Actions(t.Context(), fettle.System(), "ada@acme.example", 0, 10)
	var did []string
	for _, a := range log {
		did = append(did, a.Action)
	}
	if got := strings.Join(did, " "); err != nil || got != "sign-in sign-in user.link user.join" {
		t.Errorf("the log says %q, %v", got, err)
	}
}

func TestIssuersPeopleAreMatchedOnce(t *testing.T) {
	b := newIssued(t, func(is *account.Issuer, _ *oidc.Config, _ *api.Config) { is.Domains = nil })
	invitation, err := b.engine.Accounts.Invite(t.Context(), fettle.System(), account.UserInput{Email: "ada@acme.example", Role: fettle.Admin})
	if err != nil {
		t.Fatal(err)
	}
	b.ends(b.begin(""), "/")
	if got := b.who(); got != "ada@acme.example admin" {
		t.Fatalf("invited, and %q", got)
	}
	if rec := b.do("POST", "/api/v1/sign-in/look", asJSON(t, map[string]string{"link": secretOf(t, invitation)})); rec.Code != 401 {
		t.Errorf("the invitation still works: %d", rec.Code)
	}
	b.at.Claims = map[string]any{"email": "lovelace@acme.example", "email_verified": false}
	b.ends(b.begin(""), "/")
	if got := b.who(); got != "ada@acme.example admin" {
		t.Errorf("with another email there: %q", got)
	}
	b.at.Claims = map[string]any{"sub": "eve-1"}
	b.ends(b.begin(""), "/sign-in#error=taken")
	if _, err := b.engine.Accounts.ChangeUser(t.Context(), fettle.System(), "ada@acme.example", account.UserChange{Unlink: true}); err != nil {
		t.Fatal(err)
	}
	if got := b.who(); got != "" {
		t.Errorf("unlinked, and still %s", got)
	}
	b.ends(b.begin(""), "/")
}

func TestWhoTheIssuerKnowsMayBeTurnedAway(t *testing.T) {
	disabled := true
	for name, c := range map[string]struct {
		claims map[string]any
		before func(t *testing.T, b *issued)
		want   string
	}{
		"unverified email": {claims: map[string]any{"email_verified": false}, want: "unverified"},
		"no email":         {claims: map[string]any{"email": ""}, want: "unverified"},
		"not an email":     {claims: map[string]any{"email": "Ada <ada@acme.example>"}, want: "unverified"},
		"another domain":   {claims: map[string]any{"email": "ada@evil.example"}, want: "stranger"},
		"a longer domain":  {claims: map[string]any{"email": "ada@not-acme.example"}, want: "stranger"},
		"a subdomain":      {claims: map[string]any{"email": "ada@x.acme.example"}, want: "stranger"},
		"wrong nonce":      {claims: map[string]any{"nonce": "x"}, want: "failed"},
		"expired token":    {claims: map[string]any{"exp": 1}, want: "failed"},
		"wrong audience":   {claims: map[string]any{"aud": "other"}, want: "failed"},
		"they said no":     {before: func(_ *testing.T, b *issued) { b.at.Deny = "access_denied" }, want: "denied"},
		"it said no":       {before: func(_ *testing.T, b *issued) { b.at.Deny = "<script>" }, want: "failed"},
		"disabled": {before: func(t *testing.T, b *issued) {
			t.Helper()
			b.join("ada@acme.example", fettle.Viewer, "engine no. one")
			if _, err := b.engine.Accounts.ChangeUser(t.Context(), fettle.System(), "ada@acme.example", account.UserChange{Disabled: &disabled}); err != nil {
				t.Fatal(err)
			}
		}, want: "disabled"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newIssued(t)
			b.join("someone@acme.example", fettle.Admin, "so that it is guarded")
			if c.before != nil {
				c.before(t, b)
			}
			b.at.Claims = c.claims
			b.ends(b.begin(""), "/sign-in#error="+c.want)
			if got := b.who(); got != "" {
				t.Errorf("signed in as %s", got)
			}
		})
	}
}

func TestAnAnswerIsOfTheAttemptThatTheBrowserBegan(t *testing.T) {
	b := newIssued(t)
	back := b.begin("")
	mine := b.cookies
	q, _ := url.ParseQuery(strings.SplitN(back, "?", 2)[1])
	with := func(key, value string) string {
		c := maps.Clone(q)
		c.Set(key, value)
		return "/api/v1/sign-in/oidc/callback?" + c.Encode()
	}
	b.ends(with("state", "x"), "/sign-in#error=expired")
	b.ends(with("state", ""), "/sign-in#error=expired")
	b.cookies = map[string]string{} // another's browser, made to open the address
	b.ends(back, "/sign-in#error=expired")
	b.cookies = map[string]string{}
	b.begin("") // another's browser that has begun an attempt of its own
	b.ends(back, "/sign-in#error=expired")

	b.cookies = mine
	kept := maps.Clone(mine)
	b.ends(back, "/")
	b.cookies = kept // as one who copied address and cookie
	b.ends(back, "/sign-in#error=failed")

	b.cookies = map[string]string{}
	back = b.begin("")
	q, _ = url.ParseQuery(strings.SplitN(back, "?", 2)[1])
	b.ends(with("iss", "https://evil.example"), "/sign-in#error=failed")
}

func TestRolesByClaim(t *testing.T) {
	mapped := func(is *account.Issuer, c *oidc.Config, _ *api.Config) {
		c.Claim, is.Roles = "groups", map[string]fettle.Role{"sales": fettle.Editor, "revops": fettle.Admin}
	}
	asWritten := func(_ *account.Issuer, c *oidc.Config, _ *api.Config) { c.Claim = "groups" }
	for name, c := range map[string]struct {
		setup  func(*account.Issuer, *oidc.Config, *api.Config)
		groups any
		want   string
	}{
		"mapped":             {mapped, []string{"everyone", "sales"}, "editor"},
		"the highest":        {mapped, []string{"revops", "sales"}, "admin"},
		"none that maps":     {mapped, []string{"admin", "editor"}, "viewer"},
		"missing":            {mapped, nil, "viewer"},
		"as written":         {asWritten, "editor", "editor"},
		"admin is not":       {asWritten, []string{"admin"}, "viewer"},
		"without a claim":    {func(*account.Issuer, *oidc.Config, *api.Config) {}, []string{"editor"}, "viewer"},
		"of another default": {func(is *account.Issuer, _ *oidc.Config, _ *api.Config) { is.Role = fettle.Editor }, nil, "editor"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newIssued(t, c.setup)
			b.at.Claims = map[string]any{"groups": c.groups}
			b.ends(b.begin(""), "/")
			if got := b.who(); got != "ada@acme.example "+c.want {
				t.Errorf("signed in as %s", got)
			}
		})
	}
	t.Run("taken away, but of the last admin", func(t *testing.T) {
		b := newIssued(t, mapped)
		b.at.Claims = map[string]any{"groups": []string{"revops"}}
		b.ends(b.begin(""), "/")
		b.at.Claims = nil
		b.ends(b.begin(""), "/")
		if got := b.who(); got != "ada@acme.example admin" {
			t.Errorf("the last admin is now %s", got)
		}
		b.join("grace@acme.example", fettle.Admin, "another admin there is")
		b.ends(b.begin(""), "/")
		if got := b.who(); got != "ada@acme.example viewer" {
			t.Errorf("without the group still %s", got)
		}
	})
}

func TestNobodyIsSentElsewhere(t *testing.T) {
	b := newIssued(t)
	for _, to := range []string{"https://evil.example", "//evil.example", `/\evil.example`, "evil", "/\t/evil.example", "/api/v1/sign-out", "javascript:alert(1)"} {
		b.ends(b.begin("?to="+url.QueryEscape(to)), "/")
	}
}

func TestTheIssuerIsDown(t *testing.T) {
	b := newIssued(t)
	ada := b.join("ada@acme.example", fettle.Admin, "engine no. one")
	b.at.Stop()
	b.ends("/api/v1/sign-in/oidc", "/sign-in#error=unavailable")
	if rec := b.do("POST", "/api/v1/sign-in", `{"email": "ada@acme.example", "password": "engine no. one"}`); rec.Code != 200 {
		t.Errorf("by password: %d %s", rec.Code, rec.Body)
	}
	if rec := b.do("GET", "/api/v1/status", "", "Cookie", ada); rec.Code != 200 {
		t.Errorf("a session: %d", rec.Code)
	}
}

func TestBehindAProxy(t *testing.T) {
	b := newIssued(t, func(_ *account.Issuer, _ *oidc.Config, c *api.Config) {
		c.PublicURL, c.Loopback = "https://fettle.acme.example/", false
	})
	rec := b.open("/api/v1/sign-in/oidc")
	address, err := url.Parse(rec.Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	if got := address.Query().Get("redirect_uri"); got != "https://fettle.acme.example/api/v1/sign-in/oidc/callback" {
		t.Errorf("the issuer sends back to %s", got)
	}
	if c := rec.Result().Cookies()[0]; !c.Secure {
		t.Errorf("the cookie is %+v", c)
	}
}

func TestWithoutAnIssuer(t *testing.T) {
	b := served(t)
	for _, path := range []string{"", "/callback?code=x&state=y"} {
		if rec := b.do("GET", "/api/v1/sign-in/oidc"+path, ""); rec.Code != 404 || !strings.Contains(rec.Body.String(), "--oidc-issuer") {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	}
	if rec := b.do("GET", "/api/v1/sign-in", ""); strings.Contains(rec.Body.String(), "issuer") {
		t.Errorf("%s", rec.Body)
	}
}
