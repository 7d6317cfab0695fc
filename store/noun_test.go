package store_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

func TestNextIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const workers, each = 8, 5
		var mu sync.Mutex
		taken := map[int64]bool{}
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range each {
					var first int64
					err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
						first, err = tx.NextIDs(t.Context(), "a new sequence", 3)
						return err
					})
					mu.Lock()
					for i := range int64(3) {
						if err != nil || taken[first+i] {
							t.Errorf("%d is taken twice, or %v", first+i, err)
						}
						taken[first+i] = true
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if n := int64(workers * each * 3); int64(len(taken)) != n || !taken[1] || !taken[n] {
			t.Errorf("%d ids, 1: %v", len(taken), taken[1])
		}
	})
}

func TestOrigins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := store.Origin{Kind: store.OriginEnrichment, Name: "work-email", RefID: 4, Version: 2, Day: "2026-01-02"}
		ids := make([]int64, 8)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
					ids[i], err = tx.OriginID(t.Context(), o)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id == 0 || id != ids[0] {
				t.Fatalf("ids %v of one origin", ids)
			}
		}
		update(t, db, func(tx *store.Tx) error {
			other := o
			other.NoRun = true
			id, err := tx.OriginID(t.Context(), other)
			if err != nil || id == ids[0] {
				t.Errorf("another origin has the id %d, %v", id, err)
			}
			got, err := tx.OriginsByID(t.Context(), []int64{id, ids[0], 999})
			if err != nil {
				return err
			}
			o.ID, other.ID = ids[0], id
			if diff := cmp.Diff(map[int64]store.Origin{ids[0]: o, id: other}, got); diff != "" {
				t.Error(diff)
			}
			all, err := tx.Origins(t.Context())
			if len(all) != 2 {
				t.Errorf("%d origins", len(all))
			}
			return err
		})
	})
}

func TestChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(tx *store.Tx) error {
			origin, err := tx.OriginID(t.Context(), store.Origin{Kind: store.OriginImport, Name: "csv", RefID: 9, Day: "2026-01-02", NoRun: true})
			if err != nil {
				return err
			}
			return tx.LogChanges(t.Context(), fettle.People, []store.LoggedChange{
				{Record: 5, Kind: store.ChangeCreate, Origin: origin, AtUS: 1},
				{Record: 6, Kind: store.ChangeCreate, Origin: 99, AtUS: 2},
				{Record: 5, Kind: store.ChangeUpdate, Origin: origin, Attempt: 3, Actor: "ada", AtUS: 3, Changes: `{"name":["a","b"]}`},
			})
		})
		view(t, db, func(tx *store.Tx) error {
			all, err := tx.ChangesAfter(t.Context(), 0, 10)
			if err != nil {
				return err
			}
			if len(all) != 3 || !all[0].From.NoRun || all[0].From.RefID != 9 || all[0].Entity != fettle.People || all[1].From.Kind != "" || all[2].Changes != `{"name":["a","b"]}` {
				t.Errorf("%+v", all)
			}
			rest, err := tx.ChangesAfter(t.Context(), all[0].ID, 1)
			if err != nil || len(rest) != 1 || rest[0].ID != all[1].ID {
				t.Errorf("%+v, %v", rest, err)
			}
			newest, err := tx.NewestChange(t.Context())
			if err != nil || newest != all[2].ID {
				t.Errorf("newest %d, %v", newest, err)
			}
			history, err := tx.History(t.Context(), 5, 0, 10)
			if err != nil || len(history) != 2 || history[0].ID != all[2].ID || history[0].Attempt != 3 || history[1].Kind != store.ChangeCreate {
				t.Errorf("%+v, %v", history, err)
			}
			older, err := tx.History(t.Context(), 5, history[0].ID, 10)
			if err != nil || len(older) != 1 {
				t.Errorf("%+v, %v", older, err)
			}
			return nil
		})
	})
}

func TestAudiences(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			a := fettle.Audience{Name: "leaders", Entity: fettle.People, Where: `title.contains("x")`, CreatedAtUS: 1, UpdatedAtUS: 1}
			if err := tx.AddAudience(ctx, &a); err != nil {
				return err
			}
			if err := tx.AddAudience(ctx, &fettle.Audience{Name: "leaders", Entity: fettle.People}); fettle.CodeOf(err) != fettle.Refused {
				t.Errorf("a name twice: %v", err)
			}
			a.Where, a.UpdatedAtUS = "", 2
			if err := tx.UpdateAudience(ctx, a); err != nil {
				return err
			}
			got, err := tx.Audience(ctx, "leaders")
			if err != nil {
				return err
			}
			a.Label = a.Name // nobody wrote another
			if diff := cmp.Diff(a, got); diff != "" {
				t.Error(diff)
			}
			if err := tx.DeleteAudience(ctx, 1); fettle.CodeOf(err) != fettle.Refused {
				t.Errorf("deleting a built-in audience: %v", err)
			}
			if err := tx.DeleteAudience(ctx, a.ID); err != nil {
				return err
			}
			if _, err := tx.Audience(ctx, "leaders"); fettle.CodeOf(err) != fettle.NotFound {
				t.Errorf("a deleted audience: %v", err)
			}
			return nil
		})
	})
}

func TestNotifications(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			for i, once := range []string{"limit:1", "limit:1", "limit:2"} {
				wrote, err := tx.Notify(ctx, store.Notification{AtUS: int64(i), Kind: "limit", EnrichmentID: 4, Message: "m", Once: once})
				if err != nil || wrote != (i != 1) {
					t.Errorf("notification %d: %v, %v", i, wrote, err)
				}
			}
			all, err := tx.Notifications(ctx, true, 0, 10)
			if err != nil || len(all) != 2 || all[0].Once != "limit:2" {
				t.Fatalf("%+v, %v", all, err)
			}
			if err := tx.MarkRead(ctx, all[0].ID); err != nil {
				return err
			}
			unread, err := tx.Notifications(ctx, true, 0, 10)
			if err != nil || len(unread) != 1 || unread[0].Once != "limit:1" {
				t.Errorf("%+v, %v", unread, err)
			}
			if err := tx.MarkRead(ctx); err != nil {
				return err
			}
			if left, err := tx.Notifications(ctx, true, 0, 10); len(left) != 0 || err != nil {
				t.Errorf("%+v unread, %v", left, err)
			}
			older, err := tx.Notifications(ctx, false, all[0].ID, 10)
			if err != nil || len(older) != 1 || !older[0].Read {
				t.Errorf("%+v, %v", older, err)
			}
			return nil
		})
	})
}

func TestTokensAndConnections(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			token := store.Token{Name: "ci", Role: fettle.Editor, Hash: "h", CreatedAtUS: 3}
			if err := tx.AddToken(ctx, &token); err != nil {
				return err
			}
			if err := tx.AddToken(ctx, &store.Token{Name: "ci", Hash: "i"}); fettle.CodeOf(err) != fettle.Refused {
				t.Errorf("a name twice: %v", err)
			}
			if got, err := tx.TokenByHash(ctx, "h"); err != nil || got != token {
				t.Errorf("%+v, %v", got, err)
			}
			if _, err := tx.TokenByHash(ctx, "x"); fettle.CodeOf(err) != fettle.Unsigned {
				t.Errorf("an unknown token: %v", err)
			}
			if err := tx.DeleteToken(ctx, "ci"); err != nil {
				return err
			}
			if all, err := tx.Tokens(ctx); len(all) != 0 || err != nil {
				t.Errorf("%+v, %v", all, err)
			}

			price := 3 * fettle.Credit
			want := store.Connection{Provider: "p", Name: "default", KeySealed: []byte{0, 255}, BaseURL: "http://x", UnitPrice: &price, UpdatedAtUS: 1}
			for _, c := range []store.Connection{{Provider: "p", Name: "default"}, want} {
				if err := tx.PutConnection(ctx, c); err != nil {
					return err
				}
				got, ok, err := tx.Connection(ctx, "p", "")
				if diff := cmp.Diff(c, got); err != nil || !ok || diff != "" {
					t.Errorf("%v, %v\n%s", ok, err, diff)
				}
			}
			if _, ok, err := tx.Connection(ctx, "q", ""); ok || err != nil {
				t.Errorf("no connection: %v, %v", ok, err)
			}
			return nil
		})
	})
}

func TestDefinitionsAndPrices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			for _, yaml := range []string{"a: 1", "a: 2"} {
				if err := tx.PutProviderDefinition(ctx, store.ProviderDefinition{Provider: "x", YAML: yaml}); err != nil {
					return err
				}
			}
			defs, err := tx.ProviderDefinitions(ctx)
			if err != nil || len(defs) != 1 || defs[0].YAML != "a: 2" {
				t.Errorf("%+v, %v", defs, err)
			}
			for _, day := range []fettle.Day{"2026-01-01", "2026-02-01", "2026-01-01"} {
				if err := tx.PutModelPrice(ctx, store.ModelPrice{Provider: "openai", Model: "m", EffectiveFrom: day, Price: []byte(`{"in":1}`)}); err != nil {
					return err
				}
			}
			prices, err := tx.ModelPrices(ctx)
			if err != nil || len(prices) != 2 || prices[0].EffectiveFrom != "2026-02-01" || string(prices[1].Price) != `{"in":1}` {
				t.Errorf("%+v, %v", prices, err)
			}
			return nil
		})
	})
}

func TestActionsAndIdempotency(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update(t, db, func(tx *store.Tx) error {
			for i, object := range []string{"a", "b", "a"} {
				if err := tx.LogAction(ctx, store.Action{AtUS: int64(i), Actor: "ada", Action: "start", Object: object}); err != nil {
					return err
				}
			}
			all, err := tx.Actions(ctx, "", 0, 10)
			if err != nil || len(all) != 3 || all[0].AtUS != 2 {
				t.Errorf("%+v, %v", all, err)
			}
			ofA, err := tx.Actions(ctx, "a", all[0].ID, 10)
			if err != nil || len(ofA) != 1 || ofA[0].AtUS != 0 {
				t.Errorf("%+v, %v", ofA, err)
			}

			if _, began, err := tx.BeginIdempotent(ctx, "k", "hash", 1); err != nil || !began {
				t.Errorf("%v, %v", began, err)
			}
			if err := tx.EndIdempotent(ctx, "k", 201, "{}"); err != nil {
				return err
			}
			got, began, err := tx.BeginIdempotent(ctx, "k", "other", 2)
			if want := (store.IdempotentAnswer{Request: "hash", Status: 201, Response: "{}", AtUS: 1}); err != nil || began || got != want {
				t.Errorf("%+v, %v, %v", got, began, err)
			}
			if n, err := tx.ForgetIdempotentBefore(ctx, 2); n != 1 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
			_, began, err = tx.BeginIdempotent(ctx, "k", "other", 2)
			if err != nil || !began {
				t.Errorf("%v, %v", began, err)
			}
			return tx.ForgetIdempotent(ctx, "k")
		})
	})
}
