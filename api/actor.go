package api

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"fettle"
)

// open are the addresses that need no actor, besides signing in. Signing out is
// one: that a session has ended already keeps nobody in.
var open = []string{"/healthz", "/readyz", prefix + "/openapi.json", prefix + "/sign-in", prefix + "/sign-out"}

func isOpen(path string) bool {
	if !strings.HasPrefix(path, "/api/") && path != "/metrics" {
		return true
	}
	return slices.Contains(open, path) || strings.HasPrefix(path, prefix+"/sign-in/") || strings.HasPrefix(path, prefix+"/schemas/") || strings.HasPrefix(path, prefix+"/hooks/") // a hook has its own token
}

// authenticate finds out who asks: by the token, by the session, or, where
// neither is needed, the local actor.
func (s *server) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isOpen(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if s.scrapes(r) {
			next.ServeHTTP(w, r)
			return
		}
		actor, err := s.actor(w, r)
		if err != nil {
			if fettle.CodeOf(err) == fettle.Unsigned {
				w.Header().Set("WWW-Authenticate", `Bearer realm="fettle"`)
			}
			s.write(w, r, err)
			return
		}
		requestOf(r.Context()).actor = actor
		next.ServeHTTP(w, r)
	})
}

// scrapes reports whether a request reads the metrics with the token for it.
func (s *server) scrapes(r *http.Request) bool {
	return s.cfg.Scrape != "" && r.URL.Path == "/metrics" && subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+s.cfg.Scrape)) == 1
}

func (s *server) actor(w http.ResponseWriter, r *http.Request) (fettle.Actor, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") || token == "" {
			return fettle.Actor{}, fettle.Errorf(fettle.Unsigned, "the Authorization header is not a bearer token").WithHint("Send: Authorization: Bearer TOKEN.")
		}
		return s.engine.Accounts.Authenticate(r.Context(), strings.TrimSpace(token))
	}
	if s.cfg.InProcess {
		return s.cfg.Local, nil
	}
	secret := requestOf(r.Context()).browser.secret
	if secret != "" {
		actor, err := s.engine.Accounts.Session(r.Context(), secret)
		requestOf(r.Context()).session = err == nil
		if err == nil || fettle.CodeOf(err) != fettle.Unsigned {
			return actor, err
		}
	}
	guarded, err := s.engine.Accounts.Guarded(r.Context())
	if err != nil {
		return fettle.Actor{}, err
	}
	if s.cfg.Loopback && !guarded {
		return s.cfg.Local, s.keepIn(w, r)
	}
	if secret != "" {
		return fettle.Actor{}, fettle.Errorf(fettle.Unsigned, "your session has ended").WithHint("Sign in again.")
	}
	return fettle.Actor{}, fettle.Errorf(fettle.Unsigned, "you need to sign in, or a token").
		WithHint("Sign in in the web app. A program sends a token: an admin makes one under Settings → Tokens (fettle token create NAME --role admin, then set FETTLE_TOKEN).")
}

// keepIn signs in a browser that was let in without saying who it is and now
// makes the first account or token: it must not shut itself out.
func (s *server) keepIn(w http.ResponseWriter, r *http.Request) error {
	makes := r.Method == http.MethodPost && (r.URL.Path == prefix+"/users" || r.URL.Path == prefix+"/tokens")
	if !makes || r.Header.Get("Sec-Fetch-Site") != "same-origin" {
		return nil
	}
	in, err := s.engine.Accounts.LocalSession(r.Context())
	if err != nil {
		return err
	}
	for _, c := range requestOf(r.Context()).browser.enter(in) {
		http.SetCookie(w, &c)
	}
	return nil
}

// cookieName begins the name of the session's cookie. The port follows:
// browsers share cookies among the ports of a host.
const cookieName = "fettle_session"

// knownPrefix begins the name of the cookie by which a browser is known that
// has signed in before; the session's cookie's name follows.
const knownPrefix = "known_"

func (s *server) browserOf(r *http.Request) browser {
	b := browser{cookie: cookieName, remote: s.remoteOf(r)}
	b.secure = r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" || strings.HasPrefix(s.cfg.PublicURL, "https://")
	if _, port, err := net.SplitHostPort(r.Host); err == nil && port != "" {
		b.cookie += "_" + port
	}
	if c, err := r.Cookie(b.cookie); err == nil {
		b.secret = c.Value
	}
	if c, err := r.Cookie(knownPrefix + b.cookie); err == nil {
		b.known = c.Value
	}
	return b
}

// remoteOf is the address of the browser. A public address means a proxy in
// front: from this machine or a private network, the last address that it adds
// is the browser's. All that anyone can gain by inventing one is to be counted
// as another.
func (s *server) remoteOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	near, err := netip.ParseAddr(host)
	if s.cfg.PublicURL == "" || err != nil || (!near.IsLoopback() && !near.Unmap().IsPrivate()) {
		return host
	}
	passed := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	if last, err := netip.ParseAddr(strings.TrimSpace(passed[len(passed)-1])); err == nil {
		return last.String()
	}
	return host
}
