package store

import (
	"context"
	"database/sql"
	"strconv"

	"fettle"
)

// The kinds of change sets. Those of imports, runs and merges are kept in the
// tables of their own.
const (
	SetEdit     = "edit"
	SetUpsert   = "upsert"   // records that were sent through the API: those of one sender within a minute
	SetAdd      = "add"      // records that a person typed
	SetSplit    = "split"    // a record of its own made of an id of another
	SetSuppress = "suppress" // records that are not to be enriched, or may be again
	SetDelete   = "delete"
	SetUndo     = "undo"
	SetImport   = "import"
	SetRun      = "run"
	SetMerge    = "merge"
)

// SetID names a change set: its kind and its number among its kind, such as
// run-12.
func SetID(kind string, n int64) string { return kind + "-" + strconv.FormatInt(n, 10) }

// ChangeSet is what was changed as one, where no other table says so.
type ChangeSet struct {
	ID          int64 // given by AddChangeSet
	Kind        string
	Of          string        // of an undo: what it took back
	Root        string        // of an undo: what the first undo of its chain took back
	Entity      fettle.Entity // "" for several
	Name        string
	Actor       string
	AtUS        int64
	EndedUS     int64 // 0: under way, or broken off
	FirstChange int64
	EndChange   int64
	OriginRef   int64 // 0: all entries between
	Cells       int64
	Records     int64
	Cursor      int64
	Result      string // JSON
	UndoneBy    int64
}

const setColumns = `kind, of_set, root, entity, name, actor, at_us, ended_us, first_change, end_change, origin_ref, cells, records, cursor, result, undone_by`

// AddChangeSet keeps a change set and gives it its number.
func (tx *Tx) AddChangeSet(ctx context.Context, c *ChangeSet) (err error) {
	if c.ID, err = tx.NextIDs(ctx, SeqChangeSet, 1); err != nil {
		return err
	}
	_, err = tx.exec(ctx, "INSERT INTO change_sets ("+setColumns+", id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
		c.Kind, c.Of, c.Root, string(c.Entity), c.Name, c.Actor, c.AtUS, c.EndedUS, c.FirstChange, c.EndChange, c.OriginRef, c.Cells, c.Records,
		c.Cursor, c.Result, c.UndoneBy, c.ID)
	return err
}

// PutChangeSet writes what of a change set moves on: how far it is and what it
// came to.
func (tx *Tx) PutChangeSet(ctx context.Context, c ChangeSet) error {
	_, err := tx.exec(ctx, `UPDATE change_sets SET ended_us = $2, first_change = $3, end_change = $4, origin_ref = $5, cells = $6, records = $7, cursor = $8,
		result = $9, undone_by = $10, entity = $11 WHERE id = $1`,
		c.ID, c.EndedUS, c.FirstChange, c.EndChange, c.OriginRef, c.Cells, c.Records, c.Cursor, c.Result, c.UndoneBy, string(c.Entity))
	return err
}

// GatheredSet gives the newest set of what a sender sent as a source, whose ID is 0
// where there is none. From here on until the end of the transaction nobody else
// adds a set.
func (tx *Tx) GatheredSet(ctx context.Context, actor, source string) (ChangeSet, error) {
	if _, err := tx.NextIDs(ctx, SeqChangeSet, 0); err != nil {
		return ChangeSet{}, err
	}
	found, err := tx.changeSets(ctx, " WHERE kind = 'upsert' AND actor = $1 AND name = $2 ORDER BY id DESC LIMIT 1", actor, source)
	if err != nil || len(found) == 0 {
		return ChangeSet{}, err
	}
	return found[0], nil
}

// DropChangeSet forgets a change set in which nothing was changed.
func (tx *Tx) DropChangeSet(ctx context.Context, id int64) error {
	_, err := tx.exec(ctx, "DELETE FROM change_sets WHERE id = $1", id)
	return err
}

// ChangeSet reads a change set of change_sets. A transaction that writes has it to
// itself from then on.
func (tx *Tx) ChangeSet(ctx context.Context, id int64) (ChangeSet, error) {
	found, err := tx.ChangeSetsByID(ctx, []int64{id})
	c, ok := found[id]
	if err == nil && !ok {
		err = fettle.Errorf(fettle.NotFound, "there is no change set with the number %d", id)
	}
	return c, err
}

// ChangeSetsByID reads several, likewise.
func (tx *Tx) ChangeSetsByID(ctx context.Context, ids []int64) (map[int64]ChangeSet, error) {
	if len(ids) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	found, err := tx.changeSets(ctx, " WHERE id IN ("+idList(ids)+") ORDER BY id"+tx.lockOf("change_sets"))
	out := make(map[int64]ChangeSet, len(found))
	for _, c := range found {
		out[c.ID] = c
	}
	return out, err
}

// UndosOf lists the undos of a change set, newest first.
func (tx *Tx) UndosOf(ctx context.Context, set string) ([]ChangeSet, error) {
	found, err := tx.UndosOfSets(ctx, []string{set})
	return found[set], err
}

// UndosOfSets lists the undos of change sets, each set's newest first.
func (tx *Tx) UndosOfSets(ctx context.Context, sets []string) (map[string][]ChangeSet, error) {
	b := NewBatch("text")
	for _, s := range sets {
		b.Add(s)
	}
	out := map[string][]ChangeSet{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		c, err := scanChangeSet(r)
		out[c.Of] = append(out[c.Of], c)
		return err
	}, b, "WITH v(name) AS (@rows) SELECT "+setColumns+", id FROM change_sets WHERE of_set <> '' AND of_set IN (SELECT name FROM v) ORDER BY id DESC")
	return out, err
}

// UndosFrom lists the undos of a change set, the undos of those, and so on.
func (tx *Tx) UndosFrom(ctx context.Context, root string) ([]ChangeSet, error) {
	return tx.changeSets(ctx, " WHERE root = $1 AND root <> '' ORDER BY id", root)
}

func (tx *Tx) changeSets(ctx context.Context, where string, args ...any) ([]ChangeSet, error) {
	var out []ChangeSet
	err := tx.query(ctx, func(r *sql.Rows) error {
		c, err := scanChangeSet(r)
		out = append(out, c)
		return err
	}, "SELECT "+setColumns+", id FROM change_sets"+where, args...)
	return out, err
}

func scanChangeSet(r *sql.Rows) (c ChangeSet, err error) {
	err = r.Scan(&c.Kind, &c.Of, &c.Root, &c.Entity, &c.Name, &c.Actor, &c.AtUS, &c.EndedUS, &c.FirstChange, &c.EndChange, &c.OriginRef, &c.Cells,
		&c.Records, &c.Cursor, &c.Result, &c.UndoneBy, &c.ID)
	return c, err
}

// SetEntries gives up to n entries of the change log with an id below before
// and not below from, newest first, with their entity: those of some origins,
// or of all for nil.
func (tx *Tx) SetEntries(ctx context.Context, before, from int64, origins []int64, n int) ([]ChangeEvent, error) {
	where := " WHERE ch.id < $1 AND ch.id >= $2"
	if origins != nil {
		if len(origins) == 0 {
			return nil, nil
		}
		where += " AND ch.origin_id IN (" + idList(origins) + ")"
	}
	return tx.changeEvents(ctx, where+" ORDER BY ch.id DESC LIMIT $3", before, from, n)
}

// OriginsOfRun gives the origins of what a run wrote, and those of its enrichment
// from before runs were told apart.
func (tx *Tx) OriginsOfRun(ctx context.Context, enrichment, run int64) (own, before []int64, err error) {
	err = tx.query(ctx, func(r *sql.Rows) error {
		var id, of int64
		err := r.Scan(&id, &of)
		if of == 0 {
			before = append(before, id)
		} else {
			own = append(own, id)
		}
		return err
	}, "SELECT id, run_id FROM origins WHERE kind = $1 AND ref_id = $2 AND run_id IN (0, $3)", OriginEnrichment, enrichment, run)
	return own, before, err
}

// OriginsOfSets gives the origins of change sets that have some of their own:
// deletions and undos.
func (tx *Tx) OriginsOfSets(ctx context.Context, kind string, refs []int64) ([]int64, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	return tx.ids(ctx, "SELECT id FROM origins WHERE kind = $1 AND ref_id IN ("+idList(refs)+") ORDER BY id", kind)
}

// OriginsSent gives the origins of what was sent through the API as a source, from
// one day to another.
func (tx *Tx) OriginsSent(ctx context.Context, source string, from, to fettle.Day) ([]int64, error) {
	return tx.ids(ctx, "SELECT id FROM origins WHERE kind = $1 AND name = $2 AND day >= $3 AND day <= $4 ORDER BY id", OriginAPI, source, string(from), string(to))
}

// TakeBackCells marks cells whose value is taken back by an undo, but for those
// that a call holds. It locks all of them.
func (tx *Tx) TakeBackCells(ctx context.Context, undo int64, keys []CellKey) error {
	b := NewBatch("bigint", "text")
	for _, k := range keys {
		tx.touch(k.Record)
		b.Add(k.Record, k.Field)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(record, field) AS (@rows)
		INSERT INTO cells (record_id, field, hold, hold_id, enrichment_id, version, attempt_id, inputs_hash, bought_at_us, taken_back)
		SELECT record, field, '', 0, 0, 0, 0, '', 0, CAST($1 AS BIGINT) FROM v WHERE true
		ON CONFLICT (record_id, field) DO UPDATE SET taken_back = excluded.taken_back WHERE cells.hold = ''`, undo)
	return err
}

// GiveBackCells takes the marks of undos off cells.
func (tx *Tx) GiveBackCells(ctx context.Context, keys []CellKey) error {
	b := NewBatch("bigint", "text")
	for _, k := range keys {
		tx.touch(k.Record)
		b.Add(k.Record, k.Field)
	}
	_, err := tx.execBatch(ctx, b, `WITH v(record, field) AS (@rows) UPDATE cells SET taken_back = 0 FROM v
		WHERE cells.record_id = v.record AND cells.field = v.field AND cells.taken_back <> 0`)
	return err
}

// LockTakenBack reads which cells of records were taken back, and locks all of
// them until the end of the transaction.
func (tx *Tx) LockTakenBack(ctx context.Context, records []int64) (map[CellKey]int64, error) {
	out := map[CellKey]int64{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var k CellKey
		var undo int64
		err := r.Scan(&k.Record, &k.Field, &undo)
		if undo != 0 {
			out[k] = undo
		}
		return err
	}, idBatch(records), `WITH v(id) AS (@rows) SELECT record_id, field, taken_back FROM cells WHERE record_id IN (SELECT id FROM v)
		ORDER BY record_id, field`+tx.db.d.forUpdate)
	return out, err
}

// Birth is when a record was made, and of which origin.
type Birth struct{ AtUS, Origin int64 }

// Births are those of records, oldest first, as the change log has them: whoever was
// deleted may be made again. What an undo brings back is as old as it was.
func (tx *Tx) Births(ctx context.Context, ids []int64) (map[int64][]Birth, error) {
	out := map[int64][]Birth{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id int64
		var b Birth
		err := r.Scan(&id, &b.AtUS, &b.Origin)
		out[id] = append(out[id], b)
		return err
	}, idBatch(ids), `WITH v(id) AS (@rows) SELECT c.record_id, c.at_us, c.origin_id FROM changes c JOIN origins o ON o.id = c.origin_id
		WHERE c.kind = 'create' AND o.kind <> $1 AND c.record_id IN (SELECT id FROM v) ORDER BY c.id`, OriginUndo)
	return out, err
}

// MergesByLoser lists all merges by which records were merged away, also those
// that were undone, newest first.
func (tx *Tx) MergesByLoser(ctx context.Context, losers []int64) ([]Merge, error) {
	if len(losers) == 0 {
		return nil, nil
	}
	return tx.merges(ctx, "WHERE loser_id IN ("+idList(losers)+") ORDER BY id DESC")
}
