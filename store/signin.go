package store

import (
	"context"
	"database/sql"
	"errors"

	"fettle"
)

// Identity is who a person is at an OpenID Connect issuer.
type Identity struct {
	Issuer     string
	Subject    string // the issuer's own name of the person
	UserID     int64
	LinkedAtUS int64
}

// UserByIdentity finds the person whom an issuer calls subject.
func (tx *Tx) UserByIdentity(ctx context.Context, issuer, subject string) (User, error) {
	var u User
	err := tx.get(ctx, u.dest(), "SELECT "+userColumns+` FROM user_identities i JOIN users u ON u.id = i.user_id
		WHERE i.issuer = $1 AND i.subject = $2`, issuer, subject)
	if errors.Is(err, sql.ErrNoRows) {
		return u, fettle.Errorf(fettle.NotFound, "nobody here is %s at %s", subject, issuer)
	}
	return u, err
}

// AddIdentity links a person to who they are at an issuer. It refuses a person
// who is someone else there already.
func (tx *Tx) AddIdentity(ctx context.Context, i Identity) error {
	n, err := tx.exec(ctx, "INSERT INTO user_identities (issuer, subject, user_id, linked_at_us) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
		i.Issuer, i.Subject, i.UserID, i.LinkedAtUS)
	if err == nil && n == 0 {
		err = fettle.Errorf(fettle.Refused, "the account is someone else's at %s", i.Issuer).WithHint("An admin unlinks it first, if it is to be theirs.")
	}
	return err
}

// DeleteIdentities unlinks a person from every issuer.
func (tx *Tx) DeleteIdentities(ctx context.Context, user int64) error {
	_, err := tx.exec(ctx, "DELETE FROM user_identities WHERE user_id = $1", user)
	return err
}

// Tries are the failed tries of a key to sign in.
type Tries struct {
	Count    int64
	SinceUS  int64 // when the first was
	FreeAtUS int64 // when the next is taken; 0: at once
}

// LockTries gives the tries of a key, and keeps other transactions from them
// until this one ends. Tries that began at or before a time are forgotten.
func (tx *Tx) LockTries(ctx context.Context, key string, nowUS, endedUS int64) (Tries, error) {
	var t Tries
	err := tx.get(ctx, []any{&t.Count, &t.SinceUS, &t.FreeAtUS}, `INSERT INTO sign_in_tries AS t (key, tries, since_us) VALUES ($1, 0, $2)
		ON CONFLICT (key) DO UPDATE SET
			tries = CASE WHEN t.since_us <= $3 THEN 0 ELSE t.tries END,
			since_us = CASE WHEN t.since_us <= $3 THEN excluded.since_us ELSE t.since_us END,
			free_at_us = CASE WHEN t.since_us <= $3 THEN 0 ELSE t.free_at_us END
		RETURNING tries, since_us, free_at_us`, key, nowUS, endedUS)
	return t, err
}

// PutTries writes the tries of a key that is locked.
func (tx *Tx) PutTries(ctx context.Context, key string, t Tries) error {
	_, err := tx.exec(ctx, "UPDATE sign_in_tries SET tries = $2, free_at_us = $3 WHERE key = $1", key, t.Count, t.FreeAtUS)
	return err
}

// ForgetTries forgets the tries of a key, and of those that go on from it
// after a slash.
func (tx *Tx) ForgetTries(ctx context.Context, key string) error {
	_, err := tx.exec(ctx, "DELETE FROM sign_in_tries WHERE key = $1 OR key LIKE $1 || '/%'", key)
	return err
}

// SweepTries deletes tries that began at or before a time.
func (tx *Tx) SweepTries(ctx context.Context, endedUS int64) error {
	_, err := tx.exec(ctx, "DELETE FROM sign_in_tries WHERE since_us <= $1", endedUS)
	return err
}
