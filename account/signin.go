package account

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"time"
	"unicode/utf8"

	"fettle"
	"fettle/internal/password"
	"fettle/store"
)

// How long what lets someone in holds.
const (
	sessionIdle = 7 * 24 * time.Hour  // since it was last seen
	sessionMost = 30 * 24 * time.Hour // since it began
	sessionNote = 10 * time.Minute    // how exact "last seen" is
	inviteHolds = 7 * 24 * time.Hour
	resetHolds  = 24 * time.Hour
	localHolds  = 15 * time.Minute
)

// What a password may be, in characters and bytes.
const (
	minPassword = 10
	maxPassword = 512
)

// LinkView is a link that lets someone in once. The secret is shown when it is
// made and not again; it belongs behind a #, which browsers do not send.
type LinkView struct {
	Kind      store.LinkKind `json:"kind"`
	Email     string         `json:"email,omitempty"`
	Name      string         `json:"name,omitempty"`
	Path      string         `json:"path,omitempty"` // of the address to open
	ExpiresAt time.Time      `json:"expires_at"`
}

// SignedIn is a new session: its secret is for the browser's cookie.
type SignedIn struct {
	Secret string
	Actor  fettle.Actor
	Until  time.Time // at the latest
	Known  string    // for the browser's cookie of those that have signed in; "" leaves it
}

// local is whoever runs the server on this machine.
var local = fettle.Actor{Name: "local", Role: fettle.Admin}

func newSecret() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

func newLink(ctx context.Context, tx *store.Tx, kind store.LinkKind, u store.User, now time.Time) (LinkView, error) {
	holds := map[store.LinkKind]time.Duration{store.LinkInvite: inviteHolds, store.LinkReset: resetHolds, store.LinkLocal: localHolds}[kind]
	until, secret := now.Add(holds), newSecret()
	err := tx.AddLink(ctx, store.SignInLink{Hash: hashToken(secret), Kind: kind, UserID: u.ID, ExpiresAtUS: until.UnixMicro()})
	path := "/sign-in#" + url.Values{string(kind): {secret}}.Encode()
	return LinkView{Kind: kind, Email: u.Email, Name: u.Name, Path: path, ExpiresAt: until.UTC()}, err
}

// LocalLink makes the link that lets whoever runs the server in, as an admin.
// It is for the terminal, never for the API.
func (ac *Accounts) LocalLink(ctx context.Context) (LinkView, error) {
	now := ac.now()
	var link LinkView
	err := ac.db.Update(ctx, func(tx *store.Tx) (err error) {
		if err := sweep(ctx, tx, now); err != nil {
			return err
		}
		link, err = newLink(ctx, tx, store.LinkLocal, store.User{}, now)
		return err
	})
	return link, err
}

// Link says what a link is for, without using it.
func (ac *Accounts) Link(ctx context.Context, secret string) (LinkView, error) {
	var v LinkView
	err := ac.db.View(ctx, func(tx *store.Tx) error {
		l, u, err := readLink(ctx, tx, secret, ac.now())
		v = LinkView{Kind: l.Kind, Email: u.Email, Name: u.Name, ExpiresAt: time.UnixMicro(l.ExpiresAtUS).UTC()}
		return err
	})
	return v, err
}

func readLink(ctx context.Context, tx *store.Tx, secret string, now time.Time) (store.SignInLink, store.User, error) {
	l, err := tx.Link(ctx, hashToken(secret), now.UnixMicro())
	if err != nil || l.Kind == store.LinkLocal {
		return l, store.User{}, err
	}
	u, err := tx.UserByID(ctx, l.UserID)
	return l, u, err
}

// UseLocalLink signs in whoever holds the link that the server printed.
func (ac *Accounts) UseLocalLink(ctx context.Context, secret string) (SignedIn, error) {
	var in SignedIn
	now := ac.now()
	err := ac.db.Update(ctx, func(tx *store.Tx) error {
		l, _, err := readLink(ctx, tx, secret, now)
		if err != nil {
			return err
		}
		if l.Kind != store.LinkLocal {
			return fettle.Errorf(fettle.Invalid, "this link asks for a password to be chosen").With("key", "password")
		}
		if err := tx.UseLink(ctx, l.Hash); err != nil {
			return err
		}
		if in, err = newSession(ctx, tx, 0, local, now); err != nil {
			return err
		}
		return tx.Act(ctx, local, "sign-in", local.Name, "by the printed link")
	})
	return in, err
}

// LocalSession signs in a browser that is let in without an account, so that
// it stays in when the first account or token is made with it.
func (ac *Accounts) LocalSession(ctx context.Context) (SignedIn, error) {
	var in SignedIn
	err := ac.db.Update(ctx, func(tx *store.Tx) (err error) {
		in, err = newSession(ctx, tx, 0, local, ac.now())
		return err
	})
	return in, err
}

// Accept accepts an invitation, or sets a new password: the link is used up,
// other sessions of the person end, and this one begins.
func (ac *Accounts) Accept(ctx context.Context, secret, name, pass string, from Browser) (SignedIn, error) {
	if err := checkPassword(pass); err != nil {
		return SignedIn{}, err
	}
	link, err := ac.Link(ctx, secret) // before a hash is spent on it
	if err != nil {
		return SignedIn{}, err
	}
	if err := checkOwnPassword(pass, store.User{Email: link.Email, Name: cmp.Or(name, link.Name)}); err != nil {
		return SignedIn{}, err
	}
	hash, now := password.Hash(pass), ac.now()
	var in SignedIn
	err = ac.db.Update(ctx, func(tx *store.Tx) error {
		l, u, err := readLink(ctx, tx, secret, now)
		if err != nil {
			return err
		}
		if l.Kind == store.LinkLocal || u.Disabled {
			return fettle.Errorf(fettle.Unsigned, "this link sets no password").WithHint("Ask an admin for a new one.")
		}
		if err := tx.UseLink(ctx, l.Hash); err != nil {
			return err
		}
		if name != "" && l.Kind == store.LinkInvite {
			if u.Name, err = checkPersonName(name, u.Email); err != nil {
				return err
			}
		}
		u.Password, u.Joined = hash, true
		if in, err = enter(ctx, tx, u, now); err != nil {
			return err
		}
		in.Known = ac.remember(u.Email, from.Known, now)
		return tx.Act(ctx, in.Actor, "user."+string(l.Kind), u.Email, "password set")
	})
	return in, err
}

// enter writes the person with the new password and signs them in, here only.
func enter(ctx context.Context, tx *store.Tx, u store.User, now time.Time) (SignedIn, error) {
	if err := tx.PutUser(ctx, &u); err != nil {
		return SignedIn{}, err
	}
	if err := tx.DeleteSessions(ctx, u.ID, ""); err != nil {
		return SignedIn{}, err
	}
	if err := tx.DeleteLinks(ctx, u.ID); err != nil {
		return SignedIn{}, err
	}
	if err := forgetTries(ctx, tx, u.Email); err != nil {
		return SignedIn{}, err
	}
	return newSession(ctx, tx, u.ID, actorOf(u), now)
}

// SignIn signs a person in. Failures slow the network that they come from and
// the account, and never a browser that has signed in before, which has a count
// of its own. Which of email and password was wrong is not told, nor by the time
// that it takes.
func (ac *Accounts) SignIn(ctx context.Context, email, pass string, from Browser) (SignedIn, error) {
	email = foldEmail(email)
	now := ac.now()
	t := ac.tryFrom(email, from, now)
	after, err := ac.begin(ctx, t, now)
	if err != nil {
		return SignedIn{}, err
	}
	var u store.User
	err = ac.db.View(ctx, func(tx *store.Tx) (err error) {
		u, err = tx.User(ctx, email)
		return err
	})
	if err != nil && fettle.CodeOf(err) != fettle.NotFound {
		return SignedIn{}, err
	}
	if len(pass) > maxPassword {
		pass = ""
	}
	if !password.Matches(u.Password, pass) || !u.Joined || u.Disabled {
		return SignedIn{}, errNoFit(after)
	}
	var in SignedIn
	err = ac.db.Update(ctx, func(tx *store.Tx) error {
		if again, err := tx.UserByID(ctx, u.ID); err != nil || again.Password != u.Password {
			return errNoFit(after) // it was changed while it was compared
		}
		if err := t.passed(ctx, tx, now); err != nil {
			return err
		}
		if err := sweep(ctx, tx, now); err != nil {
			return err
		}
		if in, err = newSession(ctx, tx, u.ID, actorOf(u), now); err != nil {
			return err
		}
		in.Known = ac.remember(email, from.Known, now)
		return tx.Act(ctx, in.Actor, "sign-in", u.Email, "")
	})
	return in, err
}

// errNoFit says in how long the next try is taken.
func errNoFit(after time.Duration) error {
	err := fettle.Errorf(fettle.Unsigned, "the email and the password do not fit")
	if after <= 0 {
		return err.WithHint("Try again, or ask an admin for a link that sets a new password.")
	}
	return err.With("wait", seconds(after)).WithHint("Try again in %s, or ask an admin for a link that sets a new password.", waitWords(after))
}

func newSession(ctx context.Context, tx *store.Tx, user int64, actor fettle.Actor, now time.Time) (SignedIn, error) {
	in := SignedIn{Secret: newSecret(), Actor: actor, Until: now.Add(sessionMost).UTC()}
	err := tx.AddSession(ctx, store.Session{Hash: hashToken(in.Secret), UserID: user, CreatedAtUS: now.UnixMicro(), SeenAtUS: now.UnixMicro()})
	return in, err
}

// Session finds who a session is, and notes that it was seen.
func (ac *Accounts) Session(ctx context.Context, secret string) (fettle.Actor, error) {
	hash, now := hashToken(secret), ac.now()
	var actor fettle.Actor
	var s store.Session
	err := ac.db.View(ctx, func(tx *store.Tx) (err error) {
		if s, err = tx.Session(ctx, hash); err != nil {
			return err
		}
		if now.Sub(time.UnixMicro(s.SeenAtUS)) > sessionIdle || now.Sub(time.UnixMicro(s.CreatedAtUS)) > sessionMost {
			return fettle.Errorf(fettle.Unsigned, "the session has ended").WithHint("Sign in again.")
		}
		actor, err = sessionActor(ctx, tx, s)
		return err
	})
	if err != nil || now.Sub(time.UnixMicro(s.SeenAtUS)) < sessionNote {
		return actor, err
	}
	return actor, ac.db.Update(ctx, func(tx *store.Tx) error { return tx.TouchSession(ctx, hash, now.UnixMicro()) })
}

func sessionActor(ctx context.Context, tx *store.Tx, s store.Session) (fettle.Actor, error) {
	if s.UserID == 0 {
		return local, nil
	}
	u, err := tx.UserByID(ctx, s.UserID)
	if err != nil || u.Disabled {
		return fettle.Actor{}, fettle.Errorf(fettle.Unsigned, "the account is disabled").WithHint("Ask an admin.")
	}
	return actorOf(u), nil
}

func actorOf(u store.User) fettle.Actor {
	return fettle.Actor{Name: u.Email, Role: u.Role, MaySpend: u.MaySpend}
}

// SignOut ends a session. A session that has ended already is no failure.
func (ac *Accounts) SignOut(ctx context.Context, secret string) error {
	return ac.db.Update(ctx, func(tx *store.Tx) error { return tx.DeleteSession(ctx, hashToken(secret)) })
}

// ChangePassword changes the actor's own password and ends their other
// sessions; keep is the secret of the one that stays.
func (ac *Accounts) ChangePassword(ctx context.Context, actor fettle.Actor, old, pass, keep string) error {
	if err := checkPassword(pass); err != nil {
		return err
	}
	now := ac.now()
	t := try{own: sessionTries(actor, keep)}
	after, err := ac.begin(ctx, t, now)
	if err != nil {
		return err
	}
	var u store.User
	err = ac.db.View(ctx, func(tx *store.Tx) (err error) {
		u, err = tx.User(ctx, actor.Name)
		return err
	})
	if fettle.CodeOf(err) == fettle.NotFound {
		return fettle.Errorf(fettle.Refused, "%s has no password", actor.Name).WithHint("Only people who sign in with one do.")
	}
	if err != nil {
		return err
	}
	if u.Password == "" {
		return fettle.Errorf(fettle.Refused, "%s has no password yet", actor.Name).WithHint("Ask an admin for a link that sets one.")
	}
	if len(old) > maxPassword || !password.Matches(u.Password, old) {
		return errNotYours(after)
	}
	if err := checkOwnPassword(pass, u); err != nil {
		return err
	}
	hash := password.Hash(pass)
	return ac.db.Update(ctx, func(tx *store.Tx) error {
		again, err := tx.UserByID(ctx, u.ID) // what else changed meanwhile stays
		if err != nil {
			return err
		}
		again.Password = hash
		if err := tx.PutUser(ctx, &again); err != nil {
			return err
		}
		if err := t.passed(ctx, tx, now); err != nil {
			return err
		}
		if err := tx.DeleteLinks(ctx, u.ID); err != nil { // a link that leaked sets no other
			return err
		}
		if err := forgetTries(ctx, tx, u.Email); err != nil {
			return err
		}
		if err := tx.DeleteSessions(ctx, u.ID, hashToken(keep)); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "user.password", u.Email, "")
	})
}

// sessionTries is what wrong passwords of who is signed in count for: nobody
// outside can slow a session, nor one session another.
func sessionTries(actor fettle.Actor, secret string) string {
	if secret == "" {
		return hashToken("signed in " + actor.Name)
	}
	return hashToken("session " + secret)
}

func errNotYours(after time.Duration) error {
	err := fettle.Errorf(fettle.Invalid, "that is not your password").With("key", "old")
	if after > 0 {
		err = err.WithHint("Try again in %s.", waitWords(after))
	}
	return err
}

// Guarded reports whether everyone has to say who they are: someone has joined,
// or there is a token.
func (ac *Accounts) Guarded(ctx context.Context) (ok bool, err error) {
	err = ac.db.View(ctx, func(tx *store.Tx) (err error) {
		ok, err = tx.Guarded(ctx)
		return err
	})
	return ok, err
}

func sweep(ctx context.Context, tx *store.Tx, now time.Time) error {
	return tx.SweepSignIns(ctx, now.UnixMicro(), now.Add(-sessionIdle).UnixMicro(), now.Add(-sessionMost).UnixMicro())
}

func checkPassword(s string) error {
	if utf8.RuneCountInString(s) < minPassword || len(s) > maxPassword {
		return fettle.Errorf(fettle.Invalid, "the password needs at least %d characters", minPassword).
			WithHint("Several words are easier to remember than signs.").With("key", "password")
	}
	return nil
}
