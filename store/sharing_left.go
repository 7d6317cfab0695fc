package store

import (
	"context"
	"database/sql"

	"fettle"
)

// SharedWithOthers gives those shared keys of records that are gone which somebody
// who is there has too.
func (tx *Tx) SharedWithOthers(ctx context.Context, gone []int64) ([]MatchKey, error) {
	var out []MatchKey
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k MatchKey
		err := r.Scan(&k.Key, &k.Record)
		out = append(out, k)
		return err
	}, idBatch(gone), `WITH v(id) AS (@rows), mine(key) AS (SELECT DISTINCT s.key FROM v JOIN shared_keys s ON s.record_id = v.id),
		theirs(key) AS (SELECT m.key FROM mine m WHERE EXISTS (SELECT 1 FROM shared_keys o WHERE o.key = m.key
			AND (EXISTS (SELECT 1 FROM people p WHERE p.id = o.record_id) OR EXISTS (SELECT 1 FROM companies c WHERE c.id = o.record_id))))
		SELECT s.key, s.record_id FROM v JOIN shared_keys s ON s.record_id = v.id WHERE s.key IN (SELECT key FROM theirs) ORDER BY s.key, s.record_id`)
	return out, err
}

// LeaveSharing takes records out of those that share keys. A key that one record
// alone has then leads to it; these are given.
func (tx *Tx) LeaveSharing(ctx context.Context, keys []MatchKey) (alone []MatchKey, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	pairs, texts := NewBatch("text", "bigint"), NewBatch("text")
	seen := map[string]bool{}
	for _, k := range keys {
		tx.touch(k.Record)
		pairs.Add(k.Key, k.Record)
		if !seen[k.Key] {
			seen[k.Key] = true
			texts.Add(k.Key)
		}
	}
	if _, err := tx.execBatch(ctx, pairs, "WITH v(key, id) AS (@rows) DELETE FROM shared_keys WHERE (key, record_id) IN (SELECT key, id FROM v)"); err != nil {
		return nil, err
	}
	return tx.leadAlone(ctx, texts)
}

// LeadAlone has those shared keys that one record alone has lead to it: of all that
// there are, or of some. These are given.
func (tx *Tx) LeadAlone(ctx context.Context, some []string) (alone []MatchKey, err error) {
	texts := NewBatch("text").sized(len(some))
	for _, k := range some {
		texts.Add(k)
	}
	if some == nil {
		err = tx.query(ctx, func(r *sql.Rows) error {
			var key string
			err := r.Scan(&key)
			texts.Add(key)
			return err
		}, "SELECT key FROM shared_keys GROUP BY key HAVING count(*) = 1")
		if err != nil {
			return nil, err
		}
	}
	return tx.leadAlone(ctx, texts)
}

func (tx *Tx) leadAlone(ctx context.Context, texts *Batch) (alone []MatchKey, err error) {
	if len(texts.values) == 0 {
		return nil, nil
	}
	// An upsert may be about to share one of them: on PostgreSQL this waits for it.
	if _, err := tx.NextIDs(ctx, SeqRecord, 0); err != nil {
		return nil, err
	}
	_, err = tx.execBatch(ctx, texts, `WITH v(key) AS (@rows) UPDATE match_keys SET record_id = (SELECT MIN(s.record_id) FROM shared_keys s WHERE s.key = match_keys.key)
		WHERE record_id = 0 AND key IN (SELECT key FROM v) AND (SELECT count(*) FROM shared_keys s WHERE s.key = match_keys.key) = 1`)
	if err != nil {
		return nil, err
	}
	err = tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k MatchKey
		err := r.Scan(&k.Key, &k.Record)
		alone = append(alone, k)
		return err
	}, texts, "WITH v(key) AS (@rows) SELECT s.key, s.record_id FROM v JOIN shared_keys s ON s.key = v.key JOIN match_keys k ON k.key = s.key AND k.record_id <> 0")
	if err != nil || len(alone) == 0 {
		return alone, err
	}
	left := NewBatch("text", "bigint")
	for _, k := range alone {
		tx.touch(k.Record)
		left.Add(k.Key, k.Record)
	}
	_, err = tx.execBatch(ctx, left, "WITH v(key, id) AS (@rows) DELETE FROM shared_keys WHERE (key, record_id) IN (SELECT key, id FROM v)")
	return alone, err
}

// DropConflicts forgets up to limit of the conflicts that origins told of and whose
// records do not share the key any more, and tells how many. A pair without another
// conflict, about which nobody decided, leaves the review queue, unless it is a
// likely one.
func (tx *Tx) DropConflicts(ctx context.Context, origins []int64, limit int) (int, error) {
	if len(origins) == 0 {
		return 0, nil
	}
	var ids []int64
	var pairs [][2]int64
	err := tx.query(ctx, func(r *sql.Rows) error {
		var id, record, other int64
		err := r.Scan(&id, &record, &other)
		ids, pairs = append(ids, id), append(pairs, Ordered(record, other))
		return err
	}, `SELECT c.id, c.record_id, c.other_id FROM conflicts c WHERE c.origin_id IN (`+idList(origins)+`)
		AND `+notShared+` LIMIT $1`, limit)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return len(ids), tx.dropConflicts(ctx, ids, pairs)
}

// DropConflictsOf forgets the conflicts of keys that records have no more, unless
// both share the key still.
func (tx *Tx) DropConflictsOf(ctx context.Context, keys []MatchKey) error {
	b := NewBatch("text", "bigint").sized(len(keys))
	for _, k := range keys {
		b.Add(k.Key, k.Record)
	}
	var ids []int64
	var pairs [][2]int64
	for _, side := range []string{"record_id", "other_id"} { // each by its own index
		err := tx.queryBatch(ctx, func(r *sql.Rows) error {
			var id, record, other int64
			err := r.Scan(&id, &record, &other)
			ids, pairs = append(ids, id), append(pairs, Ordered(record, other))
			return err
		}, b, `WITH v(key, id) AS (@rows) SELECT c.id, c.record_id, c.other_id FROM v JOIN conflicts c ON c.`+side+` = v.id AND c.key = v.key WHERE `+notShared)
		if err != nil {
			return err
		}
	}
	return tx.dropConflicts(ctx, ids, pairs)
}

// notShared holds for a conflict whose records do not share its key.
const notShared = `NOT (EXISTS (SELECT 1 FROM shared_keys s WHERE s.key = c.key AND s.record_id = c.record_id)
	AND EXISTS (SELECT 1 FROM shared_keys s WHERE s.key = c.key AND s.record_id = c.other_id))`

// dropConflicts forgets conflicts, and has their pairs leave the review queue.
func (tx *Tx) dropConflicts(ctx context.Context, ids []int64, pairs [][2]int64) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := tx.execBatch(ctx, idBatch(ids), "WITH v(id) AS (@rows) DELETE FROM conflicts WHERE id IN (SELECT id FROM v)"); err != nil {
		return err
	}
	const undecided = ` AND kind = 'conflict' AND state = 'open' AND decision = '' AND NOT EXISTS (SELECT 1 FROM conflicts c
		WHERE (c.record_id = low_id AND c.other_id = high_id) OR (c.record_id = high_id AND c.other_id = low_id))`
	for _, text := range []string{
		"WITH v(low, high) AS (@rows) DELETE FROM duplicates WHERE (low_id, high_id) IN (SELECT low, high FROM v) AND score = 0" + undecided,
		"WITH v(low, high) AS (@rows) UPDATE duplicates SET kind = '" + fettle.DuplicateLikely + "', rank = score WHERE (low_id, high_id) IN (SELECT low, high FROM v)" + undecided,
	} {
		if _, err := tx.execBatch(ctx, pairBatch(pairs), text); err != nil {
			return err
		}
	}
	return nil
}
