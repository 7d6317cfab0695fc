package store_test

import (
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

func TestIdentities(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			ada, bob := store.User{Email: "ada@acme.example", Role: fettle.Viewer}, store.User{Email: "bob@acme.example", Role: fettle.Viewer}
			for _, u := range []*store.User{&ada, &bob} {
				if err := tx.AddUser(ctx, u); err != nil {
					return err
				}
			}
			if err := tx.AddIdentity(ctx, store.Identity{Issuer: "i", Subject: "1", UserID: ada.ID, LinkedAtUS: 3}); err != nil {
				return err
			}
			for _, i := range []store.Identity{{Issuer: "i", Subject: "1", UserID: bob.ID}, {Issuer: "i", Subject: "2", UserID: ada.ID}} {
				if err := tx.AddIdentity(ctx, i); fettle.CodeOf(err) != fettle.Refused {
					t.Errorf("%+v: %v", i, err)
				}
			}
			if got, err := tx.UserByIdentity(ctx, "i", "1"); err != nil || got.Email != ada.Email || got.Issuer != "i" {
				t.Errorf("%+v, %v", got, err)
			}
			if _, err := tx.UserByIdentity(ctx, "j", "1"); fettle.CodeOf(err) != fettle.NotFound {
				t.Errorf("the same name at another issuer: %v", err)
			}
			if err := tx.DeleteIdentities(ctx, ada.ID); err != nil {
				return err
			}
			if got, err := tx.UserByID(ctx, ada.ID); err != nil || got.Issuer != "" {
				t.Errorf("%+v, %v", got, err)
			}
			return nil
		})
	})
}

func TestTries(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			for _, c := range []struct {
				key                     string
				now, ended              int64
				wantTries, wantSinceTry int64
			}{{"a", 10, 0, 1, 10}, {"a", 12, 0, 2, 10}, {"b", 12, 0, 1, 12}, {"a", 20, 10, 1, 20}, {"a", 21, 11, 2, 20}} {
				if n, since, err := tx.CountTry(ctx, c.key, c.now, c.ended); err != nil || n != c.wantTries || since != c.wantSinceTry {
					t.Errorf("%+v: %d since %d, %v", c, n, since, err)
				}
			}
			if err := tx.SweepTries(ctx, 12); err != nil { // b's
				return err
			}
			if n, _, err := tx.CountTry(ctx, "b", 13, 0); err != nil || n != 1 {
				t.Errorf("after the sweep: %d, %v", n, err)
			}
			if err := tx.ForgetTries(ctx, "a"); err != nil {
				return err
			}
			if n, _, err := tx.CountTry(ctx, "a", 22, 0); err != nil || n != 1 {
				t.Errorf("forgotten: %d, %v", n, err)
			}
			return nil
		})
	})
}
