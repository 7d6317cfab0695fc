// Package oidctest is an OpenID Connect issuer for tests: it signs real tokens,
// holds PKCE and gives each code once, and can be told to err.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The client that is registered at the issuer.
const (
	ClientID = "fettle"
	Secret   = "only the server knows"
)

// Issuer is a running issuer. Set its fields before anyone signs in.
type Issuer struct {
	URL      string
	Claims   map[string]any // of whoever signs in, over those of Ada
	UserInfo map[string]any // what userinfo says; nil for no such endpoint
	Forge    bool           // sign with a key that nobody publishes
	Deny     string         // send this error back instead of a code

	t      testing.TB
	server *httptest.Server
	key    crypto.Signer
	alg    jose.SignatureAlgorithm

	mu    sync.Mutex
	codes map[string]url.Values // what each code was asked with
}

// New starts an issuer that signs with RS256 or ES256.
func New(t testing.TB, alg string) *Issuer {
	t.Helper()
	i := &Issuer{t: t, key: newKey(t, alg), alg: jose.SignatureAlgorithm(alg), codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.configuration)
	mux.HandleFunc("GET /authorise", i.authorise)
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		i.json(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "k1", Algorithm: alg, Use: "sig"}}})
	})
	mux.HandleFunc("GET /userinfo", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer access" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		i.json(w, i.UserInfo)
	})
	i.server = httptest.NewServer(mux)
	i.URL = i.server.URL
	t.Cleanup(i.server.Close)
	return i
}

func newKey(t testing.TB, alg string) crypto.Signer {
	t.Helper()
	if alg == string(jose.ES256) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Stop makes the issuer unreachable.
func (i *Issuer) Stop() { i.server.Close() }

func (i *Issuer) json(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		i.t.Errorf("issuer: %v", err)
	}
}

func (i *Issuer) configuration(w http.ResponseWriter, _ *http.Request) {
	doc := map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorise", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{string(i.alg)}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
	}
	if i.UserInfo != nil {
		doc["userinfo_endpoint"] = i.URL + "/userinfo"
	}
	i.json(w, doc)
}

// authorise sends whoever comes straight back, as if they had signed in here.
func (i *Issuer) authorise(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "not a request of the client", http.StatusBadRequest)
		return
	}
	answer := url.Values{"state": {q.Get("state")}, "iss": {i.URL}}
	if i.Deny != "" {
		answer.Set("error", i.Deny)
	} else {
		code := rand.Text()
		i.mu.Lock()
		i.codes[code] = q
		i.mu.Unlock()
		answer.Set("code", code)
	}
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	i.mu.Lock()
	asked, ok := i.codes[r.FormValue("code")]
	delete(i.codes, r.FormValue("code"))
	i.mu.Unlock()
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || id != ClientID || secret != url.QueryEscape(Secret) || r.FormValue("redirect_uri") != asked.Get("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != asked.Get("code_challenge") {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	now := time.Now()
	said := map[string]any{
		"iss": i.URL, "aud": ClientID, "sub": "ada-1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "nonce": asked.Get("nonce"),
		"email": "ada@acme.example", "email_verified": true, "name": "Ada Lovelace",
	}
	maps.Copy(said, i.Claims)
	i.json(w, map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": i.sign(said)})
}

func (i *Issuer) sign(claims map[string]any) string {
	i.t.Helper()
	key := i.key
	if i.Forge {
		key = newKey(i.t, string(i.alg))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: i.alg, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, nil)
	if err != nil {
		i.t.Error(err)
		return ""
	}
	body, err := json.Marshal(claims)
	if err != nil {
		i.t.Error(err)
		return ""
	}
	signed, err := signer.Sign(body)
	if err != nil {
		i.t.Error(err)
		return ""
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		i.t.Error(err)
	}
	return token
}

// Visit opens an address of the issuer as a browser does, and gives what comes
// back to the client: state, and code or error.
func (i *Issuer) Visit(address string) url.Values {
	i.t.Helper()
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := browser.Get(address)
	if err != nil {
		i.t.Fatal(err)
	}
	_ = resp.Body.Close()
	back, err := resp.Location()
	if err != nil {
		i.t.Fatalf("the issuer answers %s, %v", resp.Status, err)
	}
	return back.Query()
}
