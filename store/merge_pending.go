package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"fettle"
)

// PendingMerge is a merge that waits until calls have landed.
type PendingMerge struct {
	Survivor int64
	Loser    int64
	Entity   fettle.Entity
	Origin   int64
	Actor    string
	AtUS     int64
	ByPerson bool
	Take     []string // the fields in which the loser's value wins
	Failure  string   // why it could not be made, the last time
}

const pendingColumns = "survivor_id, loser_id, entity, origin_id, actor, at_us, by_person, take, failure"

func scanPendingMerge(out *[]PendingMerge) func(*sql.Rows) error {
	return func(r *sql.Rows) error {
		var p PendingMerge
		var take string
		if err := r.Scan(&p.Survivor, &p.Loser, &p.Entity, &p.Origin, &p.Actor, &p.AtUS, &p.ByPerson, &take, &p.Failure); err != nil {
			return err
		}
		*out = append(*out, p)
		return json.Unmarshal([]byte(take), &(*out)[len(*out)-1].Take)
	}
}

// DueInput says which merges that were put off are asked for.
type DueInput struct {
	Limit int
	NowUS int64    // those that failed come again when their time has come
	Pair  [2]int64 // survivor and loser; zero is all
}

// AddPendingMerges puts merges off.
func (tx *Tx) AddPendingMerges(ctx context.Context, pending []PendingMerge) error {
	b := NewBatch("bigint", "bigint", "text", "bigint", "text", "bigint", "boolean", "text")
	for _, p := range pending {
		take, err := json.Marshal(p.Take)
		if err != nil {
			return err
		}
		b.Add(p.Survivor, p.Loser, string(p.Entity), p.Origin, p.Actor, p.AtUS, p.ByPerson, string(take))
	}
	_, err := tx.execBatch(ctx, b, `INSERT INTO pending_merges (survivor_id, loser_id, entity, origin_id, actor, at_us, by_person, take) @rows
		ON CONFLICT (survivor_id, loser_id) DO UPDATE SET origin_id = excluded.origin_id, actor = excluded.actor, by_person = excluded.by_person, take = excluded.take,
			retry_us = 0, failure = ''
		WHERE excluded.by_person`)
	return err
}

// DueMerges gives merges that were put off and whose records have no call in
// flight any more. On PostgreSQL those that another process makes or takes back
// are passed over.
func (tx *Tx) DueMerges(ctx context.Context, in DueInput) ([]PendingMerge, error) {
	var out []PendingMerge
	lock := tx.db.d.skipLocked
	if tx.ro {
		lock = "" // only looked at
	}
	err := tx.query(ctx, scanPendingMerge(&out), `SELECT `+pendingColumns+` FROM pending_merges m
		WHERE NOT EXISTS (SELECT 1 FROM cells c WHERE c.record_id IN (m.survivor_id, m.loser_id) AND c.hold = 'running')
		AND NOT EXISTS (SELECT 1 FROM enrichment_rows e WHERE e.record_id IN (m.survivor_id, m.loser_id) AND e.state = 'running')
		AND retry_us <= $2 AND (survivor_id = $3 AND loser_id = $4 OR $3 = 0)
		ORDER BY survivor_id, loser_id LIMIT $1`+lock, in.Limit, in.NowUS, in.Pair[0], in.Pair[1])
	return out, err
}

// FailMerge writes down why a merge that was put off could not be made, and when
// it is tried again.
func (tx *Tx) FailMerge(ctx context.Context, pair [2]int64, failure string, retryUS int64) error {
	_, err := tx.exec(ctx, "UPDATE pending_merges SET failure = $3, retry_us = $4 WHERE survivor_id = $1 AND loser_id = $2", pair[0], pair[1], failure, retryUS)
	return err
}

// WaitingMerges lists merges that wait, the newest first, of one record or (0) of
// all.
func (tx *Tx) WaitingMerges(ctx context.Context, record int64, limit int) ([]PendingMerge, error) {
	var out []PendingMerge
	err := tx.query(ctx, scanPendingMerge(&out), `SELECT `+pendingColumns+` FROM pending_merges
		WHERE survivor_id = $1 OR loser_id = $1 OR $1 = 0 ORDER BY at_us DESC, survivor_id, loser_id LIMIT $2`, record, limit)
	return out, err
}

// DropMergesOf forgets the merges that were put off and that one of the origins
// asked for.
func (tx *Tx) DropMergesOf(ctx context.Context, origins []int64) error {
	_, err := tx.execBatch(ctx, idBatch(origins), "WITH v(id) AS (@rows) DELETE FROM pending_merges WHERE origin_id IN (SELECT id FROM v)")
	return err
}

// DropMergesBetween forgets the merges that were put off between two records,
// whichever of their ids they go by.
func (tx *Tx) DropMergesBetween(ctx context.Context, a, b int64) error {
	into, err := tx.AliasesInto(ctx, []int64{a, b})
	if err != nil {
		return err
	}
	var pairs [][2]int64
	for _, one := range append(into[a], a) {
		for _, other := range append(into[b], b) {
			pairs = append(pairs, [2]int64{one, other}, [2]int64{other, one})
		}
	}
	return tx.RemovePendingMerges(ctx, pairs)
}

// RemovePendingMerges forgets merges that were put off: of pairs (survivor,
// loser).
func (tx *Tx) RemovePendingMerges(ctx context.Context, pairs [][2]int64) error {
	_, err := tx.execBatch(ctx, pairBatch(pairs), "WITH v(s, l) AS (@rows) DELETE FROM pending_merges WHERE (survivor_id, loser_id) IN (SELECT s, l FROM v)")
	return err
}

// Merges lists merges, newest first, below an id (0: all), of one record or (0)
// of all. Their snapshots are left out.
func (tx *Tx) Merges(ctx context.Context, record, before int64, limit int) ([]Merge, error) {
	var out []Merge
	err := tx.query(ctx, func(r *sql.Rows) error {
		var m Merge
		var undone sql.NullInt64
		err := r.Scan(&m.ID, &m.Entity, &m.Survivor, &m.Loser, &m.Actor, &m.AtUS, &undone, &m.ByPerson)
		m.UndoneUS = undone.Int64
		out = append(out, m)
		return err
	}, `SELECT id, entity, survivor_id, loser_id, actor, at_us, undone_at_us, by_person FROM merges
		WHERE (id < $1 OR $1 = 0) AND (survivor_id = $2 OR loser_id = $2 OR $2 = 0) ORDER BY id DESC LIMIT $3`, before, record, limit)
	return out, err
}
