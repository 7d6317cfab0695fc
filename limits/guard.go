package limits

import (
	"context"
	"strconv"

	"fettle/store"
)

// defaultGuardRows is how many rows a change may put into a live enrichment
// without being asked about, and settingGuardRows overrides it.
const (
	defaultGuardRows = 100
	settingGuardRows = "guard_rows"
)

// GuardRows is how many rows a change may put into a live enrichment without a
// person being asked about it.
func GuardRows(ctx context.Context, tx *store.Tx) (int64, error) {
	v, ok, err := tx.Setting(ctx, settingGuardRows)
	if err != nil || !ok {
		return defaultGuardRows, err
	}
	return strconv.ParseInt(v, 10, 64)
}
