package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"

	"fettle"
)

// The ranks of the kinds of pairs in the queue, in steps of the highest score.
const (
	maxScore     = 1000
	rankConflict = maxScore
	rankSplit    = 2 * maxScore
)

// Duplicate is two records that may be one, or with Pair[1] 0 one that may be
// several, and what people decided.
type Duplicate struct {
	Pair      [2]int64 // the lower first
	Entity    fettle.Entity
	Kind      string // conflict, likely, split, named
	Score     int64  // in thousandths
	Reasons   string // JSON
	State     string // open, apart, later
	Basis     string // what the decision went by
	Again     bool   // it was decided before
	Actor     string // who decided
	Pass      int64  // the pass of the search that saw it last
	FoundUS   int64
	DecidedUS int64
}

// Ordered gives a pair with the lower id first.
func Ordered(a, b int64) [2]int64 { return [2]int64{min(a, b), max(a, b)} }

func (d *Duplicate) rank() int64 {
	switch d.Kind {
	case fettle.DuplicateSplit:
		return rankSplit
	case fettle.DuplicateConflict:
		return rankConflict + d.Score
	}
	return d.Score
}

// PutDuplicates adds what a pass of the search found, or says it of what is
// known: decisions stay, and a conflict stays one.
func (tx *Tx) PutDuplicates(ctx context.Context, found []Duplicate, pass int64) error {
	slices.SortFunc(found, func(a, b Duplicate) int {
		return cmp.Or(cmp.Compare(a.Pair[0], b.Pair[0]), cmp.Compare(a.Pair[1], b.Pair[1]))
	})
	found = slices.CompactFunc(found, func(a, b Duplicate) bool { return a.Pair == b.Pair })
	b := NewBatch("bigint", "bigint", "text", "text", "bigint", "bigint", "text", "bigint", "bigint")
	for _, d := range found {
		b.Add(d.Pair[0], d.Pair[1], string(d.Entity), d.Kind, d.rank(), d.Score, d.Reasons, pass, d.FoundUS)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(low, high, entity, kind, rank, score, reasons, pass, at) AS (@rows)
		INSERT INTO duplicates (low_id, high_id, entity, kind, rank, score, reasons, state, decision, basis, again, pass, actor, found_us, decided_us)
		SELECT low, high, entity, kind, rank, score, reasons, 'open', '', '', FALSE, pass, '', at, 0 FROM v WHERE true
		ON CONFLICT (low_id, high_id) DO UPDATE SET score = CASE WHEN excluded.kind = 'conflict' THEN duplicates.score ELSE excluded.score END,
		reasons = CASE WHEN excluded.kind = 'conflict' THEN duplicates.reasons ELSE excluded.reasons END,
		kind = CASE WHEN duplicates.kind = 'conflict' THEN duplicates.kind ELSE excluded.kind END,
		rank = CASE WHEN duplicates.kind = 'conflict' AND excluded.kind = 'likely' THEN 1000 + excluded.rank
			WHEN excluded.kind = 'conflict' AND duplicates.kind <> 'conflict' THEN 1000 + duplicates.score
			WHEN excluded.kind = 'conflict' THEN duplicates.rank ELSE excluded.rank END,
		pass = CASE WHEN excluded.pass > duplicates.pass THEN excluded.pass ELSE duplicates.pass END`)
	return err
}

// decision is what is remembered of a state that a person chose.
func (d *Duplicate) decision() string {
	if d.State == fettle.DuplicateOpen {
		return ""
	}
	return d.State
}

// DecideDuplicate writes down what a person decided of a pair.
func (tx *Tx) DecideDuplicate(ctx context.Context, d Duplicate) error {
	_, err := tx.exec(ctx, `INSERT INTO duplicates (low_id, high_id, entity, kind, rank, score, reasons, state, decision, basis, again, pass, actor, found_us, decided_us)
		VALUES ($1, $2, $3, $4, $5, 0, '[]', $6, $7, $8, FALSE, 0, $9, $10, $10)
		ON CONFLICT (low_id, high_id) DO UPDATE SET state = excluded.state, decision = excluded.decision, basis = excluded.basis, again = FALSE, actor = excluded.actor, decided_us = excluded.decided_us`,
		d.Pair[0], d.Pair[1], string(d.Entity), fettle.DuplicateNamed, int64(0), d.State, d.decision(), d.Basis, d.Actor, d.DecidedUS)
	return err
}

const duplicateColumns = "d.low_id, d.high_id, d.entity, d.kind, d.score, d.reasons, d.state, d.basis, d.again, d.actor, d.pass, d.found_us, d.decided_us"

func scanDuplicate(d *Duplicate) []any {
	return []any{&d.Pair[0], &d.Pair[1], &d.Entity, &d.Kind, &d.Score, &d.Reasons, &d.State, &d.Basis, &d.Again, &d.Actor, &d.Pass, &d.FoundUS, &d.DecidedUS}
}

// ApartFrom gives the pairs among records that people said are not one,
// whichever of their ids these went by.
func (tx *Tx) ApartFrom(ctx context.Context, ids []int64) ([][2]int64, error) {
	var some bool
	if err := tx.get(ctx, []any{&some}, "SELECT EXISTS (SELECT 1 FROM duplicates WHERE decision = 'apart')"); err != nil || !some {
		return nil, err
	}
	into, err := tx.AliasesInto(ctx, ids)
	if err != nil {
		return nil, err
	}
	now := map[int64]int64{}
	for _, id := range ids {
		now[id] = id
		for _, was := range into[id] {
			now[was] = id
		}
	}
	all := NewBatch("bigint")
	for id := range now {
		all.Add(id)
	}
	var out [][2]int64
	err = tx.queryBatch(ctx, func(r *sql.Rows) error {
		var low, high int64
		err := r.Scan(&low, &high)
		if a, b := now[low], now[high]; a != 0 && b != 0 && a != b {
			out = append(out, Ordered(a, b))
		}
		return err
	}, all, `WITH v(id) AS (@rows) SELECT d.low_id, d.high_id FROM v JOIN duplicates d ON d.low_id = v.id WHERE d.decision = 'apart'`)
	return out, err
}

// DuplicatesInput asks for a page of the queue.
type DuplicatesInput struct {
	Entity fettle.Entity
	State  string
	Kind   string          // "" for all
	Record int64           // only pairs with it; 0 for all
	After  DuplicateCursor // the zero value to begin
	Limit  int
}

// DuplicateCursor is a place in the queue.
type DuplicateCursor struct {
	Rank int64
	Pair [2]int64
}

// DuplicateRow is a pair as the queue shows it: as the records are now.
type DuplicateRow struct {
	Duplicate
	Now    [2]int64 // what the two became part of
	Names  [2]string
	Place  DuplicateCursor
	Merges bool // they are made one as soon as calls have landed
}

// Duplicates lists the queue of an entity: what is to be decided first, first.
// Pairs of which one is gone, or that are one by now, are left out.
func (tx *Tx) Duplicates(ctx context.Context, in DuplicatesInput) ([]DuplicateRow, error) {
	var out []DuplicateRow
	where, args := "", []any{string(in.Entity), in.State, in.Limit}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	if in.Kind != "" {
		where += " AND d.kind = " + arg(in.Kind)
	}
	if in.After != (DuplicateCursor{}) {
		rank, low := arg(in.After.Rank), arg(in.After.Pair[0])
		where += " AND (d.rank < " + rank + " OR (d.rank = " + rank + " AND (d.low_id > " + low + " OR (d.low_id = " + low + " AND d.high_id > " + arg(in.After.Pair[1]) + "))))"
	}
	if in.Record != 0 {
		id := arg(in.Record)
		where += " AND (COALESCE(x.into_id, d.low_id) = " + id + " OR COALESCE(y.into_id, d.high_id) = " + id + ")"
	}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var d DuplicateRow
		var low, high sql.NullString
		err := r.Scan(append(scanDuplicate(&d.Duplicate), &d.Now[0], &d.Now[1], &low, &high, &d.Place.Rank, &d.Merges)...)
		d.Names, d.Place.Pair = [2]string{low.String, high.String}, d.Pair
		out = append(out, d)
		return err
	}, "SELECT "+duplicateColumns+", COALESCE(x.into_id, d.low_id), COALESCE(y.into_id, d.high_id), a.name, b.name, d.rank, m.survivor_id IS NOT NULL "+
		duplicatesFrom(in.Entity)+where+" ORDER BY d.rank DESC, d.low_id, d.high_id LIMIT $3", args...)
	return out, err
}

// duplicatesFrom is the queue with the records as they are now.
func duplicatesFrom(entity fettle.Entity) string {
	t := table(entity)
	return `FROM duplicates d LEFT JOIN aliases x ON x.record_id = d.low_id LEFT JOIN aliases y ON y.record_id = d.high_id
		JOIN ` + t + ` a ON a.id = COALESCE(x.into_id, d.low_id) LEFT JOIN ` + t + ` b ON b.id = COALESCE(y.into_id, d.high_id)
		LEFT JOIN pending_merges m ON (m.survivor_id = d.low_id AND m.loser_id = d.high_id) OR (m.survivor_id = d.high_id AND m.loser_id = d.low_id)
		WHERE d.entity = $1 AND d.state = $2 AND COALESCE(x.into_id, d.low_id) <> COALESCE(y.into_id, d.high_id) AND (b.id IS NOT NULL OR d.high_id = 0)`
}

// DuplicateCounts counts the queue of an entity in one state, by kind.
func (tx *Tx) DuplicateCounts(ctx context.Context, entity fettle.Entity, state string) (map[string]int64, error) {
	out := map[string]int64{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var kind string
		var n int64
		err := r.Scan(&kind, &n)
		out[kind] = n
		return err
	}, "SELECT d.kind, count(*) "+duplicatesFrom(entity)+" GROUP BY d.kind", string(entity), state)
	return out, err
}

// DuplicateOf reads what is known of a pair.
func (tx *Tx) DuplicateOf(ctx context.Context, pair [2]int64) (d Duplicate, found bool, err error) {
	err = tx.query(ctx, func(r *sql.Rows) error {
		found = true
		return r.Scan(scanDuplicate(&d)...)
	}, "SELECT "+duplicateColumns+" FROM duplicates d WHERE d.low_id = $1 AND d.high_id = $2", pair[0], pair[1])
	return d, found, err
}

// ConflictsOf gives the conflicts between two records, newest first.
func (tx *Tx) ConflictsOf(ctx context.Context, pair [2]int64) ([]Conflict, error) {
	var out []Conflict
	err := tx.query(ctx, func(r *sql.Rows) error {
		var c Conflict
		err := r.Scan(&c.Record, &c.Other, &c.Key, &c.Reason)
		out = append(out, c)
		return err
	}, `SELECT record_id, other_id, key, reason FROM conflicts WHERE (record_id = $1 AND other_id = $2) OR (record_id = $2 AND other_id = $1) ORDER BY id DESC`,
		pair[0], pair[1])
	return out, err
}
