package run

import (
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// unsureAgain gives what reads a page of the rows whose answer verified nothing and
// may be asked for again; nil where the enrichment does not ask sooner for them.
// notFound is how long an answer counts that found nothing.
func unsureAgain(e store.Enrichment, now time.Time, notFound time.Duration, tick bool) func(ctx context.Context, tx *store.Tx, after int64) ([]int64, error) {
	unsure := time.Duration(e.Definition.UnsureRetry)
	if unsure <= 0 || notFound <= 0 {
		return nil
	}
	if tick {
		unsure -= e.Definition.Lead(e.Definition.UnsureRetry)
	}
	return func(ctx context.Context, tx *store.Tx, after int64) ([]int64, error) {
		return tx.RowsUnsure(ctx, e.ID, now.Add(-unsure).UnixMicro(), now.Add(-notFound).UnixMicro(), fettle.UnsureAgain, after, PlanPage)
	}
}
