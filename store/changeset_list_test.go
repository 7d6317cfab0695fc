package store_test

import (
	"context"
	"slices"
	"testing"

	"fettle/store"
	"fettle/store/storetest"
)

// TestRunsAreListedByWhatTheyWrote lists runs by when they last wrote: one that was
// resumed comes before one that began after it, one that wrote nothing is left out and
// found by its id, and one of before writes were counted is listed by its start.
func TestRunsAreListedByWhatTheyWrote(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		if err := db.Update(ctx, func(tx *store.Tx) error {
			for id := range int64(4) {
				if err := tx.AddRun(ctx, store.Run{ID: id + 1, EnrichmentID: 1, Kind: "start", StartedUS: (id + 1) * 100, Actor: "ann"}); err != nil {
					return err
				}
			}
			for id, at := range map[int64]int64{2: 900, 3: 350} { // 4 wrote nothing
				if err := tx.AddRunWrites(ctx, id, store.RunWrites{Fills: id}, at); err != nil {
					return err
				}
			}
			_, err := tx.SQL().ExecContext(ctx, "DELETE FROM run_writes WHERE run_id = 1") // of before
			return err
		}); err != nil {
			t.Fatal(err)
		}
		view := func(read func(ctx context.Context, tx *store.Tx) ([]store.ListedSet, error)) (ids, at []int64) {
			t.Helper()
			if err := db.View(ctx, func(tx *store.Tx) error {
				found, err := read(ctx, tx)
				for _, s := range found {
					ids, at = append(ids, s.ID), append(at, s.AtUS)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return ids, at
		}
		list := func(ask store.SetQuery) func(context.Context, *store.Tx) ([]store.ListedSet, error) {
			return func(ctx context.Context, tx *store.Tx) ([]store.ListedSet, error) { return tx.ChangeSets(ctx, ask) }
		}
		if ids, at := view(list(store.SetQuery{Limit: 10})); !slices.Equal(ids, []int64{2, 3, 1}) || !slices.Equal(at, []int64{900, 350, 100}) {
			t.Errorf("listed %v at %v", ids, at)
		}
		if ids, _ := view(list(store.SetQuery{Kind: store.SetRun, Before: 900, Skip: 1, Limit: 1})); !slices.Equal(ids, []int64{3}) {
			t.Errorf("the next page has %v", ids)
		}
		ids, at := view(func(ctx context.Context, tx *store.Tx) ([]store.ListedSet, error) {
			return tx.ChangeSetsNamed(ctx, map[string][]int64{store.SetRun: {4, 9}, store.SetEdit: {4}})
		})
		if !slices.Equal(ids, []int64{4}) || !slices.Equal(at, []int64{400}) {
			t.Errorf("found %v at %v", ids, at)
		}
	})
}
