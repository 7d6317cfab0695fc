package store_test

import (
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

func TestUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			ada := store.User{Email: "ada@acme.example", Name: "Ada", Role: fettle.Admin, CreatedAtUS: 3}
			if err := tx.AddUser(ctx, &ada); err != nil {
				return err
			}
			if err := tx.AddUser(ctx, &store.User{Email: "ada@acme.example"}); fettle.CodeOf(err) != fettle.Refused {
				t.Errorf("an email twice: %v", err)
			}
			if ok, err := tx.Guarded(ctx); ok || err != nil {
				t.Errorf("guarded by an invitation: %v, %v", ok, err)
			}
			ada.Role, ada.MaySpend, ada.Password, ada.Joined, ada.Disabled, ada.Name = fettle.Editor, true, "h", true, true, "A"
			if err := tx.PutUser(ctx, &ada); err != nil {
				return err
			}
			if err := tx.LockUsers(ctx); err != nil {
				return err
			}
			for _, get := range []func() (store.User, error){
				func() (store.User, error) { return tx.User(ctx, "ada@acme.example") },
				func() (store.User, error) { return tx.UserByID(ctx, ada.ID) },
			} {
				if got, err := get(); err != nil || got != ada {
					t.Errorf("%+v, %v", got, err)
				}
			}
			if ok, err := tx.Guarded(ctx); !ok || err != nil {
				t.Errorf("not guarded by one who has joined: %v, %v", ok, err)
			}
			if _, err := tx.User(ctx, "bob@acme.example"); fettle.CodeOf(err) != fettle.NotFound {
				t.Errorf("nobody: %v", err)
			}
			return nil
		})
	})
}

func TestSessionsAndLinks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			for i, hash := range []string{"a", "b", "c"} {
				if err := tx.AddSession(ctx, store.Session{Hash: hash, UserID: 7, CreatedAtUS: 10, SeenAtUS: int64(10 * (i + 1))}); err != nil {
					return err
				}
			}
			for _, l := range []store.SignInLink{{Hash: "x", Kind: store.LinkInvite, UserID: 7, ExpiresAtUS: 50}, {Hash: "y", Kind: store.LinkLocal, ExpiresAtUS: 20}} {
				if err := tx.AddLink(ctx, l); err != nil {
					return err
				}
			}
			if _, err := tx.Link(ctx, "y", 20); fettle.CodeOf(err) != fettle.Unsigned {
				t.Errorf("a link that is too old: %v", err)
			}
			if err := tx.SweepSignIns(ctx, 20, 20, 0); err != nil {
				return err
			}
			if _, err := tx.Session(ctx, "a"); fettle.CodeOf(err) != fettle.Unsigned {
				t.Errorf("a session that was idle: %v", err)
			}
			if err := tx.TouchSession(ctx, "b", 99); err != nil {
				return err
			}
			if s, err := tx.Session(ctx, "b"); err != nil || s != (store.Session{Hash: "b", UserID: 7, CreatedAtUS: 10, SeenAtUS: 99}) {
				t.Errorf("%+v, %v", s, err)
			}
			if err := tx.DeleteSessions(ctx, 7, "b"); err != nil {
				return err
			}
			if _, err := tx.Session(ctx, "c"); fettle.CodeOf(err) != fettle.Unsigned {
				t.Errorf("a session that was ended: %v", err)
			}
			if _, err := tx.Session(ctx, "b"); err != nil {
				t.Errorf("the session that stays: %v", err)
			}
			if err := tx.UseLink(ctx, "x"); err != nil {
				return err
			}
			if err := tx.UseLink(ctx, "x"); fettle.CodeOf(err) != fettle.Unsigned {
				t.Errorf("a link twice: %v", err)
			}
			return nil
		})
	})
}
