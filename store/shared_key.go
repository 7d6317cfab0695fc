package store

import (
	"context"
	"database/sql"
	"slices"

	"fettle"
)

// NoRecord is where a match key leads that several records share.
const NoRecord = int64(0)

// ShareKeys makes keys lead to no record from now on.
func (tx *Tx) ShareKeys(ctx context.Context, keys []string) error {
	b := NewBatch("text", "bigint").sized(len(keys))
	for _, k := range slices.Sorted(slices.Values(keys)) {
		b.Add(k, NoRecord)
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO match_keys (key, record_id) @rows ON CONFLICT (key) DO UPDATE SET record_id = 0")
	return err
}

// FirstSharing gives, of each key that records share, the oldest of them.
func (tx *Tx) FirstSharing(ctx context.Context, keys []string) (map[string]int64, error) {
	return tx.byKey(ctx, keys, "WITH v(key) AS (@rows) SELECT v.key, MIN(s.record_id) FROM v JOIN shared_keys s ON s.key = v.key GROUP BY v.key")
}

// Sharing gives those of the keys that their records share already.
func (tx *Tx) Sharing(ctx context.Context, keys []MatchKey) (map[MatchKey]bool, error) {
	b := NewBatch("text", "bigint").sized(len(keys))
	for _, k := range keys {
		b.Add(k.Key, k.Record)
	}
	out := map[MatchKey]bool{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k MatchKey
		err := r.Scan(&k.Key, &k.Record)
		out[k] = true
		return err
	}, b, "WITH v(key, id) AS (@rows) SELECT s.key, s.record_id FROM v JOIN shared_keys s ON s.key = v.key AND s.record_id = v.id")
	return out, err
}

// SharedBy gives the keys that records share with others.
func (tx *Tx) SharedBy(ctx context.Context, ids []int64) (map[int64][]string, error) {
	out := map[int64][]string{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k MatchKey
		err := r.Scan(&k.Key, &k.Record)
		out[k.Record] = append(out[k.Record], k.Key)
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT s.key, s.record_id FROM v JOIN shared_keys s ON s.record_id = v.id ORDER BY s.key")
	return out, err
}

// HowManyShare gives, of each key that records share, how many of those there
// are.
func (tx *Tx) HowManyShare(ctx context.Context, keys []string) (map[string]int64, error) {
	return tx.byKey(ctx, keys, `WITH v(key) AS (@rows) SELECT s.key, count(*) FROM v JOIN shared_keys s ON s.key = v.key
		WHERE EXISTS (SELECT 1 FROM people p WHERE p.id = s.record_id) OR EXISTS (SELECT 1 FROM companies c WHERE c.id = s.record_id) GROUP BY s.key`)
}

// AddSharing writes down which records share keys. What was judged about them
// before holds no more: a question that is made of the key may not be asked now.
func (tx *Tx) AddSharing(ctx context.Context, keys []MatchKey) error {
	b := NewBatch("text", "bigint").sized(len(keys))
	for _, k := range keys {
		tx.touch(k.Record)
		b.Add(k.Key, k.Record)
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO shared_keys (key, record_id) @rows ON CONFLICT (key, record_id) DO NOTHING")
	return err
}

// MoveSharing gives the shared keys of records to others: of pairs (from, to). A
// key that only the other one has then is shared no more, and leads to it.
func (tx *Tx) MoveSharing(ctx context.Context, pairs [][2]int64) error {
	for _, text := range []string{
		`WITH v(old, new) AS (@rows) INSERT INTO shared_keys (key, record_id) SELECT s.key, v.new FROM v JOIN shared_keys s ON s.record_id = v.old
			WHERE true ON CONFLICT (key, record_id) DO NOTHING`,
		"WITH v(old, new) AS (@rows) DELETE FROM shared_keys WHERE record_id IN (SELECT old FROM v)",
		`WITH v(old, new) AS (@rows) UPDATE match_keys SET record_id = (SELECT MIN(s.record_id) FROM shared_keys s WHERE s.key = match_keys.key)
			WHERE record_id = 0 AND key IN (SELECT s.key FROM v JOIN shared_keys s ON s.record_id = v.new)
			AND (SELECT count(*) FROM shared_keys s WHERE s.key = match_keys.key) = 1`,
		`WITH v(old, new) AS (@rows) DELETE FROM shared_keys WHERE record_id IN (SELECT new FROM v)
			AND EXISTS (SELECT 1 FROM match_keys k WHERE k.key = shared_keys.key AND k.record_id <> 0)`,
	} {
		if _, err := tx.execBatch(ctx, pairBatch(pairs), text); err != nil {
			return err
		}
	}
	return nil
}

// forgetSharing takes records out of those that share keys. A key that nobody
// has any more goes, one that one record alone has then leads to it: these are given.
func (tx *Tx) forgetSharing(ctx context.Context, ids []int64) (alone []MatchKey, err error) {
	keys := NewBatch("text")
	err = tx.queryBatch(ctx, func(r *sql.Rows) error {
		var key string
		err := r.Scan(&key)
		keys.Add(key)
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT s.key FROM v JOIN shared_keys s ON s.record_id = v.id")
	if err != nil {
		return nil, err
	}
	if _, err := tx.execBatch(ctx, idBatch(ids), "WITH v(id) AS (@rows) DELETE FROM shared_keys WHERE record_id IN (SELECT id FROM v)"); err != nil {
		return nil, err
	}
	_, err = tx.execBatch(ctx, keys, `WITH v(key) AS (@rows) DELETE FROM match_keys WHERE key IN (SELECT key FROM v) AND record_id = 0
		AND NOT EXISTS (SELECT 1 FROM shared_keys s WHERE s.key = match_keys.key)`)
	if err != nil {
		return nil, err
	}
	return tx.leadAlone(ctx, keys)
}

// ConflictRow is a conflict as it is kept.
type ConflictRow struct {
	Conflict
	ID        int64
	Name      string // of the record
	OtherName string
	Source    string
	AtUS      int64
}

// Conflicts lists the conflicts between records that are there, newest first,
// with an id below before (0: all).
func (tx *Tx) Conflicts(ctx context.Context, entity fettle.Entity, before int64, limit int) ([]ConflictRow, error) {
	var out []ConflictRow
	err := tx.query(ctx, func(r *sql.Rows) error {
		var c ConflictRow
		var source, name, other sql.NullString
		err := r.Scan(&c.ID, &c.Record, &c.Other, &c.Key, &c.Reason, &source, &c.AtUS, &name, &other)
		c.Source, c.Name, c.OtherName = source.String, name.String, other.String
		out = append(out, c)
		return err
	}, `SELECT c.id, c.record_id, c.other_id, c.key, c.reason, o.name, c.at_us, a.name, b.name FROM conflicts c
		JOIN `+table(entity)+` a ON a.id = c.record_id JOIN `+table(entity)+` b ON b.id = c.other_id LEFT JOIN origins o ON o.id = c.origin_id
		WHERE c.entity = $1 AND (c.id < $2 OR $2 = 0) ORDER BY c.id DESC LIMIT $3`, string(entity), before, limit)
	return out, err
}

// Sharers gives who shares keys, at most so many of them.
func (tx *Tx) Sharers(ctx context.Context, keys []string, limit int) ([]MatchKey, error) {
	b := NewBatch("text").sized(len(keys))
	for _, k := range keys {
		b.Add(k)
	}
	var out []MatchKey
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k MatchKey
		err := r.Scan(&k.Key, &k.Record)
		out = append(out, k)
		return err
	}, b, "WITH v(key) AS (@rows) SELECT s.key, s.record_id FROM v JOIN shared_keys s ON s.key = v.key LIMIT $1", limit)
	return out, err
}
