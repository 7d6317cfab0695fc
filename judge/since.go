package judge

import (
	"context"
	"strconv"
	"time"

	"fettle/store"
)

// The settings that hold, with an enrichment's id, when its pause began, and from
// when on spans of time are open in its audiences: who left while it was paused,
// and only because a time ran out, is still in.
const (
	settingPaused = "paused_at:"
	settingOpen   = "open_since:"
)

func timeSetting(ctx context.Context, tx *store.Tx, key string, id int64) (time.Time, error) {
	v, ok, err := tx.Setting(ctx, key+strconv.FormatInt(id, 10))
	if err != nil || !ok || v == "" || v == "0" {
		return time.Time{}, err
	}
	us, err := strconv.ParseInt(v, 10, 64)
	return time.UnixMicro(us).UTC(), err
}

// OpenSince is from when on spans of time are open for an enrichment's rows: the
// beginning of its last pause. It is zero where they are not.
func OpenSince(ctx context.Context, tx *store.Tx, id int64) (time.Time, error) {
	return timeSetting(ctx, tx, settingOpen, id)
}
