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
			fail := func(key string, now, ended int64) store.Tries {
				t.Helper()
				was, err := tx.LockTries(ctx, key, now, ended)
				if err != nil {
					t.Fatal(err)
				}
				was.Count, was.FreeAtUS = was.Count+1, now+5
				if err := tx.PutTries(ctx, key, was); err != nil {
					t.Fatal(err)
				}
				got, err := tx.LockTries(ctx, key, now, ended)
				if err != nil || got != was {
					t.Fatalf("%+v written, %+v read: %v", was, got, err)
				}
				return got
			}
			for _, c := range []struct {
				key        string
				now, ended int64
				want       store.Tries
			}{
				{"a", 10, 0, store.Tries{Count: 1, SinceUS: 10, FreeAtUS: 15}},
				{"a", 12, 0, store.Tries{Count: 2, SinceUS: 10, FreeAtUS: 17}},
				{"a/b", 12, 0, store.Tries{Count: 1, SinceUS: 12, FreeAtUS: 17}},
				{"ab", 20, 0, store.Tries{Count: 1, SinceUS: 20, FreeAtUS: 25}},
				{"a", 20, 10, store.Tries{Count: 1, SinceUS: 20, FreeAtUS: 25}},
				{"a", 21, 11, store.Tries{Count: 2, SinceUS: 20, FreeAtUS: 26}},
			} {
				if got := fail(c.key, c.now, c.ended); got != c.want {
					t.Errorf("%+v: %+v", c, got)
				}
			}
			if was, err := tx.LockTries(ctx, "a", 40, 20); err != nil || was != (store.Tries{SinceUS: 40}) {
				t.Errorf("begun anew: %+v, %v", was, err)
			}
			if err := tx.SweepTries(ctx, 12); err != nil { // a/b's
				return err
			}
			if got := fail("a/b", 13, 0); got.Count != 1 {
				t.Errorf("after the sweep: %+v", got)
			}
			if err := tx.ForgetTries(ctx, "a"); err != nil {
				return err
			}
			for key, want := range map[string]int64{"a": 1, "a/b": 1, "ab": 2} {
				if got := fail(key, 41, 0); got.Count != want {
					t.Errorf("forgotten: %s has %+v", key, got)
				}
			}
			return nil
		})
	})
}
