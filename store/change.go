package store

import (
	"context"
	"database/sql"
	"strings"

	"fettle"
)

// ChangeEvent is one entry of the change log with its origin, for those who
// follow the log or show a record's history.
type ChangeEvent struct {
	LoggedChange

	Entity fettle.Entity
	From   Origin // its zero value if the origin is not known
}

const changeEvents = `SELECT ch.id, ch.record_id, ch.kind, ch.origin_id, ch.attempt_id, ch.actor, ch.at_us, COALESCE(ch.changes, ''), ch.entity,
	COALESCE(o.kind, ''), COALESCE(o.name, ''), COALESCE(o.ref_id, 0), COALESCE(o.version, 0), COALESCE(o.day, ''), COALESCE(o.no_run, FALSE), COALESCE(o.run_id, 0)
	FROM changes ch LEFT JOIN origins o ON o.id = ch.origin_id`

func (tx *Tx) changeEvents(ctx context.Context, where string, args ...any) ([]ChangeEvent, error) {
	var out []ChangeEvent
	err := tx.query(ctx, func(r *sql.Rows) error {
		c, err := scanChange(r)
		out = append(out, c)
		return err
	}, changeEvents+where, args...)
	return out, err
}

func scanChange(r *sql.Rows) (ChangeEvent, error) {
	var c ChangeEvent
	err := r.Scan(&c.ID, &c.Record, &c.Kind, &c.Origin, &c.Attempt, &c.Actor, &c.AtUS, &c.Changes, &c.Entity,
		&c.From.Kind, &c.From.Name, &c.From.RefID, &c.From.Version, &c.From.Day, &c.From.NoRun, &c.From.RunID)
	c.From.ID = c.Origin
	return c, err
}

// ChangesAfter reads the change log from where a reader left it: the first
// entries with an id above cursor. Entries become visible in the order of
// their ids, so none is missed.
func (tx *Tx) ChangesAfter(ctx context.Context, cursor int64, limit int) ([]ChangeEvent, error) {
	return tx.changeEvents(ctx, " WHERE ch.id > $1 ORDER BY ch.id LIMIT $2", cursor, limit)
}

// NewestChange is the id of the newest entry of the change log, 0 if it is
// empty.
func (tx *Tx) NewestChange(ctx context.Context) (int64, error) {
	var id int64
	err := tx.get(ctx, []any{&id}, "SELECT COALESCE(max(id), 0) FROM changes")
	return id, err
}

// History gives what happened to a record and to those that were merged into
// it, newest first. before is the id of the entry to go on from, or 0.
func (tx *Tx) History(ctx context.Context, record, before int64, limit int) ([]ChangeEvent, error) {
	return tx.changeEvents(ctx, ` WHERE ch.record_id IN (
			WITH RECURSIVE m(id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT a.record_id FROM aliases a JOIN m ON a.into_id = m.id)
			SELECT id FROM m)
		AND ch.id < $2 ORDER BY ch.id DESC LIMIT $3`, record, orNewest(before), limit)
}

// ChangesFrom reads the change log from an entry on, of one entity or of all
// for "".
func (tx *Tx) ChangesFrom(ctx context.Context, id int64, entity fettle.Entity, limit int) ([]ChangeEvent, error) {
	return tx.changeEvents(ctx, " WHERE ch.id >= $1 AND ($2 = '' OR ch.entity = $2) ORDER BY ch.id LIMIT $3", id, string(entity), limit)
}

// ChangeAt is when an entry of the change log was written; 0 if there is none,
// or if it was erased.
func (tx *Tx) ChangeAt(ctx context.Context, id int64) (int64, error) {
	var at int64
	err := tx.query(ctx, func(r *sql.Rows) error { return r.Scan(&at) }, "SELECT at_us FROM changes WHERE id = $1", id)
	return at, err
}

// ChangeSince is the id of the first entry of the change log that was written at
// or after a time, and the end of the log where there is none. Entries are
// numbered in the order of their commits, and dated a moment before.
func (tx *Tx) ChangeSince(ctx context.Context, us int64) (int64, error) {
	end, err := tx.NextID(ctx, SeqChange)
	if err != nil {
		return 0, err
	}
	lo, hi := int64(1), end // below lo: earlier; hi: not earlier
	for lo < hi {
		mid := lo + (hi-lo)/2
		id, at := end, int64(0)
		err := tx.query(ctx, func(r *sql.Rows) error { return r.Scan(&id, &at) },
			"SELECT id, at_us FROM changes WHERE id >= $1 ORDER BY id LIMIT 1", mid)
		if err != nil {
			return 0, err
		}
		switch {
		case id >= end || at >= us:
			hi = mid
		default:
			lo = id + 1
		}
	}
	return lo, nil
}

// LogWithOrigins gives the entries of records with their origins, oldest first,
// by the id that a record had then.
func (tx *Tx) LogWithOrigins(ctx context.Context, ids []int64) (map[int64][]ChangeEvent, error) {
	out := map[int64][]ChangeEvent{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		c, err := scanChange(r)
		out[c.Record] = append(out[c.Record], c)
		return err
	}, idBatch(ids), "WITH v(vid) AS (@rows) "+changeEvents+" WHERE ch.record_id IN (SELECT vid FROM v) ORDER BY ch.id")
	return out, err
}

// NewestLog gives the newest n entries of records with their origins, oldest
// first.
func (tx *Tx) NewestLog(ctx context.Context, ids []int64, n int) (map[int64][]ChangeEvent, error) {
	out := map[int64][]ChangeEvent{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		c, err := scanChange(r)
		out[c.Record] = append(out[c.Record], c)
		return err
	}, idBatch(ids), "WITH v(vid) AS (@rows), f(fid, first) AS (SELECT vid, COALESCE((SELECT x.id FROM changes x WHERE x.record_id = vid ORDER BY x.id DESC LIMIT 1 OFFSET $1), 0) FROM v) "+
		strings.Replace(changeEvents, "FROM changes ch", "FROM f JOIN changes ch ON ch.record_id = fid AND ch.id >= first", 1)+" ORDER BY ch.id", n-1)
	return out, err
}
