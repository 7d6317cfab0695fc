package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"fettle"
)

// The kinds of entries of the change log.
const (
	ChangeCreate  = "create"
	ChangeUpdate  = "update"
	ChangeDelete  = "delete"
	ChangeMerge   = "merge"
	ChangeUnmerge = "unmerge"
)

// LoggedChange is one entry of the change log as the ingest door writes it.
// Changes is JSON {"field": [old, new, origin of old]}, "" for none.
type LoggedChange struct {
	ID      int64 // given by LogChanges
	Record  int64
	Kind    string
	Origin  int64
	Attempt int64
	Actor   string
	AtUS    int64
	Changes string
}

// Names reports whether a field is among the changes. It reads the text as it
// is: a quote inside a value is escaped there, so that only a key matches.
func (c LoggedChange) Names(field string) bool {
	return strings.Contains(c.Changes, strconv.Quote(field)+":")
}

// LogChanges appends entries to the change log, in their order. It locks the
// log's sequence, so it comes last in a transaction.
func (tx *Tx) LogChanges(ctx context.Context, entity fettle.Entity, entries []LoggedChange) error {
	if len(entries) == 0 {
		return nil
	}
	first, err := tx.NextIDs(ctx, SeqChange, len(entries))
	if err != nil {
		return err
	}
	if tx.logged[0] == 0 {
		tx.logged[0] = first
	}
	tx.logged[1] = first + int64(len(entries))
	b := NewBatch("bigint", "text", "bigint", "text", "bigint", "bigint", "text", "bigint", "text")
	b.values = make([]any, 0, 9*len(entries))
	for i := range entries {
		c := &entries[i]
		c.ID = first + int64(i)
		b.Add(c.ID, string(entity), c.Record, c.Kind, c.Origin, c.Attempt, c.Actor, c.AtUS, nullText(c.Changes))
	}
	_, err = tx.execBatch(ctx, b, "INSERT INTO changes (id, entity, record_id, kind, origin_id, attempt_id, actor, at_us, changes) @rows")
	return err
}

const loggedColumns = "id, record_id, kind, origin_id, attempt_id, actor, at_us, changes"

func scanLogged(r *sql.Rows) (LoggedChange, error) {
	var c LoggedChange
	var text sql.NullString
	err := r.Scan(&c.ID, &c.Record, &c.Kind, &c.Origin, &c.Attempt, &c.Actor, &c.AtUS, &text)
	c.Changes = text.String
	return c, err
}

// LogOf gives the entries of records, oldest first.
func (tx *Tx) LogOf(ctx context.Context, ids []int64) (map[int64][]LoggedChange, error) {
	out := map[int64][]LoggedChange{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		c, err := scanLogged(r)
		out[c.Record] = append(out[c.Record], c)
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT "+loggedColumns+" FROM changes WHERE record_id IN (SELECT id FROM v) ORDER BY id")
	return out, err
}

// LogBefore gives up to n entries of the log with an id below before and not
// below from, newest first, whatever their origin.
func (tx *Tx) LogBefore(ctx context.Context, before, from int64, n int) ([]LoggedChange, error) {
	var out []LoggedChange
	err := tx.query(ctx, func(r *sql.Rows) error {
		c, err := scanLogged(r)
		out = append(out, c)
		return err
	}, "SELECT "+loggedColumns+" FROM changes WHERE id < $1 AND id >= $2 ORDER BY id DESC LIMIT $3", before, from, n)
	return out, err
}

// NextID is the id that a sequence gives next. Ids taken by transactions under
// way may lie above it.
func (tx *Tx) NextID(ctx context.Context, name string) (int64, error) {
	next := int64(1)
	err := tx.query(ctx, func(r *sql.Rows) error { return r.Scan(&next) }, "SELECT next FROM sequences WHERE name = $1", name)
	return next, err
}

// SpecialOrigins gives those among the origins whose values were set by hand or
// derived, with their kind.
func (tx *Tx) SpecialOrigins(ctx context.Context, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id int64
		var kind string
		err := r.Scan(&id, &kind)
		out[id] = kind
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT id, kind FROM origins WHERE kind IN ($1, $2) AND id IN (SELECT id FROM v)", OriginPerson, OriginDerived)
	return out, err
}

// PeopleAfter gives the ids of up to n people after one, in order.
func (tx *Tx) PeopleAfter(ctx context.Context, after int64, n int) ([]int64, error) {
	return tx.ids(ctx, "SELECT id FROM people WHERE id > $1 ORDER BY id LIMIT $2", after, n)
}

// ImportOrigins gives the origins of an import.
func (tx *Tx) ImportOrigins(ctx context.Context, id int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var origin int64
		err := r.Scan(&origin)
		out[origin] = true
		return err
	}, "SELECT id FROM origins WHERE kind = 'import' AND ref_id = $1", id)
	return out, err
}

// Conflict is a key of a record that belongs to another one.
type Conflict struct {
	Record int64
	Other  int64
	Key    string
	Reason string // the kind of key that differs, or shared
}

// AddConflicts reports keys that belong to other records.
func (tx *Tx) AddConflicts(ctx context.Context, entity fettle.Entity, origin, atUS int64, conflicts []Conflict) error {
	if len(conflicts) == 0 {
		return nil
	}
	first, err := tx.NextIDs(ctx, SeqMisc, len(conflicts))
	if err != nil {
		return err
	}
	b := NewBatch("bigint", "text", "bigint", "bigint", "text", "bigint", "bigint", "text")
	for i, c := range conflicts {
		b.Add(first+int64(i), string(entity), c.Record, c.Other, c.Key, origin, atUS, c.Reason)
	}
	_, err = tx.execBatch(ctx, b, `INSERT INTO conflicts (id, entity, record_id, other_id, key, origin_id, at_us, reason) @rows
		ON CONFLICT (record_id, other_id, key) DO NOTHING`)
	if err != nil {
		return err
	}
	pairs := make([]Duplicate, 0, len(conflicts))
	for _, c := range conflicts {
		if c.Record != c.Other && c.Record > 0 && c.Other > 0 {
			pairs = append(pairs, Duplicate{Pair: Ordered(c.Record, c.Other), Entity: entity, Kind: fettle.DuplicateConflict, Reasons: "[]", FoundUS: atUS})
		}
	}
	return tx.PutDuplicates(ctx, pairs, 0)
}
