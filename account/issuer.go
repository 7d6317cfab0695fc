package account

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/internal/oidc"
	"fettle/store"
)

// Issuer is an OpenID Connect issuer whose word is taken on who someone is, and
// what follows from it here.
type Issuer struct {
	*oidc.Issuer
	Domains []string               // whose people get an account when they first come, in lower case
	Role    fettle.Role            // of those, unless a claim names another; never admin
	Roles   map[string]fettle.Role // what a value of the claim stands for; nil: viewer and editor as written
}

// Check fails on what must not be configured.
func (is *Issuer) Check() error {
	if is.Role != fettle.Viewer && is.Role != fettle.Editor {
		return fettle.Errorf(fettle.Invalid, "%q is not a role for whoever comes", is.Role).WithHint("Use viewer or editor. An admin is named by another admin, or by a claim that is mapped to it.")
	}
	for value, role := range is.Roles {
		if err := checkRole(role, false); err != nil {
			return fettle.AsError(err).WithHint("Map %q to viewer, editor or admin.", value)
		}
	}
	for _, d := range is.Domains {
		if d == "" || strings.ContainsAny(d, "@/* ") {
			return fettle.Errorf(fettle.Invalid, "%q is not a domain", d).WithHint("Write it as acme.example.")
		}
	}
	return nil
}

// TurnedAway says why someone whom an issuer knows is not let in. It is the
// reason among the details of the error.
type TurnedAway string

// The reasons.
const (
	TurnedAwayUnverified TurnedAway = "unverified" // the issuer has not seen that the email is theirs
	TurnedAwayStranger   TurnedAway = "stranger"   // no account, and none is made for them
	TurnedAwayDisabled   TurnedAway = "disabled"
	TurnedAwayTaken      TurnedAway = "taken"   // the account is someone else's at the issuer
	TurnedAwayLimited    TurnedAway = "limited" // too many tries
)

// WhyTurnedAway finds the reason in an error, or "".
func WhyTurnedAway(err error) TurnedAway {
	if e, ok := errors.AsType[*fettle.Error](err); ok {
		reason, _ := e.Details["reason"].(TurnedAway)
		return reason
	}
	return ""
}

// IssuerAnswer is what a browser brings back from an issuer.
type IssuerAnswer struct {
	Attempt  oidc.Attempt
	Code     string
	Redirect string // where it was brought back to
	Browser  Browser
}

// SignInByIssuer signs in whoever an issuer says it is: the account that was
// linked to them, else the one of their verified email, which is linked from
// then on, else a new one if their domain is let in.
func (ac *Accounts) SignInByIssuer(ctx context.Context, is *Issuer, a IssuerAnswer) (SignedIn, error) {
	now := ac.now()
	t := try{network: placeKey(a.Browser.Address)}
	if own := ac.anyKnownKey(a.Browser.Known, now); own != "" {
		t = try{own: own}
	}
	if _, err := ac.begin(ctx, t, now); err != nil {
		return SignedIn{}, err
	}
	id, err := is.Finish(ctx, a.Attempt, a.Code, a.Redirect)
	if err != nil {
		return SignedIn{}, err
	}
	id.Email = foldEmail(id.Email)
	var in SignedIn
	err = ac.db.Update(ctx, func(tx *store.Tx) error {
		if err := tx.LockUsers(ctx); err != nil {
			return err
		}
		if err := sweep(ctx, tx, now); err != nil {
			return err
		}
		u, err := is.account(ctx, tx, id, now)
		if err != nil {
			return err
		}
		if in, err = newSession(ctx, tx, u.ID, actorOf(u), now); err != nil {
			return err
		}
		if err := t.passed(ctx, tx, now); err != nil {
			return err
		}
		in.Known = ac.remember(u.Email, a.Browser.Known, now)
		return tx.Act(ctx, in.Actor, "sign-in", u.Email, "by "+is.Host())
	})
	if reason := WhyTurnedAway(err); reason != "" {
		ac.noteTurnedAway(ctx, is, id, reason)
	}
	return in, err
}

// noteTurnedAway logs whom an issuer knows and who was not let in.
func (ac *Accounts) noteTurnedAway(ctx context.Context, is *Issuer, id oidc.Identity, reason TurnedAway) {
	who, err := checkEmail(id.Email)
	if err != nil {
		who = id.Subject
	}
	err = ac.db.Update(ctx, func(tx *store.Tx) error {
		return tx.Act(ctx, fettle.System(), "sign-in.refused", who, "by "+is.Host()+": "+string(reason))
	})
	if err != nil {
		ac.log.ErrorContext(ctx, "log a refused sign-in", "error", err)
	}
}

// account finds or makes the account of an identity.
func (is *Issuer) account(ctx context.Context, tx *store.Tx, id oidc.Identity, now time.Time) (store.User, error) {
	u, err := tx.UserByIdentity(ctx, id.Issuer, id.Subject)
	if fettle.CodeOf(err) == fettle.NotFound {
		u, err = is.link(ctx, tx, id, now)
	}
	if err != nil {
		return u, err
	}
	if u.Disabled {
		return u, turnedAway(TurnedAwayDisabled, "%s is disabled", u.Email).WithHint("Ask an admin to let you in again.")
	}
	return u, is.setRole(ctx, tx, id, &u)
}

// link links an identity that is new here to the account of its email, which is
// made if it may be. The account counts as joined: what was an invitation has
// been accepted.
func (is *Issuer) link(ctx context.Context, tx *store.Tx, id oidc.Identity, now time.Time) (store.User, error) {
	email, err := checkEmail(id.Email)
	if err != nil || !id.Verified {
		return store.User{}, turnedAway(TurnedAwayUnverified, "%s does not say that %q is a verified email", is.Host(), id.Email).
			WithHint("Verify the email there, then try again.")
	}
	u, err := tx.User(ctx, email)
	if fettle.CodeOf(err) == fettle.NotFound {
		u, err = is.join(ctx, tx, id, now)
	}
	if err != nil || u.Disabled {
		return u, err
	}
	err = tx.AddIdentity(ctx, store.Identity{Issuer: id.Issuer, Subject: id.Subject, UserID: u.ID, LinkedAtUS: now.UnixMicro()})
	if fettle.CodeOf(err) == fettle.Refused {
		return u, fettle.AsError(err).With("reason", TurnedAwayTaken)
	}
	if err != nil {
		return u, err
	}
	if !u.Joined {
		u.Joined = true
		if err := tx.PutUser(ctx, &u); err != nil {
			return u, err
		}
		if err := tx.DeleteLinks(ctx, u.ID); err != nil {
			return u, err
		}
	}
	return u, tx.Act(ctx, fettle.Actor{Name: u.Email}, "user.link", u.Email, "to "+is.Host())
}

// join makes the account of someone whose domain is let in.
func (is *Issuer) join(ctx context.Context, tx *store.Tx, id oidc.Identity, now time.Time) (store.User, error) {
	if !is.admits(id) {
		return store.User{}, turnedAway(TurnedAwayStranger, "%s has no account here", id.Email).WithHint("Ask an admin to invite you.")
	}
	name, err := checkPersonName(id.Name, id.Email)
	if err != nil {
		name, _, _ = strings.Cut(id.Email, "@")
	}
	u := store.User{Email: id.Email, Name: name, Role: is.Role, Joined: true, CreatedAtUS: now.UnixMicro()}
	if err := tx.AddUser(ctx, &u); err != nil {
		return u, err
	}
	return u, tx.Act(ctx, fettle.Actor{Name: u.Email}, "user.join", u.Email, string(u.Role)+", by "+is.Host())
}

// google is the issuer of which anyone can have an account with an email of any
// domain: there, who belongs to an organisation is said by a claim of its own.
const google = "https://accounts.google.com"

func (is *Issuer) admits(id oidc.Identity) bool {
	_, domain, _ := strings.Cut(id.Email, "@")
	return slices.Contains(is.Domains, domain) && (id.Issuer != google || strings.EqualFold(id.Hosted, domain))
}

// setRole gives the account the role that the claim names, where roles go by a
// claim: the highest that a value stands for, else the one of whoever comes.
// The last admin stays one.
func (is *Issuer) setRole(ctx context.Context, tx *store.Tx, id oidc.Identity, u *store.User) error {
	role := is.roleOf(id)
	if !is.ByClaim() || role == u.Role {
		return nil
	}
	changed := *u
	changed.Role, changed.MaySpend = role, u.MaySpend && role == fettle.Editor
	err := keepAdmin(ctx, tx, changed)
	if fettle.CodeOf(err) == fettle.Refused {
		return nil
	}
	if err != nil {
		return err
	}
	if err := tx.PutUser(ctx, &changed); err != nil {
		return err
	}
	*u = changed
	return tx.Act(ctx, fettle.System(), "user.change", u.Email, "role "+string(role)+", by "+is.Host())
}

func (is *Issuer) roleOf(id oidc.Identity) fettle.Role {
	best := is.Role
	for _, value := range id.Roles {
		role, ok := is.Roles[value]
		if is.Roles == nil && (value == string(fettle.Viewer) || value == string(fettle.Editor)) {
			role, ok = fettle.Role(value), true
		}
		if ok && (fettle.Actor{Role: role}).Require(best, "") == nil {
			best = role
		}
	}
	return best
}

func turnedAway(reason TurnedAway, format string, args ...any) *fettle.Error {
	return fettle.Errorf(fettle.NotAllowed, format, args...).With("reason", reason)
}
