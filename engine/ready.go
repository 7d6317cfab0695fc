package engine

import (
	"context"
	"fmt"
	"time"

	"fettle/limits"
	"fettle/run"
	"fettle/store"
)

// Following reports whether a process is there that makes calls and follows
// audiences.
func (e *Engine) Following(ctx context.Context) (ok bool, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) (err error) {
		ok, err = run.Followed(ctx, tx, time.Now())
		return err
	})
	return ok, err
}

// Ready fails if the database does not answer. Otherwise it gives what stands
// still and needs a person, in words that anybody may read.
func (e *Engine) Ready(ctx context.Context) (still []string, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		why, _, err := tx.Setting(ctx, limits.SettingSpendingPaused)
		if err == nil && why != "" {
			still = append(still, "spending is paused until an audit is sound")
		}
		return err
	})
	if n := e.worker.UnwrittenOf(0); n > 0 {
		still = append(still, fmt.Sprintf("%d calls cannot be written: see the notifications", n))
	}
	return still, err
}
