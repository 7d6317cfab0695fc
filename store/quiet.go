package store

import (
	"context"
	"time"
)

// Quiet is what somebody put into a live enrichment without anyone being asked.
type Quiet struct {
	Rows   int64 // to buy
	HighUC int64 // their highest price
}

// QuietSince adds up what an actor put into an enrichment since a time, to the
// hour. With "" for the actor it is what anybody did.
func (tx *Tx) QuietSince(ctx context.Context, enrichment int64, actor string, sinceUS int64) (Quiet, error) {
	var q Quiet
	err := tx.get(ctx, []any{&q.Rows, &q.HighUC}, `SELECT COALESCE(SUM(row_count), 0), COALESCE(SUM(high_uc), 0) FROM quiet_entries
		WHERE enrichment_id = $1 AND ($2 = '' OR actor = $2) AND hour_us > $3`, enrichment, actor, sinceUS)
	return q, err
}

// AddQuiet notes what an actor puts into an enrichment, and forgets what is
// older than a time.
func (tx *Tx) AddQuiet(ctx context.Context, enrichment int64, actor string, q Quiet, nowUS, forgetUS int64) error {
	if _, err := tx.exec(ctx, `DELETE FROM quiet_entries WHERE enrichment_id = $1 AND hour_us <= $2`, enrichment, forgetUS); err != nil {
		return err
	}
	_, err := tx.exec(ctx, `INSERT INTO quiet_entries (enrichment_id, actor, hour_us, row_count, high_uc) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (enrichment_id, actor, hour_us) DO UPDATE SET row_count = quiet_entries.row_count + excluded.row_count, high_uc = quiet_entries.high_uc + excluded.high_uc`,
		enrichment, actor, nowUS-nowUS%time.Hour.Microseconds(), q.Rows, q.HighUC)
	return err
}

// DropQuiet forgets what an actor put into an enrichment, since somebody who may
// spend has answered for it; "" for everybody.
func (tx *Tx) DropQuiet(ctx context.Context, enrichment int64, actor string) error {
	_, err := tx.exec(ctx, `DELETE FROM quiet_entries WHERE enrichment_id = $1 AND ($2 = '' OR actor = $2)`, enrichment, actor)
	return err
}
