package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"log/slog"
	"net/mail"
	"strings"
	"time"

	"fettle"
	"fettle/store"
)

// Accounts are the people, tokens and sessions of a workspace. It is safe for
// concurrent use.
type Accounts struct {
	db      *store.DB
	log     *slog.Logger
	signing []byte // of what a known browser keeps
	now     func() time.Time
}

// New gives the accounts of the workspace in a database. key is the
// workspace's, of which another is made here.
func New(db *store.DB, log *slog.Logger, key []byte) *Accounts {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("known browsers"))
	return &Accounts{db: db, log: log, signing: h.Sum(nil), now: time.Now}
}

// UserView is a person who signs in, or is invited to.
type UserView struct {
	Email     string      `json:"email"`
	Name      string      `json:"name"`
	Role      fettle.Role `json:"role"`
	MaySpend  bool        `json:"may_spend"` // an editor who has been let
	State     UserState   `json:"state"`
	CreatedAt time.Time   `json:"created_at"`
	SeenAt    *time.Time  `json:"seen_at,omitempty"` // where still signed in
	Issuer    string      `json:"issuer,omitempty"`  // the issuer that says who they are, where they are linked to one
}

// UserState is whether a person may sign in.
type UserState string

// The states of a person.
const (
	Invited  UserState = "invited"  // has not accepted yet
	Active   UserState = "active"   // may sign in
	Disabled UserState = "disabled" // may not
)

func viewUser(u store.User) UserView {
	v := UserView{Email: u.Email, Name: u.Name, Role: u.Role, MaySpend: u.MaySpend, State: Active, Issuer: u.Issuer, CreatedAt: time.UnixMicro(u.CreatedAtUS).UTC()}
	if !u.Joined {
		v.State = Invited
	}
	if u.Disabled {
		v.State = Disabled
	}
	if u.SeenAtUS > 0 {
		at := time.UnixMicro(u.SeenAtUS).UTC()
		v.SeenAt = &at
	}
	return v
}

// Users lists the people who may sign in.
func (ac *Accounts) Users(ctx context.Context, actor fettle.Actor) ([]UserView, error) {
	if err := actor.Require(fettle.Admin, "see the people"); err != nil {
		return nil, err
	}
	out := []UserView{}
	err := ac.db.View(ctx, func(tx *store.Tx) error {
		all, err := tx.Users(ctx)
		for _, u := range all {
			out = append(out, viewUser(u))
		}
		return err
	})
	return out, err
}

// UserInput is who to invite.
type UserInput struct {
	Email string
	Name  string // the email's first part unless given
	Role  fettle.Role
	// MaySpend lets an editor do what spends.
	MaySpend bool
}

// Invite makes an account and gives the link that lets its person in once, to
// choose a password. The link is handed over by whoever invites: no e-mail is
// sent.
func (ac *Accounts) Invite(ctx context.Context, actor fettle.Actor, in UserInput) (LinkView, error) {
	if err := actor.Require(fettle.Admin, "invite people"); err != nil {
		return LinkView{}, err
	}
	email, err := checkEmail(in.Email)
	if err != nil {
		return LinkView{}, err
	}
	if err := checkRole(in.Role, in.MaySpend); err != nil {
		return LinkView{}, err
	}
	name, err := checkPersonName(in.Name, email)
	if err != nil {
		return LinkView{}, err
	}
	now := ac.now()
	u := store.User{Email: email, Name: name, Role: in.Role, MaySpend: in.MaySpend, CreatedAtUS: now.UnixMicro()}
	var link LinkView
	err = ac.db.Update(ctx, func(tx *store.Tx) (err error) {
		if err := tx.AddUser(ctx, &u); err != nil {
			return err
		}
		if link, err = newLink(ctx, tx, store.LinkInvite, u, now); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "user.invite", email, roleWords(in.Role, in.MaySpend))
	})
	return link, err
}

// ResetLink gives a link that lets a person choose a new password once: the
// invitation anew where it was not accepted yet. Links given before no longer
// work; the password does, until a new one is chosen.
func (ac *Accounts) ResetLink(ctx context.Context, actor fettle.Actor, email string) (LinkView, error) {
	if err := actor.Require(fettle.Admin, "reset passwords"); err != nil {
		return LinkView{}, err
	}
	now := ac.now()
	var link LinkView
	err := ac.db.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.User(ctx, foldEmail(email))
		if err != nil {
			return err
		}
		if u.Disabled {
			return fettle.Errorf(fettle.Refused, "%s is disabled", u.Email).WithHint("Enable the account first.")
		}
		if err := tx.DeleteLinks(ctx, u.ID); err != nil {
			return err
		}
		kind := store.LinkReset
		if !u.Joined {
			kind = store.LinkInvite
		}
		if link, err = newLink(ctx, tx, kind, u, now); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "user."+string(kind), u.Email, "link made")
	})
	return link, err
}

// UserChange is what to change of a person; nil stays as it is.
type UserChange struct {
	Name     *string
	Role     *fettle.Role
	MaySpend *bool // ends with the role of editor unless given
	Disabled *bool
	Unlink   bool // from every issuer: whoever next comes with the email is linked
}

// ChangeUser changes a person. The last admin who can sign in stays one. Who is
// disabled is signed out at once.
func (ac *Accounts) ChangeUser(ctx context.Context, actor fettle.Actor, email string, c UserChange) (UserView, error) {
	if err := actor.Require(fettle.Admin, "change people"); err != nil {
		return UserView{}, err
	}
	var v UserView
	err := ac.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.LockUsers(ctx); err != nil {
			return err
		}
		u, err := tx.User(ctx, foldEmail(email))
		if err != nil {
			return err
		}
		done, err := c.apply(&u)
		if err != nil {
			return err
		}
		if err := keepAdmin(ctx, tx, u); err != nil {
			return err
		}
		if err := tx.PutUser(ctx, &u); err != nil {
			return err
		}
		if c.Unlink {
			if err := tx.DeleteIdentities(ctx, u.ID); err != nil {
				return err
			}
		}
		if u.Disabled || c.Unlink {
			if err := tx.DeleteSessions(ctx, u.ID, ""); err != nil {
				return err
			}
			if err := tx.DeleteLinks(ctx, u.ID); err != nil {
				return err
			}
			u.SeenAtUS = 0
		}
		v = viewUser(u)
		return tx.Act(ctx, actor, "user.change", u.Email, strings.Join(done, ", "))
	})
	return v, err
}

// apply changes u and says what was changed.
func (c UserChange) apply(u *store.User) (done []string, err error) {
	if c.Name != nil {
		if u.Name, err = checkPersonName(*c.Name, u.Email); err != nil {
			return nil, err
		}
		done = append(done, "name "+u.Name)
	}
	if c.Role != nil || c.MaySpend != nil {
		if c.Role != nil {
			u.Role, u.MaySpend = *c.Role, u.MaySpend && *c.Role == fettle.Editor
		}
		if c.MaySpend != nil {
			u.MaySpend = *c.MaySpend
		}
		if err := checkRole(u.Role, u.MaySpend); err != nil {
			return nil, err
		}
		done = append(done, "role "+roleWords(u.Role, u.MaySpend))
	}
	if c.Disabled != nil {
		u.Disabled = *c.Disabled
		done = append(done, map[bool]string{true: "disabled", false: "enabled"}[u.Disabled])
	}
	if c.Unlink {
		u.Issuer = ""
		done = append(done, "unlinked")
	}
	return done, nil
}

// keepAdmin refuses to make of the last admin something else.
func keepAdmin(ctx context.Context, tx *store.Tx, changed store.User) error {
	all, err := tx.Users(ctx)
	if err != nil {
		return err
	}
	was, left := false, false
	for _, u := range all {
		if u.ID == changed.ID {
			was, u = canAdmin(u), changed
		}
		left = left || canAdmin(u)
	}
	if was && !left {
		return fettle.Errorf(fettle.Refused, "%s is the last admin", changed.Email).WithHint("Make someone else an admin first.")
	}
	return nil
}

func canAdmin(u store.User) bool { return u.Role == fettle.Admin && u.Joined && !u.Disabled }

func foldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func checkEmail(s string) (string, error) {
	email := foldEmail(s)
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || len(email) > 254 {
		return "", fettle.Errorf(fettle.Invalid, "%q is not an email address", s).WithHint("Write it as ada@acme.example.").With("key", "email")
	}
	return email, nil
}

func checkPersonName(s, email string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		s, _, _ = strings.Cut(email, "@")
	}
	if len(s) > 200 || strings.ContainsAny(s, "\r\n\t") {
		return "", fettle.Errorf(fettle.Invalid, "the name is not one line of at most 200 bytes").With("key", "name")
	}
	return s, nil
}

func checkRole(r fettle.Role, maySpend bool) error {
	if r != fettle.Viewer && r != fettle.Editor && r != fettle.Admin {
		return fettle.Errorf(fettle.Invalid, "%q is not a role", r).WithHint("Use viewer, editor or admin.").With("key", "role")
	}
	if maySpend && r != fettle.Editor {
		return fettle.Errorf(fettle.Invalid, "only an editor can be let spend").WithHint("An admin may already; make of a viewer an editor first.").With("key", "may_spend")
	}
	return nil
}

func roleWords(r fettle.Role, maySpend bool) string {
	if maySpend {
		return string(r) + ", may spend"
	}
	return string(r)
}
