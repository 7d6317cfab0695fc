package oidc

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// AttemptHolds is how long someone may take at the issuer.
const AttemptHolds = 10 * time.Minute

// Attempt is one try to sign in at an issuer. The browser keeps it in a cookie
// and the server keeps nothing: state, nonce and PKCE verifier are derived from
// the cookie's secret, which none of them shows.
type Attempt struct {
	To     string // the path to go on to
	secret []byte
	at     time.Time
}

// NewAttempt begins an attempt.
func NewAttempt(to string, now time.Time) Attempt {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return Attempt{To: to, secret: secret, at: now.Truncate(time.Second)}
}

// Cookie is what the browser keeps. It is a secret.
func (a Attempt) Cookie() string {
	return encode(a.secret) + "." + strconv.FormatInt(a.at.Unix(), 10) + "." + encode([]byte(a.To))
}

// ReadAttempt reads a cookie. ok is false if it is none, or too old.
func ReadAttempt(cookie string, now time.Time) (a Attempt, ok bool) {
	parts := strings.Split(cookie, ".")
	if len(parts) != 3 {
		return a, false
	}
	secret, err := decode(parts[0])
	if err != nil || len(secret) != 32 {
		return a, false
	}
	at, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return a, false
	}
	to, err := decode(parts[2])
	if err != nil {
		return a, false
	}
	a = Attempt{To: string(to), secret: secret, at: time.Unix(at, 0)}
	age := now.Sub(a.at)
	return a, age > -time.Minute && age < AttemptHolds
}

// Began reports whether a state that came back is the one that this attempt
// was begun with.
func (a Attempt) Began(state string) bool { return same(state, a.state()) }

func (a Attempt) state() string    { return a.derive("state") }
func (a Attempt) nonce() string    { return a.derive("nonce") }
func (a Attempt) verifier() string { return a.derive("verifier") }

// derive makes a value of 43 characters. It covers the whole cookie, so that no
// part of it can be exchanged for another.
func (a Attempt) derive(what string) string {
	m := hmac.New(sha256.New, a.secret)
	_, _ = fmt.Fprintf(m, "%s %d %s", what, a.at.Unix(), a.To) // never fails
	return encode(m.Sum(nil))
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(s string) ([]byte, error) { return base64.RawURLEncoding.DecodeString(s) }
