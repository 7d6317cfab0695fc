package run_test

import (
	"context"
	"testing"

	"fettle"
	"fettle/run"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAllThatWaitIsWoken holds that a limit set anew, and a start, wake more
// rows than one page has.
func TestAllThatWaitIsWoken(t *testing.T) {
	const enrichment, many = 7, run.PlanPage + 2
	ways := map[string]func(ctx context.Context, tx *store.Tx) error{
		"a limit is set":     func(ctx context.Context, tx *store.Tx) error { return run.WakeOwn(ctx, tx, "ann", 1) },
		"somebody starts it": func(ctx context.Context, tx *store.Tx) error { return run.WakeAll(ctx, tx, enrichment) },
	}
	ids := make([]int64, many)
	for i := range ids {
		ids[i] = int64(i + 1)
	}
	for name, wake := range ways {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				err := db.Update(t.Context(), func(tx *store.Tx) error {
					o := store.Opening{Enrichment: enrichment, Run: 1, Cause: fettle.CauseEntered, OpenedBy: "ann", WaitsFor: fettle.AwaitsOwnLimit, NowUS: 1}
					if _, err := tx.InsertRows(t.Context(), o, ids); err != nil {
						return err
					}
					return wake(t.Context(), tx)
				})
				if err != nil {
					t.Fatal(err)
				}
				err = db.View(t.Context(), func(tx *store.Tx) error {
					counts, err := tx.RowCounts(t.Context(), enrichment)
					for k, n := range counts {
						if k.State != fettle.RowPending || n != many {
							t.Errorf("%d rows are %s", n, k.State)
						}
					}
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}
