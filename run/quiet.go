package run

import (
	"context"
	"errors"

	"fettle"
	"fettle/limits"
	"fettle/store"
)

// errGuard rolls a following back that would spend quietly.
var errGuard = errors.New("would spend quietly")

// guard refuses a page of changes that nobody was asked about and that would
// put many rows into the enrichment.
func (f *following) guard(ctx context.Context) (*fettle.Error, error) {
	if f.quiet == 0 {
		return nil, nil //nolint:nilnil // nothing to refuse
	}
	most, err := limits.GuardRows(ctx, f.tx)
	if err != nil || f.quiet <= most {
		return nil, err
	}
	return guarded(f.e.Name, f.quiet), errGuard
}

func guarded(name string, rows int64) *fettle.Error {
	return fettle.Errorf(fettle.Refused, QuietPause+"%s into %s", fettle.Count(rows, "more row", "more rows"), name).
		WithHint("Look at the estimate (fettle enrichment estimate %s), then resume to run them.", name)
}

// Guarded says how an enrichment stands that paused since a change would have
// spent quietly: the records may have been changed again, or the guard, since.
// over says that it would pause again.
func (w *Worker) Guarded(ctx context.Context, tx *store.Tx, cur store.Enrichment, nowUS int64) (why *fettle.Error, over bool, err error) {
	p, err := w.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err != nil {
		return nil, false, err
	}
	changes, err := tx.ChangesAfter(ctx, cur.FollowCursor, followPage)
	if err != nil {
		return nil, false, err
	}
	f := &following{tx: tx, w: w, e: cur, p: p}
	if err := f.read(ctx, changes); err != nil {
		return nil, false, err
	}
	if _, err := f.sort(ctx, nowUS); err != nil {
		return nil, false, err
	}
	most, err := limits.GuardRows(ctx, tx)
	return guarded(cur.Name, f.quiet), f.quiet > most, err
}
