package main

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"fettle/internal/oidc/oidctest"
)

// answer asks for an address without following where it leads.
func answer(t *testing.T, address string, cookies ...*http.Cookie) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		req.AddCookie(c)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

func TestServeWithAnIssuer(t *testing.T) {
	t.Parallel()
	at := oidctest.New(t, "RS256")
	p := newProgram(t)
	p.env["FETTLE_OIDC_ISSUER"], p.env["FETTLE_OIDC_CLIENT_ID"], p.env["FETTLE_OIDC_CLIENT_SECRET"] = at.URL, oidctest.ClientID, oidctest.Secret
	url, stop := p.serve("--addr", "127.0.0.1:0", "--oidc-allow-domain", "Acme.example", "--oidc-role-claim", "groups", "--oidc-role", "sales=editor;x=viewer")
	at.Claims = map[string]any{"groups": []string{"sales"}}
	begun := answer(t, url+"/api/v1/sign-in/oidc")
	back := answer(t, url+"/api/v1/sign-in/oidc/callback?"+at.Visit(begun.Header.Get("Location")).Encode(), begun.Cookies()...)
	if got := back.Header.Get("Location"); back.StatusCode != http.StatusSeeOther || got != "/" {
		t.Fatalf("%s to %q", back.Status, got)
	}
	status := answer(t, url+"/api/v1/status", back.Cookies()...)
	if status.StatusCode != http.StatusOK {
		t.Errorf("signed in, and %s", status.Status)
	}
	if stranger := answer(t, url+"/api/v1/status"); stranger.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a session: %s", stranger.Status)
	}
	if code := stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
	if _, out, _ := p.run("user", "list"); !strings.Contains(out, "ada@acme.example") || !strings.Contains(out, "editor") {
		t.Errorf("%s", out)
	}
	if code, _, errs := p.run("user", "unlink", "ada@acme.example"); code != 0 {
		t.Errorf("unlink: exit %d: %s", code, errs)
	}
}

func TestServeWithAnIssuerThatIsDown(t *testing.T) {
	t.Parallel()
	at := oidctest.New(t, "ES256")
	at.Stop()
	url, stop := newProgram(t).serve("--addr", "127.0.0.1:0", "--oidc-issuer", at.URL, "--oidc-client-id", "x")
	resp, err := http.Get(url + "/api/v1/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || !strings.Contains(string(body), `"issuer":"127.0.0.1:`) {
		t.Errorf("%s, %v", body, err)
	}
	if got := answer(t, url+"/api/v1/sign-in/oidc").Header.Get("Location"); got != "/sign-in#error=unavailable" {
		t.Errorf("sent to %q", got)
	}
	if code := stop(); code != 0 {
		t.Errorf("exit %d", code)
	}
}

func TestSignInFlagsThatCannotWork(t *testing.T) {
	const issuer, client = "--oidc-issuer=https://sso.acme.example", "--oidc-client-id=x"
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--oidc-client-id=x"}, 2, "--oidc-issuer"},
		{[]string{issuer}, 2, "--oidc-client-id"},
		{[]string{"--oidc-issuer=http://sso.acme.example", client}, 2, "https"},
		{[]string{issuer, client, "--addr=0.0.0.0:0"}, 2, "--public-url"},
		{[]string{issuer, client, "--oidc-default-role=admin"}, 2, "viewer"},
		{[]string{issuer, client, "--oidc-role=a=admin"}, 2, "--oidc-role-claim"},
		{[]string{issuer, client, "--oidc-role-claim=groups", "--oidc-role=a=boss"}, 2, "boss"},
		{[]string{issuer, client, "--oidc-allow-domain=*"}, 2, "domain"},
		{[]string{"--public-url=fettle.acme.example"}, 2, "--public-url"},
		{[]string{"--public-url=https://fettle.acme.example/app"}, 2, "--public-url"},
		{[]string{"--public-url=https://fettle.acme.example", "--addr=127.0.0.1:0"}, 3, "no account"}, // a proxy would let anyone in
	} {
		if code, _, errs := newProgram(t).run(append([]string{"serve"}, c.args...)...); code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%v: exit %d: %s", c.args, code, errs)
		}
	}
}
