package run

import (
	"context"

	"fettle/store"
)

// allTimes is later than any time at which a row wakes, in microseconds.
const allTimes = 1 << 62

// WakeAll makes every waiting row of an enrichment pending, whatever its time,
// but those that wait for approval: a person has it go on.
func WakeAll(ctx context.Context, tx *store.Tx, enrichment int64) error {
	return pageByPage(func() (int64, error) { return tx.WakeRows(ctx, enrichment, allTimes, true, PlanPage) })
}

// WakeOwn makes every row pending that waits for room under the own limit of
// its opener, in all enrichments: the limit was set anew.
func WakeOwn(ctx context.Context, tx *store.Tx, opener string, nowUS int64) error {
	return pageByPage(func() (int64, error) { return tx.WakeOwn(ctx, opener, nowUS, PlanPage) })
}

// pageByPage goes on until a page is not full.
func pageByPage(page func() (int64, error)) error {
	for {
		if n, err := page(); err != nil || n < PlanPage {
			return err
		}
	}
}
