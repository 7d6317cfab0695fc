package store

import (
	"context"
	"database/sql"
)

// Newcomers gives, of records, those that came with a key of an older one while a
// domain or LinkedIn address of theirs is another: they may be that one with a
// second address, and a person has not decided it. The oldest of the others is the
// first of a record.
func (tx *Tx) Newcomers(ctx context.Context, ids []int64) (map[int64][]Conflict, error) {
	out := map[int64][]Conflict{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var c Conflict
		err := r.Scan(&c.Record, &c.Other, &c.Key, &c.Reason)
		out[c.Record] = append(out[c.Record], c)
		return err
	}, idBatch(ids), `WITH v(id) AS (@rows) SELECT c.record_id, c.other_id, c.key, c.reason FROM v JOIN conflicts c ON c.record_id = v.id
		WHERE c.reason IN ('domain', 'linkedin') AND c.other_id < c.record_id
		AND (EXISTS (SELECT 1 FROM people p WHERE p.id = c.other_id) OR EXISTS (SELECT 1 FROM companies x WHERE x.id = c.other_id))
		AND NOT EXISTS (SELECT 1 FROM duplicates d WHERE d.low_id = c.other_id AND d.high_id = c.record_id AND d.decision = 'apart') ORDER BY c.record_id, c.other_id, c.id`)
	return out, err
}
