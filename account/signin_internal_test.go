package account

import (
	"testing"

	"fettle/internal/oidc"
)

// TestGooglesPeople holds that an email of a domain is not enough where anyone
// may have an account with one.
func TestGooglesPeople(t *testing.T) {
	is := &Issuer{Domains: []string{"acme.example"}}
	for _, c := range []struct {
		issuer, hosted string
		want           bool
	}{
		{google, "", false}, {google, "evil.example", false}, {google, "acme.example", true}, {"https://sso.acme.example", "", true},
	} {
		if got := is.admits(oidc.Identity{Issuer: c.issuer, Email: "ada@acme.example", Hosted: c.hosted}); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
