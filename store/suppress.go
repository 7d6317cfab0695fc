package store

import (
	"context"
	"database/sql"
	"fmt"

	"fettle"
)

// Suppressed gives those among the records that must not be enriched, whether
// or not they exist.
func (tx *Tx) Suppressed(ctx context.Context, ids []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		out[id] = true
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT record_id FROM suppressions WHERE record_id IN (SELECT id FROM v)")
	return out, err
}

// Suppress marks records as not to be enriched, or takes the mark away. It
// outlives the deletion of the record.
func (tx *Tx) Suppress(ctx context.Context, entity fettle.Entity, ids []int64, on bool, actor string, atUS int64) error {
	tx.touchAll(ids)
	text := "WITH v(id) AS (@rows) DELETE FROM suppressions WHERE record_id IN (SELECT id FROM v)"
	args := []any(nil)
	if on {
		text = `WITH v(id) AS (@rows) INSERT INTO suppressions (record_id, actor, at_us) SELECT id, $1, CAST($2 AS BIGINT) FROM v WHERE true
			ON CONFLICT (record_id) DO NOTHING`
		args = []any{actor, atUS}
	}
	if _, err := tx.execBatch(ctx, idBatch(ids), text, args...); err != nil {
		return err
	}
	_, err := tx.execBatch(ctx, idBatch(ids), fmt.Sprintf("WITH v(id) AS (@rows) UPDATE %s SET suppressed = $1 WHERE id IN (SELECT id FROM v)", table(entity)), on)
	return err
}
