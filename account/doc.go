// Package account is who gets in: people, their passwords, sessions and links,
// the word of an OpenID Connect issuer, API tokens, and the log of who did what.
package account
