package store

import (
	"context"
	"database/sql"
)

// saidAgain has a key that is given once more stand for no one transaction.
const saidAgain = ` ON CONFLICT (key, record_id, origin_id) DO UPDATE SET change_id = 0 WHERE further_keys.change_id <> excluded.change_id`

// AddFurtherKeys writes down who gave records keys beside their values, and with
// which entry of the change log the transaction begins; 0 where that is not asked.
func (tx *Tx) AddFurtherKeys(ctx context.Context, keys []MatchKey, origin, change int64) error {
	_, err := tx.execBatch(ctx, furtherBatch(keys, origin, change), "INSERT INTO further_keys (key, record_id, origin_id, change_id) @rows"+saidAgain)
	return err
}

// SayFurtherKeys writes down who else says so, of keys that records have beside
// their values. Of other keys it takes no note.
func (tx *Tx) SayFurtherKeys(ctx context.Context, keys []MatchKey, origin, change int64) error {
	_, err := tx.execBatch(ctx, furtherBatch(keys, origin, change), `WITH v(key, id, origin, change) AS (@rows) INSERT INTO further_keys (key, record_id, origin_id, change_id)
		SELECT v.key, v.id, v.origin, v.change FROM v WHERE EXISTS (SELECT 1 FROM further_keys f WHERE f.key = v.key AND f.record_id = v.id)`+saidAgain)
	return err
}

func furtherBatch(keys []MatchKey, origin, change int64) *Batch {
	b := NewBatch("text", "bigint", "bigint", "bigint").sized(len(keys))
	seen := make(map[MatchKey]bool, len(keys))
	for _, k := range keys {
		if !seen[k] { // a statement may not write a row twice
			seen[k] = true
			b.Add(k.Key, k.Record, origin, change)
		}
	}
	return b
}

// TakeFurtherKeysSent takes back up to limit keys that some transactions, and nobody
// since, gave to records beside their values: those of the origins and of an actor
// whose first entry of the change log is from first on and below end. Records that
// these made keep theirs. It gives them.
func (tx *Tx) TakeFurtherKeysSent(ctx context.Context, origins []int64, actor string, first, end int64, limit int) ([]MatchKey, error) {
	if len(origins) == 0 {
		return nil, nil
	}
	in := idList(origins)
	var out []MatchKey
	err := tx.query(ctx, func(r *sql.Rows) error {
		var k MatchKey
		err := r.Scan(&k.Key, &k.Record)
		out = append(out, k)
		return err
	}, `SELECT f.key, f.record_id FROM further_keys f JOIN changes c ON c.id = f.change_id
		WHERE f.origin_id IN (`+in+`) AND f.change_id >= $1 AND f.change_id < $2 AND (c.actor = $3 OR $3 = '')
		AND NOT EXISTS (SELECT 1 FROM changes m WHERE m.record_id = f.record_id AND m.kind = 'create' AND m.id >= $1 AND m.id < $2 AND m.origin_id IN (`+in+`))
		ORDER BY f.key, f.record_id LIMIT $4`, first, end, actor, limit)
	if err != nil || len(out) == 0 {
		return nil, err
	}
	b := NewBatch("text", "bigint").sized(len(out))
	for _, k := range out {
		b.Add(k.Key, k.Record)
	}
	_, err = tx.execBatch(ctx, b, "WITH v(key, id) AS (@rows) DELETE FROM further_keys WHERE change_id >= $1 AND change_id < $2 AND origin_id IN ("+in+
		") AND (key, record_id) IN (SELECT key, id FROM v)", first, end)
	return out, err
}

// FurtherKeysBy gives keys that an origin gave to records beside their values.
func (tx *Tx) FurtherKeysBy(ctx context.Context, origin int64, limit int) ([]MatchKey, error) {
	var out []MatchKey
	err := tx.query(ctx, func(r *sql.Rows) error {
		var k MatchKey
		err := r.Scan(&k.Key, &k.Record)
		out = append(out, k)
		return err
	}, "SELECT key, record_id FROM further_keys WHERE origin_id = $1 ORDER BY key, record_id LIMIT $2", origin, limit)
	return out, err
}

// FurtherKeys gives those of the keys that others than the origins gave to their
// records beside their values.
func (tx *Tx) FurtherKeys(ctx context.Context, keys []MatchKey, but map[int64]bool) (map[MatchKey]bool, error) {
	b := NewBatch("text", "bigint").sized(len(keys))
	for _, k := range keys {
		b.Add(k.Key, k.Record)
	}
	out := map[MatchKey]bool{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k MatchKey
		var origin int64
		err := r.Scan(&k.Key, &k.Record, &origin)
		if !but[origin] {
			out[k] = true
		}
		return err
	}, b, "WITH v(key, id) AS (@rows) SELECT f.key, f.record_id, f.origin_id FROM v JOIN further_keys f ON f.key = v.key AND f.record_id = v.id")
	return out, err
}

// RemoveFurtherKeys forgets that an origin gave keys to records.
func (tx *Tx) RemoveFurtherKeys(ctx context.Context, keys []MatchKey, origin int64) error {
	b := NewBatch("text", "bigint")
	for _, k := range keys {
		b.Add(k.Key, k.Record)
	}
	_, err := tx.execBatch(ctx, b, "WITH v(key, id) AS (@rows) DELETE FROM further_keys WHERE origin_id = $1 AND (key, record_id) IN (SELECT key, id FROM v)", origin)
	return err
}
