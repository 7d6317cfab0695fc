package run

import (
	"context"
	"time"

	"fettle/ingest"
	"fettle/internal/text"
	"fettle/store"
)

const (
	mergesAlone    = 200              // that are tried one by one after a failure
	mergeRetry     = 10 * time.Minute // until one that failed is tried again
	maxMergeReason = 500              // bytes of why
)

// DueMerges makes the merges that were put off because a call about one of the
// records was in flight, or for their size, and whose time has come. One that
// cannot be made is put off further, with why: the others go on, and whoever
// called has not failed.
func (w *Worker) DueMerges(ctx context.Context) error {
	waiting, err := w.mergesDue(ctx, 1)
	for n := 1; err == nil && len(waiting) > 0 && n > 0; {
		failed := w.db.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = ingest.DueMerges(ctx, tx, time.Now())
			return err
		})
		if failed != nil {
			n, err = w.mergeAlone(ctx)
		}
	}
	return err
}

func (w *Worker) mergesDue(ctx context.Context, limit int) (due []store.PendingMerge, err error) {
	err = w.db.View(ctx, func(tx *store.Tx) error {
		due, err = tx.DueMerges(ctx, store.DueInput{Limit: limit, NowUS: time.Now().UnixMicro()})
		return err
	})
	return due, err
}

// mergeAlone makes merges one by one, each in a transaction of its own, and gives
// the number of those that it dealt with. Where not even a failure can be written
// down it gives up: then it is not the merge that fails.
func (w *Worker) mergeAlone(ctx context.Context) (int, error) {
	due, err := w.mergesDue(ctx, mergesAlone)
	if err != nil {
		return 0, err
	}
	for _, d := range due {
		failed := w.db.Update(ctx, func(tx *store.Tx) error {
			_, err := ingest.DueMerge(ctx, tx, d, time.Now())
			return err
		})
		if failed == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		w.log.ErrorContext(ctx, "two records could not be made one; it is tried again later", "survivor", d.Survivor, "loser", d.Loser, "error", failed)
		why := text.Clip(text.Storable(failed.Error()), maxMergeReason)
		err := w.db.Update(ctx, func(tx *store.Tx) error {
			return tx.FailMerge(ctx, [2]int64{d.Survivor, d.Loser}, why, time.Now().Add(mergeRetry).UnixMicro())
		})
		if err != nil {
			return 0, err
		}
	}
	return len(due), nil
}
