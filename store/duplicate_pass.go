package store

import (
	"context"
	"database/sql"

	"fettle"
)

// DropDuplicates forgets what a pass did not see any more: likely pairs and
// records that may be several, that nobody has decided.
func (tx *Tx) DropDuplicates(ctx context.Context, entity fettle.Entity, pass int64) error {
	_, err := tx.exec(ctx, "DELETE FROM duplicates WHERE entity = $1 AND pass < $2 AND state = 'open' AND kind IN ('likely', 'split')", string(entity), pass)
	if err != nil {
		return err
	}
	// A conflict that is no likely pair any more stays, without the likeness.
	_, err = tx.exec(ctx, "UPDATE duplicates SET score = 0, rank = 1000, reasons = '[]' WHERE entity = $1 AND pass < $2 AND kind = 'conflict' AND score > 0",
		string(entity), pass)
	return err
}

// RaiseDuplicates opens decided pairs again.
func (tx *Tx) RaiseDuplicates(ctx context.Context, pairs [][2]int64) error {
	_, err := tx.execBatch(ctx, pairBatch(pairs), `WITH v(low, high) AS (@rows) UPDATE duplicates SET state = 'open', again = TRUE FROM v
		WHERE duplicates.low_id = v.low AND duplicates.high_id = v.high`)
	return err
}

// DecidedDuplicates gives decided pairs behind a pair, in their order.
func (tx *Tx) DecidedDuplicates(ctx context.Context, entity fettle.Entity, after [2]int64, limit int) ([]Duplicate, error) {
	var out []Duplicate
	err := tx.query(ctx, func(r *sql.Rows) error {
		var d Duplicate
		err := r.Scan(scanDuplicate(&d)...)
		out = append(out, d)
		return err
	}, "SELECT "+duplicateColumns+` FROM duplicates d WHERE d.entity = $1 AND d.state <> 'open' AND (d.low_id > $2 OR (d.low_id = $2 AND d.high_id > $3))
		ORDER BY d.low_id, d.high_id LIMIT $4`, string(entity), after[0], after[1], limit)
	return out, err
}

// LikelyDuplicates counts the pairs that a pass found to be likely.
func (tx *Tx) LikelyDuplicates(ctx context.Context, entity fettle.Entity, pass int64) (int64, error) {
	var n int64
	err := tx.get(ctx, []any{&n}, "SELECT count(*) FROM duplicates WHERE entity = $1 AND pass = $2 AND high_id > 0 AND score > 0", string(entity), pass)
	return n, err
}

// LastRecord is the highest id of an entity's records.
func (tx *Tx) LastRecord(ctx context.Context, entity fettle.Entity) (int64, error) {
	var id int64
	err := tx.get(ctx, []any{&id}, "SELECT COALESCE(max(id), 0) FROM "+table(entity))
	return id, err
}

// ForgetSplit takes a record from those that may be several.
func (tx *Tx) ForgetSplit(ctx context.Context, record int64) error {
	_, err := tx.exec(ctx, "DELETE FROM duplicates WHERE low_id = $1 AND high_id = 0", record)
	return err
}
