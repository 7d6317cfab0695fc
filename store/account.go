package store

import (
	"context"
	"database/sql"
	"errors"

	"fettle"
)

// User is a person who signs in.
type User struct {
	ID          int64
	Email       string // in lower case
	Name        string
	Role        fettle.Role
	MaySpend    bool   // an editor whom an admin lets do what spends
	Password    string // argon2id; "" until there is one
	Joined      bool   // has accepted the invitation
	Disabled    bool
	CreatedAtUS int64
	SeenAtUS    int64  // last seen in any session that still holds, else 0; read only
	Issuer      string // who says who they are, else ""; read only
}

const userColumns = "u.id, u.email, u.name, u.role, u.may_spend, u.password, u.joined, u.disabled, u.created_at_us, coalesce((SELECT max(seen_at_us) FROM sessions WHERE user_id = u.id), 0), " +
	"coalesce((SELECT max(issuer) FROM user_identities WHERE user_id = u.id), '')"

func (u *User) dest() []any {
	return []any{&u.ID, &u.Email, &u.Name, &u.Role, &u.MaySpend, &u.Password, &u.Joined, &u.Disabled, &u.CreatedAtUS, &u.SeenAtUS, &u.Issuer}
}

// AddUser writes a new person and sets the id. It refuses an email that is
// taken.
func (tx *Tx) AddUser(ctx context.Context, u *User) error {
	id, err := tx.NextIDs(ctx, SeqMisc, 1)
	if err != nil {
		return err
	}
	n, err := tx.exec(ctx, `INSERT INTO users (id, email, name, role, may_spend, password, joined, disabled, created_at_us)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (email) DO NOTHING`,
		id, u.Email, u.Name, string(u.Role), u.MaySpend, u.Password, u.Joined, u.Disabled, u.CreatedAtUS)
	if err != nil {
		return err
	}
	if n == 0 {
		return fettle.Errorf(fettle.Refused, "%s has an account already", u.Email).WithHint("Change its role, or make a link to set a new password.")
	}
	u.ID = id
	return nil
}

// PutUser writes what can change of a person.
func (tx *Tx) PutUser(ctx context.Context, u *User) error {
	_, err := tx.exec(ctx, "UPDATE users SET name = $1, role = $2, may_spend = $3, password = $4, joined = $5, disabled = $6 WHERE id = $7",
		u.Name, string(u.Role), u.MaySpend, u.Password, u.Joined, u.Disabled, u.ID)
	return err
}

// User finds a person by email.
func (tx *Tx) User(ctx context.Context, email string) (User, error) {
	var u User
	err := tx.get(ctx, u.dest(), "SELECT "+userColumns+" FROM users u WHERE u.email = $1", email)
	if errors.Is(err, sql.ErrNoRows) {
		return u, fettle.Errorf(fettle.NotFound, "nobody here has the email %s", email).WithHint("Settings → People lists them (fettle user list).")
	}
	return u, err
}

// UserByID finds a person by id.
func (tx *Tx) UserByID(ctx context.Context, id int64) (User, error) {
	var u User
	err := tx.get(ctx, u.dest(), "SELECT "+userColumns+" FROM users u WHERE u.id = $1", id)
	if errors.Is(err, sql.ErrNoRows) {
		return u, fettle.Errorf(fettle.NotFound, "that account is gone")
	}
	return u, err
}

// Users lists the people by email.
func (tx *Tx) Users(ctx context.Context) ([]User, error) {
	var out []User
	err := tx.query(ctx, func(r *sql.Rows) error {
		var u User
		err := r.Scan(u.dest()...)
		out = append(out, u)
		return err
	}, "SELECT "+userColumns+" FROM users u ORDER BY u.email")
	return out, err
}

// LockUsers keeps others from changing people until the transaction ends, so
// that two admins cannot remove each other at once.
func (tx *Tx) LockUsers(ctx context.Context) error {
	return tx.query(ctx, func(r *sql.Rows) error {
		var id int64
		return r.Scan(&id)
	}, "SELECT id FROM users ORDER BY id"+tx.db.d.forUpdate)
}

// Guarded reports whether anyone was let in by name: someone has joined,
// or there is a token.
func (tx *Tx) Guarded(ctx context.Context) (bool, error) {
	var n int64
	err := tx.get(ctx, []any{&n}, "SELECT (SELECT count(*) FROM tokens) + (SELECT count(*) FROM users WHERE joined)")
	return n > 0, err
}

// Session is a signed-in browser.
type Session struct {
	Hash        string
	UserID      int64 // 0: whoever runs the server on this machine
	CreatedAtUS int64
	SeenAtUS    int64
}

// AddSession writes a new session.
func (tx *Tx) AddSession(ctx context.Context, s Session) error {
	_, err := tx.exec(ctx, "INSERT INTO sessions (hash, user_id, created_at_us, seen_at_us) VALUES ($1, $2, $3, $4)", s.Hash, s.UserID, s.CreatedAtUS, s.SeenAtUS)
	return err
}

// Session finds a session by the hash of its cookie.
func (tx *Tx) Session(ctx context.Context, hash string) (Session, error) {
	s := Session{Hash: hash}
	err := tx.get(ctx, []any{&s.UserID, &s.CreatedAtUS, &s.SeenAtUS}, "SELECT user_id, created_at_us, seen_at_us FROM sessions WHERE hash = $1", hash)
	if errors.Is(err, sql.ErrNoRows) {
		return s, fettle.Errorf(fettle.Unsigned, "you are not signed in").WithHint("Sign in again.")
	}
	return s, err
}

// TouchSession notes when a session was last seen.
func (tx *Tx) TouchSession(ctx context.Context, hash string, atUS int64) error {
	_, err := tx.exec(ctx, "UPDATE sessions SET seen_at_us = $1 WHERE hash = $2", atUS, hash)
	return err
}

// DeleteSession ends a session.
func (tx *Tx) DeleteSession(ctx context.Context, hash string) error {
	_, err := tx.exec(ctx, "DELETE FROM sessions WHERE hash = $1", hash)
	return err
}

// DeleteSessions ends all sessions of a person, except one.
func (tx *Tx) DeleteSessions(ctx context.Context, user int64, except string) error {
	_, err := tx.exec(ctx, "DELETE FROM sessions WHERE user_id = $1 AND hash <> $2", user, except)
	return err
}

// LinkKind is what a sign-in link is for.
type LinkKind string

// The kinds of links.
const (
	LinkInvite LinkKind = "invite" // to join and choose a password
	LinkReset  LinkKind = "reset"  // to choose a new password
	LinkLocal  LinkKind = "local"  // printed by the server, for whoever runs it
)

// SignInLink lets someone in once.
type SignInLink struct {
	Hash        string
	Kind        LinkKind
	UserID      int64 // 0 for local
	ExpiresAtUS int64
}

// AddLink writes a link.
func (tx *Tx) AddLink(ctx context.Context, l SignInLink) error {
	_, err := tx.exec(ctx, "INSERT INTO sign_in_links (hash, kind, user_id, expires_at_us) VALUES ($1, $2, $3, $4)", l.Hash, string(l.Kind), l.UserID, l.ExpiresAtUS)
	return err
}

// Link finds a link that still holds.
func (tx *Tx) Link(ctx context.Context, hash string, nowUS int64) (SignInLink, error) {
	l := SignInLink{Hash: hash}
	err := tx.get(ctx, []any{&l.Kind, &l.UserID, &l.ExpiresAtUS}, "SELECT kind, user_id, expires_at_us FROM sign_in_links WHERE hash = $1 AND expires_at_us > $2", hash, nowUS)
	if errors.Is(err, sql.ErrNoRows) {
		return l, errLink()
	}
	return l, err
}

// UseLink uses a link up. Of two who use it at once, one is refused.
func (tx *Tx) UseLink(ctx context.Context, hash string) error {
	n, err := tx.exec(ctx, "DELETE FROM sign_in_links WHERE hash = $1", hash)
	if err == nil && n == 0 {
		err = errLink()
	}
	return err
}

func errLink() error {
	return fettle.Errorf(fettle.Unsigned, "the link has been used, or it is too old").WithHint("Ask an admin for a new one. Whoever runs the server can make one (fettle user link).")
}

// DeleteLinks ends the links of a person.
func (tx *Tx) DeleteLinks(ctx context.Context, user int64) error {
	_, err := tx.exec(ctx, "DELETE FROM sign_in_links WHERE user_id = $1", user)
	return err
}

// SweepSignIns deletes links and sessions that no longer hold.
func (tx *Tx) SweepSignIns(ctx context.Context, nowUS, seenBeforeUS, createdBeforeUS int64) error {
	if _, err := tx.exec(ctx, "DELETE FROM sign_in_links WHERE expires_at_us <= $1", nowUS); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "DELETE FROM sessions WHERE seen_at_us < $1 OR created_at_us < $2", seenBeforeUS, createdBeforeUS)
	return err
}

// EndSessions signs everybody out, voids every link, and forgets the requests
// that were under way.
func (tx *Tx) EndSessions(ctx context.Context) error {
	for _, q := range []string{"DELETE FROM sessions", "DELETE FROM sign_in_links", "DELETE FROM idempotency_keys WHERE status = 0"} {
		if _, err := tx.exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
