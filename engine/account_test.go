package engine_test

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/account"
	"fettle/engine"
	"fettle/internal/secret"
	"fettle/store"
	"fettle/store/storetest"
)

// house is an engine for people who sign in.
type house struct {
	t *testing.T
	e *engine.Engine
}

func newHouse(t *testing.T, db *store.DB) house {
	t.Helper()
	e, err := engine.New(t.Context(), engine.Config{DB: db, Log: slog.New(slog.DiscardHandler), SecretKey: secret.NewKey()})
	if err != nil {
		t.Fatal(err)
	}
	return house{t, e}
}

func secretIn(t *testing.T, l account.LinkView) string {
	t.Helper()
	_, fragment, _ := strings.Cut(l.Path, "#")
	q, err := url.ParseQuery(fragment)
	if err != nil {
		t.Fatal(err)
	}
	return q.Get(string(l.Kind))
}

func (h house) join(email string, role fettle.Role, pass string) account.SignedIn {
	h.t.Helper()
	l, err := h.e.Accounts.Invite(h.t.Context(), admin, account.UserInput{Email: email, Role: role})
	if err != nil {
		h.t.Fatal(err)
	}
	in, err := h.e.Accounts.Accept(h.t.Context(), secretIn(h.t, l), "", pass, account.Browser{})
	if err != nil {
		h.t.Fatal(err)
	}
	return in
}

func (h house) want(code fettle.Code, err error, what string) {
	h.t.Helper()
	if err == nil || fettle.CodeOf(err) != code {
		h.t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, ctx := newHouse(t, db), t.Context()
		ada := h.join("ada@acme.example", fettle.Admin, "engine no. one")
		vera := h.join("vera@acme.example", fettle.Viewer, "only looking here")
		if a, err := h.e.Accounts.Session(ctx, vera.Secret); err != nil || a != (fettle.Actor{Name: "vera@acme.example", Role: fettle.Viewer}) {
			t.Errorf("%+v, %v", a, err)
		}

		viewer, disabled, editor := fettle.Viewer, true, fettle.Editor
		_, err := h.e.Accounts.ChangeUser(ctx, admin, "ada@acme.example", account.UserChange{Role: &viewer})
		h.want(fettle.Refused, err, "the last admin becomes a viewer")
		_, err = h.e.Accounts.ChangeUser(ctx, admin, "ada@acme.example", account.UserChange{Disabled: &disabled})
		h.want(fettle.Refused, err, "the last admin is disabled")
		_, err = h.e.Accounts.ChangeUser(ctx, vera.Actor, "vera@acme.example", account.UserChange{Role: &editor})
		h.want(fettle.NotAllowed, err, "a viewer promotes herself")

		if _, err := h.e.Accounts.ChangeUser(ctx, ada.Actor, "vera@acme.example", account.UserChange{Role: &editor}); err != nil {
			t.Fatal(err)
		}
		if a, err := h.e.Accounts.Session(ctx, vera.Secret); err != nil || a.Role != fettle.Editor {
			t.Errorf("a new role does not hold at once: %+v, %v", a, err)
		}
		if u, err := h.e.Accounts.ChangeUser(ctx, ada.Actor, "vera@acme.example", account.UserChange{Disabled: &disabled}); err != nil || u.State != account.Disabled {
			t.Fatalf("%+v, %v", u, err)
		}
		_, err = h.e.Accounts.Session(ctx, vera.Secret)
		h.want(fettle.Unsigned, err, "the session of one who is disabled")
		_, err = h.e.Accounts.SignIn(ctx, "vera@acme.example", "only looking here", account.Browser{})
		h.want(fettle.Unsigned, err, "one who is disabled signs in")
		_, err = h.e.Accounts.ResetLink(ctx, admin, "vera@acme.example")
		h.want(fettle.Refused, err, "a link for one who is disabled")
	})
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	h, ctx := newHouse(t, storetest.Open(t)), t.Context()
	first := h.join("ada@acme.example", fettle.Admin, "engine no. one")
	l, err := h.e.Accounts.ResetLink(ctx, admin, "ADA@acme.example")
	if err != nil || l.Kind != store.LinkReset {
		t.Fatalf("%+v, %v", l, err)
	}
	_, err = h.e.Accounts.Accept(ctx, secretIn(t, l), "", "short", account.Browser{})
	h.want(fettle.Invalid, err, "a short password")
	second, err := h.e.Accounts.Accept(ctx, secretIn(t, l), "Eve", "engine no. two", account.Browser{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.e.Accounts.Accept(ctx, secretIn(t, l), "", "engine no. three", account.Browser{})
	h.want(fettle.Unsigned, err, "the link a second time")
	_, err = h.e.Accounts.Session(ctx, first.Secret)
	h.want(fettle.Unsigned, err, "a session from before the new password")
	_, err = h.e.Accounts.SignIn(ctx, "ada@acme.example", "engine no. one", account.Browser{})
	h.want(fettle.Unsigned, err, "the old password")
	third, err := h.e.Accounts.SignIn(ctx, "ada@acme.example", "engine no. two", account.Browser{})
	if err != nil {
		t.Fatal(err)
	}
	if all, err := h.e.Accounts.Users(ctx, admin); err != nil || len(all) != 1 || all[0].Name != "ada" {
		t.Errorf("a reset renames: %+v, %v", all, err)
	}

	h.want(fettle.Invalid, h.e.Accounts.ChangePassword(ctx, third.Actor, "wrong", "engine no. four", third.Secret), "without the old password")
	h.want(fettle.Refused, h.e.Accounts.ChangePassword(ctx, fettle.Actor{Name: "ci", Role: fettle.Admin}, "x", "engine no. four", ""), "a token has no password")
	if err := h.e.Accounts.ChangePassword(ctx, third.Actor, "engine no. two", "engine no. four", third.Secret); err != nil {
		t.Fatal(err)
	}
	_, err = h.e.Accounts.Session(ctx, second.Secret)
	h.want(fettle.Unsigned, err, "another session after a change of password")
	if _, err := h.e.Accounts.Session(ctx, third.Secret); err != nil {
		t.Errorf("the session that changed the password: %v", err)
	}
	leaked, err := h.e.Accounts.ResetLink(ctx, admin, "ada@acme.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.e.Accounts.ChangePassword(ctx, third.Actor, "engine no. four", "engine no. five", third.Secret); err != nil {
		t.Fatal(err)
	}
	_, err = h.e.Accounts.Accept(ctx, secretIn(t, leaked), "", "engine no. six", account.Browser{})
	h.want(fettle.Unsigned, err, "a link from before the password was changed")
	if err := h.e.Accounts.SignOut(ctx, third.Secret); err != nil {
		t.Fatal(err)
	}
	_, err = h.e.Accounts.Session(ctx, third.Secret)
	h.want(fettle.Unsigned, err, "a session that was ended")
}

// TestSessionsEnd writes sessions as they would be some days later.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	h, ctx := newHouse(t, db), t.Context()
	const day = 24 * time.Hour
	for name, c := range map[string]struct {
		seen, began time.Duration
		holds       bool
	}{"seen six days ago": {6 * day, 6 * day, true}, "idle": {7*day + time.Minute, 8 * day, false}, "old, though used": {0, 30*day + time.Minute, false}} {
		sum, now := sha256.Sum256([]byte(name)), time.Now()
		err := db.Update(ctx, func(tx *store.Tx) error {
			return tx.AddSession(ctx, store.Session{Hash: hex.EncodeToString(sum[:]), SeenAtUS: now.Add(-c.seen).UnixMicro(), CreatedAtUS: now.Add(-c.began).UnixMicro()})
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.e.Accounts.Session(ctx, name); (err == nil) != c.holds {
			t.Errorf("%s: %v", name, err)
		}
	}
}
