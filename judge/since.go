package judge

import (
	"context"
	"strconv"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// settingOpen holds, with an enrichment's id, from when on spans of time are open
// in its audiences, in microseconds: the beginning of its last pause. Who left
// while it was paused, and only because a time ran out, is still in.
const settingOpen = "open_since:"

// OpenSince is from when on spans of time are open for an enrichment's rows. It is
// zero where they are not.
func OpenSince(ctx context.Context, tx *store.Tx, id int64) (time.Time, error) {
	v, ok, err := tx.Setting(ctx, settingOpen+strconv.FormatInt(id, 10))
	if err != nil || !ok || v == "" {
		return time.Time{}, err
	}
	us, err := strconv.ParseInt(v, 10, 64)
	return time.UnixMicro(us).UTC(), err
}

// Open leaves spans of time open from a moment on; its zero value closes them.
func Open(ctx context.Context, tx *store.Tx, id int64, since time.Time) error {
	v := ""
	if !since.IsZero() {
		v = strconv.FormatInt(since.UnixMicro(), 10)
	}
	return tx.PutSetting(ctx, settingOpen+strconv.FormatInt(id, 10), v)
}

// Members is the membership of an enrichment's audiences, with those who are still
// in because spans of time are open: Where has both, Now only the others.
type Members struct {
	Membership

	Now     expr.Fragment
	Expired bool // spans of time are open, so that Where may have more than Now
}

// Gone is the filter of those whose time ran out while the enrichment was paused.
func (m Members) Gone() expr.Fragment {
	not := m.Now
	not.Text = "NOT (" + not.Text + ")"
	return expr.All(m.Where, not)
}

// MembersOf is who is in an enrichment's audiences.
func (jd *Judge) MembersOf(ctx context.Context, tx *store.Tx, id int64, entity fettle.Entity, names []string) (Members, error) {
	now, err := jd.Membership(ctx, tx, entity, names)
	if err != nil || !now.Timed {
		return Members{Membership: now, Now: now.Where}, err
	}
	since, err := OpenSince(ctx, tx, id)
	if err != nil || since.IsZero() {
		return Members{Membership: now, Now: now.Where}, err
	}
	open, err := jd.membership(ctx, tx, entity, names, since)
	return Members{Membership: open, Now: now.Where, Expired: true}, err
}
