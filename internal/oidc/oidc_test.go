package oidc_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/internal/oidc"
	"fettle/internal/oidc/oidctest"
	"fettle/internal/safehttp"
)

const redirect = "http://127.0.0.1:7070/back"

func clientOf(t *testing.T, at *oidctest.Issuer, change ...func(*oidc.Config)) *oidc.Issuer {
	t.Helper()
	client, err := safehttp.NewClient(safehttp.Options{Allow: []string{"127.0.0.1"}, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	cfg := oidc.Config{Issuer: at.URL, ClientID: oidctest.ClientID, Secret: oidctest.Secret, Client: client}
	for _, f := range change {
		f(&cfg)
	}
	i, err := oidc.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// signIn walks a whole attempt.
func signIn(t *testing.T, at *oidctest.Issuer, i *oidc.Issuer) (oidc.Identity, error) {
	t.Helper()
	a := oidc.NewAttempt("/", time.Now())
	address, err := i.Begin(t.Context(), a, redirect)
	if err != nil {
		return oidc.Identity{}, err
	}
	back := at.Visit(address)
	if !a.Began(back.Get("state")) {
		t.Errorf("the state is not the attempt's: %v", back)
	}
	return i.Finish(t.Context(), a, back.Get("code"), redirect)
}

func TestSaysWhoItIs(t *testing.T) {
	for _, alg := range []string{"RS256", "ES256"} {
		t.Run(alg, func(t *testing.T) {
			at := oidctest.New(t, alg)
			at.Claims = map[string]any{"realm_access": map[string]any{"roles": []string{"a", "b"}}, "hd": "acme.example"}
			got, err := signIn(t, at, clientOf(t, at, func(c *oidc.Config) { c.Claim = "realm_access.roles" }))
			if err != nil {
				t.Fatal(err)
			}
			if got.Issuer != at.URL || got.Subject != "ada-1" || got.Email != "ada@acme.example" || !got.Verified || got.Name != "Ada Lovelace" ||
				got.Hosted != "acme.example" || strings.Join(got.Roles, " ") != "a b" {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestAsksUserinfoForWhatIsMissing(t *testing.T) {
	at := oidctest.New(t, "ES256")
	at.Claims = map[string]any{"email": "", "email_verified": true, "name": "Ada"}
	at.UserInfo = map[string]any{"sub": "ada-1", "email": "ada@acme.example", "email_verified": "false", "https://acme.example/roles": "editor"}
	i := clientOf(t, at, func(c *oidc.Config) { c.Claim = "https://acme.example/roles" })
	got, err := signIn(t, at, i)
	if err != nil || got.Email != "ada@acme.example" || got.Verified || got.Name != "Ada" || strings.Join(got.Roles, " ") != "editor" {
		t.Errorf("%+v, %v", got, err)
	}
	at.UserInfo["sub"] = "eve-1"
	if _, err := signIn(t, at, i); fettle.CodeOf(err) != fettle.Unsigned {
		t.Errorf("userinfo about someone else: %v", err)
	}
}

func TestTakesNoFalseWord(t *testing.T) {
	past := time.Now().Add(-time.Minute).Unix()
	for name, claims := range map[string]map[string]any{
		"another attempt's nonce": {"nonce": "x"}, "no nonce": {"nonce": nil}, "another audience": {"aud": "other"}, "expired": {"exp": past}, "no expiry": {"exp": nil},
		"another issuer": {"iss": "https://accounts.google.com"}, "for another party": {"azp": "other"}, "several audiences, no party": {"aud": []string{"fettle", "other"}},
		"nobody": {"sub": ""}, "not yet": {"nbf": time.Now().Add(time.Hour).Unix()},
	} {
		t.Run(name, func(t *testing.T) {
			at := oidctest.New(t, "ES256")
			at.Claims = claims
			if got, err := signIn(t, at, clientOf(t, at)); fettle.CodeOf(err) != fettle.Unsigned {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	t.Run("forged", func(t *testing.T) {
		at := oidctest.New(t, "RS256")
		at.Forge = true
		if got, err := signIn(t, at, clientOf(t, at)); fettle.CodeOf(err) != fettle.Unsigned {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestACodeIsOfItsAttempt(t *testing.T) {
	at := oidctest.New(t, "ES256")
	i := clientOf(t, at)
	a, other := oidc.NewAttempt("/", time.Now()), oidc.NewAttempt("/", time.Now())
	address, err := i.Begin(t.Context(), a, redirect)
	if err != nil {
		t.Fatal(err)
	}
	code := at.Visit(address).Get("code")
	if _, err := i.Finish(t.Context(), a, code, redirect); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Finish(t.Context(), a, code, redirect); fettle.CodeOf(err) != fettle.Unsigned {
		t.Errorf("a code twice: %v", err)
	}
	code = at.Visit(address).Get("code")
	if _, err := i.Finish(t.Context(), other, code, redirect); fettle.CodeOf(err) != fettle.Unsigned {
		t.Errorf("a code of another attempt, whose verifier differs: %v", err)
	}
}

func TestAttempts(t *testing.T) {
	now := time.Now()
	a := oidc.NewAttempt("/people?where=x", now)
	got, ok := oidc.ReadAttempt(a.Cookie(), now.Add(9*time.Minute))
	if !ok || got.To != a.To {
		t.Fatalf("%+v, %v", got, ok)
	}
	if _, ok := oidc.ReadAttempt(a.Cookie(), now.Add(11*time.Minute)); ok {
		t.Error("an attempt that is too old is taken")
	}
	if got.Began("") || got.Began("x") || got.Began(oidc.NewAttempt("/", now).Cookie()) {
		t.Error("a state that is another's is taken")
	}
	for _, cookie := range []string{"", "..", "a.1.b", strings.Replace(a.Cookie(), ".", "", 1), "AAAA." + strings.SplitN(a.Cookie(), ".", 2)[1]} {
		if _, ok := oidc.ReadAttempt(cookie, now); ok {
			t.Errorf("%q is taken", cookie)
		}
	}
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	for _, c := range []oidc.Config{
		{Issuer: "accounts.google.com", ClientID: "x"},
		{Issuer: "http://sso.acme.example", ClientID: "x"},
		{Issuer: "https://sso.acme.example"},
		{Issuer: "ftp://sso.acme.example", ClientID: "x"},
		{Issuer: "https://sso.acme.example?x=y", ClientID: "x"},
		{Issuer: "https://u:p@sso.acme.example", ClientID: "x"},
	} {
		c.Client = http.DefaultClient
		if _, err := oidc.New(c); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestAnIssuerThatIsDown(t *testing.T) {
	at := oidctest.New(t, "ES256")
	i := clientOf(t, at)
	at.Stop()
	if err := i.Check(t.Context()); fettle.CodeOf(err) != fettle.Unavailable || !strings.Contains(err.Error(), i.Host()) {
		t.Errorf("down: %v", err)
	}
	if _, err := signIn(t, at, i); fettle.CodeOf(err) != fettle.Unavailable {
		t.Errorf("down: %v", err)
	}
}

// TestDiscoveryLeadsNowhereElse holds that what an issuer's discovery document
// names cannot make the server ask what it may not.
func TestDiscoveryLeadsNowhereElse(t *testing.T) {
	secret := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a private address was asked") }))
	defer secret.Close()
	var issuer *httptest.Server
	issuer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/openid-configuration" {
			t.Errorf("asked for %s", r.URL.Path)
		}
		_, _ = w.Write([]byte(`{"issuer":"` + issuer.URL + `","authorization_endpoint":"` + issuer.URL + `/a","token_endpoint":"` + secret.URL + `/t","jwks_uri":"` + secret.URL + `/k"}`))
	}))
	defer issuer.Close()
	client, err := safehttp.NewClient(safehttp.Options{Allow: []string{strings.TrimPrefix(issuer.URL, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	i, err := oidc.New(oidc.Config{Issuer: issuer.URL, ClientID: "fettle", Client: client})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.Finish(t.Context(), oidc.NewAttempt("/", time.Now()), "code", redirect); fettle.CodeOf(err) != fettle.Unavailable {
		t.Errorf("%v", err)
	}
}
