package limits

import (
	"context"
	"strconv"
	"time"

	"fettle/store"
)

// defaultGuardRows is how many rows a change may put into a live enrichment
// without being asked about, and settingGuardRows overrides it.
const (
	defaultGuardRows = 100
	settingGuardRows = "guard_rows"
)

// guardWindow is over how long what somebody who may not spend freely puts into
// a live enrichment is counted together.
const guardWindow = 24 * time.Hour

// Quiet is what an actor put into an enrichment within the window, unasked and
// not answered for since.
func Quiet(ctx context.Context, tx *store.Tx, enrichment int64, actor string, now time.Time) (store.Quiet, error) {
	return tx.QuietSince(ctx, enrichment, actor, now.Add(-guardWindow).UnixMicro())
}

// NoteQuiet notes what an actor puts into an enrichment unasked.
func NoteQuiet(ctx context.Context, tx *store.Tx, enrichment int64, actor string, q store.Quiet, now time.Time) error {
	return tx.AddQuiet(ctx, enrichment, actor, q, now.UnixMicro(), now.Add(-guardWindow).UnixMicro())
}

// GuardRows is how many rows a change may put into a live enrichment without a
// person being asked about it.
func GuardRows(ctx context.Context, tx *store.Tx) (int64, error) {
	v, ok, err := tx.Setting(ctx, settingGuardRows)
	if err != nil || !ok {
		return defaultGuardRows, err
	}
	return strconv.ParseInt(v, 10, 64)
}
