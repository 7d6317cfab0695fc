package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"
)

// MatchKey is one normalised identifier of a record. Match keys outlive their
// record: who comes back with the same key is the same record again.
type MatchKey struct {
	Key    string
	Record int64
}

// MatchKeys gives the records that hold the keys; keys that nobody holds are
// absent. The record need not exist any more.
func (tx *Tx) MatchKeys(ctx context.Context, keys []string) (map[string]int64, error) {
	return tx.byKey(ctx, keys, "WITH v(key) AS (@rows) SELECT k.key, k.record_id FROM v JOIN match_keys k ON k.key = v.key")
}

// byKey runs a query of keys, v(key), that gives a number for some of them.
func (tx *Tx) byKey(ctx context.Context, keys []string, text string) (map[string]int64, error) {
	b := NewBatch("text").sized(len(keys))
	for _, k := range slices.Sorted(slices.Values(keys)) { // neighbours lie on one page
		b.Add(k)
	}
	out := make(map[string]int64, len(keys))
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var key string
		var n int64
		err := r.Scan(&key, &n)
		out[key] = n
		return err
	}, b, text)
	return out, err
}

// AddMatchKeys gives the keys to their records. A key that is held already
// stays where it is; added is the number of those that were free.
func (tx *Tx) AddMatchKeys(ctx context.Context, keys []MatchKey) (added int64, err error) {
	b := NewBatch("text", "bigint").sized(len(keys))
	for _, k := range slices.SortedFunc(slices.Values(keys), func(a, b MatchKey) int { return strings.Compare(a.Key, b.Key) }) {
		b.Add(k.Key, k.Record)
	}
	return tx.execBatch(ctx, b, "INSERT INTO match_keys (key, record_id) @rows ON CONFLICT (key) DO NOTHING")
}

// KeysOf gives all match keys of the records.
func (tx *Tx) KeysOf(ctx context.Context, ids []int64) (map[int64][]string, error) {
	out := make(map[int64][]string, len(ids))
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k MatchKey
		err := r.Scan(&k.Key, &k.Record)
		out[k.Record] = append(out[k.Record], k.Key)
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT k.key, k.record_id FROM match_keys k WHERE k.record_id IN (SELECT id FROM v) ORDER BY k.key")
	return out, err
}

// MoveMatchKeys moves keys from one record to another; those that the record
// does not hold stay where they are.
func (tx *Tx) MoveMatchKeys(ctx context.Context, from int64, keys []MatchKey) error {
	b := NewBatch("text", "bigint")
	for _, k := range keys {
		b.Add(k.Key, k.Record)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(key, id) AS (@rows)
		UPDATE match_keys SET record_id = v.id FROM v WHERE match_keys.key = v.key AND match_keys.record_id = $1`, from)
	return err
}

// RemoveMatchKeys takes keys away from records that hold them.
func (tx *Tx) RemoveMatchKeys(ctx context.Context, keys []MatchKey) error {
	b := NewBatch("text", "bigint")
	for _, k := range keys {
		b.Add(k.Key, k.Record)
	}
	_, err := tx.execBatch(ctx, b, "WITH v(key, id) AS (@rows) DELETE FROM match_keys WHERE (key, record_id) IN (SELECT key, id FROM v)")
	return err
}

// MoveKeysOf moves all match keys of records: of pairs (from, to).
func (tx *Tx) MoveKeysOf(ctx context.Context, pairs [][2]int64) error {
	_, err := tx.execBatch(ctx, pairBatch(pairs), "WITH v(old, new) AS (@rows) UPDATE match_keys SET record_id = v.new FROM v WHERE match_keys.record_id = v.old")
	return err
}

// idBatch is a batch of one column of ids.
func idBatch(ids []int64) *Batch {
	b := NewBatch("bigint").sized(len(ids))
	for _, id := range ids {
		b.Add(id)
	}
	return b
}

// pairBatch is a batch of two columns of ids.
func pairBatch(pairs [][2]int64) *Batch {
	b := NewBatch("bigint", "bigint")
	for _, p := range pairs {
		b.Add(p[0], p[1])
	}
	return b
}
