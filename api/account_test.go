package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"fettle"
	"fettle/account"
	"fettle/api"
	"fettle/client"
)

// served is the API as a server on this machine serves it.
func served(t *testing.T, change ...func(*api.Config)) bundle {
	t.Helper()
	return setup(t, append([]func(*api.Config){func(c *api.Config) {
		c.InProcess, c.Loopback, c.Local = false, true, fettle.Actor{Name: "local", Role: fettle.Admin}
	}}, change...)...)
}

// secretOf is what stands behind the # of a link's path.
func secretOf(t *testing.T, l account.LinkView) string {
	t.Helper()
	_, fragment, _ := strings.Cut(l.Path, "#")
	q, err := url.ParseQuery(fragment)
	if err != nil || q.Get(string(l.Kind)) == "" {
		t.Fatalf("the link %q holds no secret: %v", l.Path, err)
	}
	return q.Get(string(l.Kind))
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// cookieOf is the session's cookie of an answer.
func cookieOf(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	for _, c := range rec.Result().Cookies() {
		if strings.HasPrefix(c.Name, "fettle_session") {
			if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" {
				t.Errorf("the cookie is %+v", c)
			}
			return c.Name + "=" + c.Value
		}
	}
	t.Fatalf("%d %s: no cookie", rec.Code, rec.Body)
	return ""
}

// join invites someone, who accepts; the answer is their cookie.
func (b bundle) join(email string, role fettle.Role, password string) string {
	b.t.Helper()
	l, err := b.engine.Accounts.Invite(b.t.Context(), fettle.System(), account.UserInput{Email: email, Role: role})
	if err != nil {
		b.t.Fatal(err)
	}
	return cookieOf(b.t, b.do("POST", "/api/v1/sign-in/accept", asJSON(b.t, map[string]string{"link": secretOf(b.t, l), "password": password})))
}

func TestSigningIn(t *testing.T) {
	b := served(t)
	if rec := b.do("GET", "/api/v1/status", ""); rec.Code != 200 || !strings.Contains(rec.Body.String(), `"local"`) || !strings.Contains(rec.Body.String(), `"session":false`) {
		t.Fatalf("before anyone has joined: %d %s", rec.Code, rec.Body)
	}
	ada := b.join("Ada@acme.example", fettle.Admin, "engine no. one")
	if rec := b.do("GET", "/api/v1/status", ""); rec.Code != 401 {
		t.Errorf("without a session: %d %s", rec.Code, rec.Body)
	}
	rec := b.do("GET", "/api/v1/status", "", "Cookie", ada)
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), `"actor":"ada@acme.example"`) || !strings.Contains(rec.Body.String(), `"session":true`) {
		t.Errorf("with a session: %d %s", rec.Code, rec.Body)
	}
	var wrong [2]string
	for i, email := range []string{"ada@acme.example", "nobody@acme.example"} {
		rec := b.do("POST", "/api/v1/sign-in", asJSON(t, map[string]string{"email": email, "password": "not the one"}))
		if rec.Code != 401 {
			t.Errorf("%s: %d %s", email, rec.Code, rec.Body)
		}
		var p api.Problem
		if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		wrong[i] = p.Detail + p.Hint
	}
	if wrong[0] != wrong[1] {
		t.Errorf("an account shows itself: %q, %q", wrong[0], wrong[1])
	}
	rec = b.do("POST", "/api/v1/sign-in", `{"email": " ADA@acme.example", "password": "engine no. one"}`, "X-Forwarded-Proto", "https")
	second := cookieOf(t, rec)
	if !strings.Contains(rec.Header().Get("Set-Cookie"), "Secure") || strings.Contains(rec.Body.String(), strings.SplitN(second, "=", 2)[1]) {
		t.Errorf("%s %s", rec.Header().Get("Set-Cookie"), rec.Body)
	}
	out := b.do("POST", "/api/v1/sign-out", "", "Cookie", second)
	if out.Code != 204 || !strings.Contains(out.Header().Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("%d %v", out.Code, out.Header())
	}
	if rec := b.do("GET", "/api/v1/status", "", "Cookie", second); rec.Code != 401 {
		t.Errorf("after signing out: %d", rec.Code)
	}
	if rec := b.do("GET", "/api/v1/status", "", "Cookie", ada); rec.Code != 200 {
		t.Errorf("the other session ended too: %d", rec.Code)
	}
}

func TestOtherSitesCannotUseASession(t *testing.T) {
	b := served(t)
	ada := b.join("ada@acme.example", fettle.Admin, "engine no. one")
	const grant = `{"credits": "5"}`
	for name, header := range map[string][]string{
		"by fetch metadata": {"Sec-Fetch-Site", "cross-site"}, "same site, other origin": {"Sec-Fetch-Site", "same-site"}, "by origin": {"Origin", "http://evil.example"},
	} {
		if rec := b.do("POST", "/api/v1/credits/grants", grant, append(header, "Cookie", ada)...); rec.Code != 403 {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
	}
	if rec := b.do("POST", "/api/v1/credits/grants", grant, "Sec-Fetch-Site", "same-origin", "Cookie", ada); rec.Code != 200 {
		t.Errorf("our own page: %d %s", rec.Code, rec.Body)
	}
	req := httptest.NewRequest(http.MethodGet, "http://evil.example/api/v1/status", nil)
	rec := httptest.NewRecorder()
	if b.handler.ServeHTTP(rec, req); rec.Code != 403 {
		t.Errorf("a name that was pointed at this machine: %d", rec.Code)
	}
}

func TestLinksWorkOnce(t *testing.T) {
	b := served(t)
	l, err := b.engine.Accounts.LocalLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	body := asJSON(t, map[string]string{"link": secretOf(t, l)})
	if rec := b.do("POST", "/api/v1/sign-in/look", body); rec.Code != 200 || !strings.Contains(rec.Body.String(), `"local"`) {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	if rec := b.do("POST", "/api/v1/sign-in/accept", asJSON(t, map[string]string{"link": secretOf(t, l), "password": "a long password"})); rec.Code != 401 {
		t.Errorf("the printed link sets a password: %d %s", rec.Code, rec.Body)
	}
	cookie := cookieOf(t, b.do("POST", "/api/v1/sign-in/link", body))
	if rec := b.do("POST", "/api/v1/sign-in/link", body); rec.Code != 401 {
		t.Errorf("a second time: %d %s", rec.Code, rec.Body)
	}
	b.join("ada@acme.example", fettle.Viewer, "engine no. one")
	if rec := b.do("POST", "/api/v1/credits/grants", `{"credits": "5"}`, "Cookie", cookie); rec.Code != 200 {
		t.Errorf("whoever runs the server: %d %s", rec.Code, rec.Body)
	}
}

// TestFirstInvitationKeepsTheBrowserIn holds that who makes the first account
// or token in a browser is not shut out by it.
func TestFirstInvitationKeepsTheBrowserIn(t *testing.T) {
	b := served(t)
	rec := b.do("POST", "/api/v1/tokens", `{"name": "ci", "role": "viewer"}`, "Sec-Fetch-Site", "same-origin")
	if rec.Code != 200 {
		t.Fatal(rec.Body)
	}
	if again := b.do("GET", "/api/v1/users", "", "Cookie", cookieOf(t, rec)); again.Code != 200 {
		t.Errorf("shut out: %d %s", again.Code, again.Body)
	}
	if again := b.do("GET", "/api/v1/users", ""); again.Code != 401 {
		t.Errorf("another browser: %d", again.Code)
	}
}

func TestTokensWithALimit(t *testing.T) {
	b := setup(t)
	five := 5 * fettle.Credit
	if _, err := b.client.CreateToken(t.Context(), client.TokenInput{Name: "ci", Role: fettle.Editor, Credits: &five, Per: fettle.PerDay}); err != nil {
		t.Fatal(err)
	}
	all, err := b.client.Tokens(t.Context())
	if err != nil || len(all) != 1 || len(all[0].Limits) != 1 || *all[0].Limits[0].Credits != five || all[0].Limits[0].Per != fettle.PerDay {
		t.Errorf("%+v %v", all, err)
	}
	limits, err := b.client.Limits(t.Context())
	if err != nil || len(limits) != 1 || limits[0].Scope != "person" || limits[0].Key != "ci" {
		t.Errorf("%+v %v", limits, err)
	}
	for _, in := range []client.TokenInput{{Name: "local", Role: fettle.Admin}, {Name: "x", Role: fettle.Editor, Credits: &five, Per: fettle.PerRun}} {
		if _, err := b.client.CreateToken(t.Context(), in); fettle.CodeOf(err) != fettle.Invalid {
			t.Errorf("%+v: %v", in, err)
		}
	}
}

func TestPeople(t *testing.T) {
	b := setup(t)
	if _, err := b.client.Invite(t.Context(), client.UserInput{Email: "bob@acme.example", Role: fettle.Editor}); err != nil {
		t.Fatal(err)
	}
	role := fettle.Viewer
	u, err := b.client.ChangeUser(t.Context(), "bob@acme.example", client.UserChange{Role: &role})
	if err != nil || u.Role != role || u.State != "invited" || u.Name != "bob" {
		t.Errorf("%+v %v", u, err)
	}
	if l, err := b.client.UserLink(t.Context(), "bob@acme.example"); err != nil || l.Kind != "invite" || !strings.HasPrefix(l.Path, "/sign-in#invite=") {
		t.Errorf("%+v %v", l, err)
	}
	log, err := b.client.Actions(t.Context(), "bob@acme.example", "", 2)
	if err != nil || len(log.Items) != 2 || log.Next == "" || log.Items[1].Action != "user.change" || log.Items[1].Actor != "test" {
		t.Errorf("%+v %v", log, err)
	}
	older, err := b.client.Actions(t.Context(), "bob@acme.example", log.Next, 2)
	if err != nil || len(older.Items) != 1 || older.Items[0].Action != "user.invite" {
		t.Errorf("%+v %v", older, err)
	}
}

// TestTooManyTriesSayWhen guesses until it is refused: with 429, and with when to
// try again. A session and a browser that has signed in before stay in.
func TestTooManyTriesSayWhen(t *testing.T) {
	b := served(t)
	l, err := b.engine.Accounts.Invite(t.Context(), fettle.System(), account.UserInput{Email: "ada@acme.example", Role: fettle.Admin})
	if err != nil {
		t.Fatal(err)
	}
	accepted := b.do("POST", "/api/v1/sign-in/accept", asJSON(t, map[string]string{"link": secretOf(t, l), "password": "engine no. one"}))
	session, known := cookieOf(t, accepted), knownOf(t, accepted)
	const wrong = `{"email": "ada@acme.example", "password": "not the one"}`
	for i := range 6 {
		rec := b.do("POST", "/api/v1/sign-in", wrong)
		if told := strings.Contains(rec.Body.String(), `"wait":1`); rec.Code != 401 || told != (i == 5) {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
	}
	rec := b.do("POST", "/api/v1/sign-in", wrong)
	if rec.Code == 401 { // a slow machine: the second has passed, and the next wait is of two
		rec = b.do("POST", "/api/v1/sign-in", wrong)
	}
	seconds, err := strconv.Atoi(rec.Header().Get("Retry-After"))
	if rec.Code != 429 || err != nil || seconds < 1 || seconds > 2 {
		t.Errorf("%d, Retry-After %q: %s", rec.Code, rec.Header().Get("Retry-After"), rec.Body)
	}
	if rec := b.do("GET", "/api/v1/status", "", "Cookie", session); rec.Code != 200 {
		t.Errorf("the session: %d %s", rec.Code, rec.Body)
	}
	right := b.do("POST", "/api/v1/sign-in", `{"email": "ada@acme.example", "password": "engine no. one"}`, "Cookie", known)
	if right.Code != 200 || knownOf(t, right) == "" {
		t.Errorf("a browser that has signed in before: %d %s", right.Code, right.Body)
	}
}

// knownOf is the cookie by which a browser is known from then on.
func knownOf(t *testing.T, rec *httptest.ResponseRecorder) string {
	t.Helper()
	for _, c := range rec.Result().Cookies() {
		if strings.HasPrefix(c.Name, "known_fettle_session") {
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/api/v1/sign-in" || c.MaxAge < 300*24*60*60 {
				t.Errorf("the cookie is %+v", c)
			}
			return c.Name + "=" + c.Value
		}
	}
	t.Fatalf("%d %s: no cookie of a known browser", rec.Code, rec.Body)
	return ""
}
