package api

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"fettle"
	"fettle/account"
	"fettle/internal/oidc"
)

// Where a browser is sent to begin to sign in at an issuer, and where the
// issuer sends it back to.
const (
	oidcPath     = "/sign-in/oidc"
	callbackPath = oidcPath + "/callback"
)

// Why a browser came back from an issuer without being signed in, besides the
// engine's reasons. The sign-in page knows the words: none of what the issuer
// or the address says is shown.
const (
	backDenied      account.TurnedAway = "denied"      // they, or the issuer, said no
	backExpired     account.TurnedAway = "expired"     // not the attempt that this browser began, or too old
	backUnavailable account.TurnedAway = "unavailable" // the issuer does not answer
	backFailed      account.TurnedAway = "failed"      // what it answered is not taken
)

func (s *server) issuerRoutes() {
	moves := func(op *huma.Operation) {
		delete(op.Responses, "200")
		op.Responses["303"] = &huma.Response{Description: "The browser goes on"}
	}
	s.stream(route{http.MethodGet, oidcPath, "beginSignIn", "Send the browser to the OpenID Connect issuer", "sign-in"}, func(op *huma.Operation) {
		moves(op)
		op.Parameters = []*huma.Param{{Name: "to", In: "query", Schema: &huma.Schema{Type: huma.TypeString}, Description: "The page to come back to."}}
	}, s.beginSignIn)
	s.stream(route{http.MethodGet, callbackPath, "finishSignIn", "Where the issuer sends the browser back to", "sign-in"}, moves, s.finishSignIn)
}

func (s *server) beginSignIn(w http.ResponseWriter, r *http.Request) {
	is := s.cfg.Issuer
	if is == nil {
		s.write(w, r, errNoIssuer())
		return
	}
	a := oidc.NewAttempt(localPath(r.URL.Query().Get("to")), time.Now())
	address, err := is.Begin(r.Context(), a, s.callback(r))
	if err != nil {
		s.turnAway(w, r, backUnavailable, err)
		return
	}
	http.SetCookie(w, s.attemptCookie(r, a.Cookie(), int(oidc.AttemptHolds.Seconds())))
	http.Redirect(w, r, address, http.StatusSeeOther)
}

func (s *server) finishSignIn(w http.ResponseWriter, r *http.Request) {
	is, b, q := s.cfg.Issuer, requestOf(r.Context()).browser, r.URL.Query()
	if is == nil {
		s.write(w, r, errNoIssuer())
		return
	}
	a, ok := s.attempt(r)
	if !ok || !a.Began(q.Get("state")) { // the cookie stays: another tab may still need it
		s.turnAway(w, r, backExpired, nil)
		return
	}
	http.SetCookie(w, s.attemptCookie(r, "", -1))
	if from := q.Get("iss"); from != "" && from != is.URL() {
		s.turnAway(w, r, backFailed, fettle.Errorf(fettle.Unsigned, "the answer is of another issuer: %.200q", from))
		return
	}
	if said := q.Get("error"); said != "" {
		why := backFailed
		if said == "access_denied" {
			why = backDenied
		}
		s.turnAway(w, r, why, fettle.Errorf(fettle.Unsigned, "the issuer says %.200q: %.500q", said, q.Get("error_description")))
		return
	}
	in, err := s.engine.Accounts.SignInByIssuer(r.Context(), is, account.IssuerAnswer{Attempt: a, Code: q.Get("code"), Redirect: s.callback(r), Browser: b.from()})
	if err != nil {
		s.turnAway(w, r, why(err), err)
		return
	}
	s.endOld(r.Context(), b)
	for _, c := range b.enter(in) {
		http.SetCookie(w, &c)
	}
	http.Redirect(w, r, localPath(a.To), http.StatusSeeOther)
}

// turnAway sends the browser to the sign-in page, which says why. What is
// known besides goes into the log.
func (s *server) turnAway(w http.ResponseWriter, r *http.Request, reason account.TurnedAway, err error) {
	if err != nil {
		s.log.WarnContext(r.Context(), "sign-in by the issuer", "request_id", requestOf(r.Context()).id, "reason", string(reason), "error", err)
	}
	http.Redirect(w, r, "/sign-in#"+url.Values{"error": {string(reason)}}.Encode(), http.StatusSeeOther)
}

func why(err error) account.TurnedAway {
	if reason := account.WhyTurnedAway(err); reason != "" {
		return reason
	}
	if fettle.CodeOf(err) == fettle.Unavailable {
		return backUnavailable
	}
	return backFailed
}

// callback is the address that the issuer sends the browser back to: by the
// public address, or, on this machine, by the one that the browser used.
func (s *server) callback(r *http.Request) string {
	base := s.cfg.PublicURL
	if base == "" {
		base = "http://" + r.Host
	}
	return strings.TrimSuffix(base, "/") + prefix + callbackPath
}

// attemptCookie keeps an attempt in the browser. It is Lax, unlike the
// session's: the issuer's page is what leads back here.
func (s *server) attemptCookie(r *http.Request, value string, maxAge int) *http.Cookie {
	b := requestOf(r.Context()).browser
	return &http.Cookie{Name: "oidc_" + b.cookie, Value: value, Path: prefix + oidcPath, HttpOnly: true, Secure: b.secure, SameSite: http.SameSiteLaxMode, MaxAge: maxAge}
}

func (s *server) attempt(r *http.Request) (oidc.Attempt, bool) {
	c, err := r.Cookie("oidc_" + requestOf(r.Context()).browser.cookie)
	if err != nil {
		return oidc.Attempt{}, false
	}
	return oidc.ReadAttempt(c.Value, time.Now())
}

// localPath is a path of our own pages, or "/": an address elsewhere would make
// of us a signpost for others.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || len(to) > 1000 || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") ||
		strings.ContainsAny(to, "\\\r\n\t") || strings.HasPrefix(to, "/api/") || strings.HasPrefix(to, "/sign-in") {
		return "/"
	}
	return to
}

func errNoIssuer() error {
	return fettle.Errorf(fettle.NotFound, "no OpenID Connect issuer is configured").WithHint("Whoever runs the server names the issuer (--oidc-issuer).")
}
