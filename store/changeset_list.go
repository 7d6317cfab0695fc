package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"

	"fettle"
)

// ListedSet is a change set of any kind, as the list of them shows it.
type ListedSet struct {
	Kind   string
	ID     int64
	AtUS   int64 // of a run: when it last wrote
	Entity fettle.Entity
	Name   string // a file, an enrichment, an audience, a source
	Actor  string
	Detail string // of an import: its state; of a run: its kind; of a merge: the survivor; of an undo: of what
	Other  int64  // of a merge: the record that was merged away; of an import: the one whose columns it mapped
	Cells  int64
	Recs   int64
	Done   bool // of a merge: undone; of an undo: not broken off; of a run: it wrote, or was not counted
}

// SetQuery asks for change sets, newest first.
type SetQuery struct {
	Kind    string // "": all
	ID      int64  // 0: all of the kind
	Actor   string // "": of all; without regard to case
	SinceUS int64  // from this time on
	UntilUS int64  // until before this time; 0: until now
	Before  int64  // microseconds: those of before; 0: from the newest
	Skip    int    // so many of those of exactly Before were shown already
	Limit   int
}

// listedSets are the change sets of the tables of their own, in one form.
var listedSets = map[string]string{
	SetImport: `SELECT 'import' AS kind, id, created_at_us AS at_us, entity, file_name AS name, actor, state AS detail, of_id AS other,
		0 AS cells, 0 AS records, TRUE AS done FROM imports`,
	SetRun: `SELECT 'run' AS kind, r.id, CASE WHEN w.at_us > r.started_at_us THEN w.at_us ELSE r.started_at_us END AS at_us, COALESCE(e.entity, '') AS entity, COALESCE(e.name, d.name, '') AS name, r.actor,
		r.kind AS detail, r.enrichment_id AS other, COALESCE(w.fills + w.overwrites + w.emptied, 0) AS cells, 0 AS records,
		COALESCE(w.fills + w.overwrites + w.emptied, 1) > 0 AS done
		FROM runs r LEFT JOIN run_writes w ON w.run_id = r.id LEFT JOIN enrichments e ON e.id = r.enrichment_id LEFT JOIN deleted_enrichments d ON d.id = r.enrichment_id`,
	SetMerge: `SELECT 'merge' AS kind, id, at_us, entity, '' AS name, actor, CAST(survivor_id AS TEXT) AS detail, loser_id AS other,
		0 AS cells, 2 AS records, undone_at_us IS NULL AS done FROM merges WHERE by_person`,
}

// listedSet is the change sets of one kind.
func listedSet(kind string) string {
	if text, ok := listedSets[kind]; ok {
		return text
	}
	return fmt.Sprintf(`SELECT '%s' AS kind, id, at_us, entity, name, actor, of_set AS detail, 0 AS other,
		cells, records, ended_us > 0 AS done FROM change_sets WHERE kind = '%[1]s'`, kind)
}

// SetKinds are the kinds of change sets in the order in which they are named.
func SetKinds() []string {
	return []string{SetEdit, SetImport, SetRun, SetUpsert, SetAdd, SetMerge, SetSplit, SetSuppress, SetDelete, SetUndo}
}

// ChangeSets lists change sets of all kinds, or of one, newest first: what wrote
// last is on top. A run that wrote nothing is found by its id alone. Each table
// gives as many as are asked for, so that none is sorted whole.
func (tx *Tx) ChangeSets(ctx context.Context, q SetQuery) ([]ListedSet, error) {
	if q.UntilUS == 0 {
		q.UntilUS = math.MaxInt64
	}
	const order = " ORDER BY at_us DESC, kind, id DESC"
	var parts []string
	for _, kind := range SetKinds() {
		if q.Kind == "" || q.Kind == kind {
			parts = append(parts, fmt.Sprintf(`SELECT * FROM (SELECT * FROM (%s) s
				WHERE at_us <= $1 AND at_us >= $2 AND at_us < $3 AND (id = $4 OR $4 = 0 AND (done OR kind <> 'run')) AND (lower(actor) = lower($5) OR $5 = '')%s LIMIT $6) p`,
				listedSet(kind), order))
		}
	}
	var out []ListedSet
	text := fmt.Sprintf(`SELECT kind, id, at_us, entity, name, actor, detail, other, cells, records, done FROM (%s) a%s LIMIT $7 OFFSET $8`,
		strings.Join(parts, " UNION ALL "), order)
	err := tx.query(ctx, func(r *sql.Rows) error {
		var s ListedSet
		err := r.Scan(&s.Kind, &s.ID, &s.AtUS, &s.Entity, &s.Name, &s.Actor, &s.Detail, &s.Other, &s.Cells, &s.Recs, &s.Done)
		out = append(out, s)
		return err
	}, text, orNewest(q.Before), q.SinceUS, q.UntilUS, q.ID, q.Actor, q.Limit+q.Skip, q.Limit, q.Skip)
	return out, err
}
