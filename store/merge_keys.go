package store

import (
	"context"
	"database/sql"
	"slices"
)

// AddOtherKeys marks keys by which rows fill blanks only, because of a merge by a
// person.
func (tx *Tx) AddOtherKeys(ctx context.Context, keys []string, merge int64) error {
	b := NewBatch("text", "bigint")
	for _, k := range slices.Sorted(slices.Values(keys)) {
		b.Add(k, merge)
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO other_keys (key, merge_id) @rows ON CONFLICT (key) DO NOTHING")
	return err
}

// OtherKeys gives those of the keys by which rows fill blanks only.
func (tx *Tx) OtherKeys(ctx context.Context, keys []string) (map[string]bool, error) {
	var some bool
	if err := tx.get(ctx, []any{&some}, "SELECT EXISTS (SELECT 1 FROM other_keys)"); err != nil || !some {
		return nil, err
	}
	b := NewBatch("text").sized(len(keys))
	for _, k := range slices.Sorted(slices.Values(keys)) {
		b.Add(k)
	}
	out := map[string]bool{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var key string
		err := r.Scan(&key)
		out[key] = true
		return err
	}, b, "WITH v(key) AS (@rows) SELECT k.key FROM v JOIN other_keys k ON k.key = v.key")
	return out, err
}

// DivideSharing says who shares keys once a record has come apart from another
// again: of keys that it shared, add gives who has them, remove who has them no
// more. A key that one record alone has then leads to it, one that nobody has
// leads nowhere.
func (tx *Tx) DivideSharing(ctx context.Context, remove, add []MatchKey) error {
	keys := NewBatch("text")
	b := NewBatch("text", "bigint")
	for _, k := range remove {
		keys.Add(k.Key)
		b.Add(k.Key, k.Record)
	}
	for _, k := range add {
		keys.Add(k.Key)
	}
	// Who holds such a key alone by now is among those that share it.
	if _, err := tx.execBatch(ctx, keys, `WITH v(key) AS (@rows) INSERT INTO shared_keys (key, record_id)
		SELECT k.key, k.record_id FROM v JOIN match_keys k ON k.key = v.key WHERE k.record_id <> 0 ON CONFLICT (key, record_id) DO NOTHING`); err != nil {
		return err
	}
	if _, err := tx.execBatch(ctx, b, "WITH v(key, id) AS (@rows) DELETE FROM shared_keys WHERE (key, record_id) IN (SELECT key, id FROM v)"); err != nil {
		return err
	}
	if err := tx.AddSharing(ctx, add); err != nil {
		return err
	}
	for _, text := range []string{
		`WITH v(key) AS (@rows) INSERT INTO match_keys (key, record_id) SELECT DISTINCT v.key, CAST(0 AS BIGINT) FROM v JOIN shared_keys s ON s.key = v.key
			WHERE true ON CONFLICT (key) DO UPDATE SET record_id = 0`,
		`WITH v(key) AS (@rows) UPDATE match_keys SET record_id = (SELECT MIN(s.record_id) FROM shared_keys s WHERE s.key = match_keys.key)
			WHERE key IN (SELECT key FROM v) AND (SELECT count(*) FROM shared_keys s WHERE s.key = match_keys.key) = 1`,
		`WITH v(key) AS (@rows) DELETE FROM shared_keys WHERE key IN (SELECT key FROM v)
			AND EXISTS (SELECT 1 FROM match_keys k WHERE k.key = shared_keys.key AND k.record_id <> 0)`,
	} {
		if _, err := tx.execBatch(ctx, keys, text); err != nil {
			return err
		}
	}
	return nil
}
