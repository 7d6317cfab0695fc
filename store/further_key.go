package store

import (
	"context"
	"database/sql"
)

// AddFurtherKeys writes down who gave records keys beside their values.
func (tx *Tx) AddFurtherKeys(ctx context.Context, keys []MatchKey, origin int64) error {
	_, err := tx.execBatch(ctx, furtherBatch(keys, origin), "INSERT INTO further_keys (key, record_id, origin_id) @rows ON CONFLICT (key, record_id, origin_id) DO NOTHING")
	return err
}

// SayFurtherKeys writes down who else says so, of keys that records have beside
// their values. Of other keys it takes no note.
func (tx *Tx) SayFurtherKeys(ctx context.Context, keys []MatchKey, origin int64) error {
	_, err := tx.execBatch(ctx, furtherBatch(keys, origin), `WITH v(key, id, origin) AS (@rows) INSERT INTO further_keys (key, record_id, origin_id)
		SELECT v.key, v.id, v.origin FROM v WHERE EXISTS (SELECT 1 FROM further_keys f WHERE f.key = v.key AND f.record_id = v.id)
		ON CONFLICT (key, record_id, origin_id) DO NOTHING`)
	return err
}

func furtherBatch(keys []MatchKey, origin int64) *Batch {
	b := NewBatch("text", "bigint", "bigint").sized(len(keys))
	for _, k := range keys {
		b.Add(k.Key, k.Record, origin)
	}
	return b
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
