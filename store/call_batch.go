package store

import (
	"context"
	"database/sql"
)

// PutBatches notes which calls leave in one request, in their order.
func (tx *Tx) PutBatches(ctx context.Context, batches [][]int64) error {
	b := NewBatch("bigint", "bigint")
	for _, calls := range batches {
		for _, id := range calls {
			b.Add(id, calls[0])
		}
	}
	_, err := tx.execBatch(ctx, b, `WITH v(a, b) AS (@rows) INSERT INTO batch_calls (attempt_id, batch_id) SELECT a, b FROM v`)
	return err
}

// BatchesOf gives, by the first of its calls, all calls of the requests in which
// some calls left with others.
func (tx *Tx) BatchesOf(ctx context.Context, calls []int64) (map[int64][]int64, error) {
	out := map[int64][]int64{}
	seen := map[int64]bool{} // a list is asked for in parts, of which several may be about one request
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var batch, call int64
		if err := r.Scan(&batch, &call); err != nil || seen[call] {
			return err
		}
		seen[call] = true
		out[batch] = append(out[batch], call)
		return nil
	}, idBatch(calls), `WITH v(id) AS (@rows) SELECT b.batch_id, b.attempt_id FROM batch_calls b
		WHERE b.batch_id IN (SELECT o.batch_id FROM v JOIN batch_calls o ON o.attempt_id = v.id) ORDER BY b.attempt_id`)
	return out, err
}

// RefusedKey names an operation's call about a record.
type RefusedKey struct {
	RecordID  int64
	Operation string
}

// RefusedTogether gives, of records whose last call was refused, with how many
// others it was at the most: how many calls its request held, 1 for one that was
// refused alone. A call that was not made, or not taken, says nothing.
func (tx *Tx) RefusedTogether(ctx context.Context, records []int64) (map[RefusedKey]int, error) {
	out := map[RefusedKey]int{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k RefusedKey
		var size int
		if err := r.Scan(&k.RecordID, &k.Operation, &size); err != nil {
			return err
		}
		if out[k] = size; size == 0 {
			delete(out, k)
		}
		return nil
	}, idBatch(records), `WITH v(id) AS (@rows) SELECT a.record_id, a.operation,
		CASE WHEN a.state = 'released' THEN (SELECT COUNT(*) FROM batch_calls n WHERE n.batch_id = (SELECT c.batch_id FROM batch_calls c WHERE c.attempt_id = a.id))
			WHEN a.outcome = 'bad_input' THEN 1 ELSE 0 END
		FROM v JOIN attempts a ON a.record_id = v.id
		WHERE a.state NOT IN ('released', 'reserved') OR (a.state = 'released' AND a.outcome IN ('bad_input', 'failed')) ORDER BY a.id`)
	return out, err
}
