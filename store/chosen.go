package store

import (
	"context"
	"database/sql"

	"fettle"
)

// CountOf counts those of the ids that are records of the entity, and how many of
// them are kept from being enriched.
func (tx *Tx) CountOf(ctx context.Context, entity fettle.Entity, ids []int64) (found, suppressed int64, err error) {
	err = tx.queryBatch(ctx, func(r *sql.Rows) error { // a row of sums for each part of the batch
		var n, s int64
		err := r.Scan(&n, &s)
		found, suppressed = found+n, suppressed+s
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT COUNT(*), COALESCE(SUM(CASE WHEN r.suppressed THEN 1 ELSE 0 END), 0) FROM v JOIN "+table(entity)+" r ON r.id = v.id")
	return found, suppressed, err
}

// BoughtOf counts the values in records that were bought.
func (tx *Tx) BoughtOf(ctx context.Context, ids []int64) (n int64, err error) {
	err = tx.queryBatch(ctx, func(r *sql.Rows) error {
		var part int64
		err := r.Scan(&part)
		n += part
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT COUNT(*) FROM v JOIN cells c ON c.record_id = v.id WHERE c.bought_at_us > 0")
	return n, err
}
