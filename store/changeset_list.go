package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"fettle"
)

// ListedSet is a change set of any kind, as the list of them shows it.
type ListedSet struct {
	Kind    string
	ID      int64
	AtUS    int64 // of a run: when it last wrote, or else when it began
	BeganUS int64 // of a run
	Entity  fettle.Entity
	Name    string // a file, an enrichment, an audience, a source
	Actor   string
	Detail  string // of an import: its state; of a run: its kind; of a merge: the survivor; of an undo: of what
	Other   int64  // of a merge: the record that was merged away; of an import: the one whose columns it mapped
	Cells   int64
	Recs    int64
	Done    bool // of a merge: undone; of an undo: not broken off
}

// SetQuery asks for change sets, newest first.
type SetQuery struct {
	Kind    string // "": all
	Actor   string // "": of all; without regard to case
	SinceUS int64  // from this time on
	UntilUS int64  // until before this time; 0: until now
	Before  int64  // microseconds: those of before; 0: from the newest
	Skip    int    // so many of those of exactly Before were shown already
	Limit   int
}

// The change sets of tables of their own, in one form.
const (
	listedImports = `SELECT 'import' AS kind, id, created_at_us AS at_us, 0 AS began_us, entity, file_name AS name, actor, state AS detail, of_id AS other,
		0 AS cells, 0 AS records, TRUE AS done, counts FROM imports`
	listedMerges = `SELECT 'merge' AS kind, id, at_us, 0 AS began_us, entity, '' AS name, actor, CAST(survivor_id AS TEXT) AS detail, loser_id AS other,
		0 AS cells, 2 AS records, undone_at_us IS NULL AS done, '' AS counts FROM merges WHERE by_person`
	listedRuns = `SELECT 'run' AS kind, r.id, %s AS at_us, r.started_at_us AS began_us, COALESCE(e.entity, '') AS entity, COALESCE(e.name, d.name, '') AS name, r.actor,
		r.kind AS detail, r.enrichment_id AS other, %s AS cells, 0 AS records, TRUE AS done, '' AS counts
		FROM %s LEFT JOIN enrichments e ON e.id = r.enrichment_id LEFT JOIN deleted_enrichments d ON d.id = r.enrichment_id`
	runCells = "w.fills + w.overwrites + w.emptied"
)

// listedSets are the change sets of one kind as they are listed, each part by an index
// of its own: runs that wrote by when they last did, and those of before that was
// counted, which have lower ids, by when they began.
func listedSets(kind string) []string {
	switch kind {
	case SetImport:
		return []string{listedImports}
	case SetMerge:
		return []string{listedMerges}
	case SetRun:
		return []string{
			fmt.Sprintf(listedRuns, "w.at_us", runCells, "run_writes w JOIN runs r ON r.id = w.run_id") + " WHERE w.at_us > 0",
			fmt.Sprintf(listedRuns, "r.started_at_us", "0", "runs r") + " WHERE r.id < COALESCE((SELECT MIN(run_id) FROM run_writes), 9223372036854775807)",
		}
	}
	return []string{fmt.Sprintf(`SELECT '%s' AS kind, id, at_us, 0 AS began_us, entity, name, actor, of_set AS detail, 0 AS other,
		cells, records, ended_us > 0 AS done, '' AS counts FROM change_sets WHERE kind = '%[1]s'`, kind)}
}

// namedSet is the change sets of one kind as they are found by their ids: a run is
// there although it wrote nothing.
func namedSet(kind string) string {
	if kind == SetRun {
		return fmt.Sprintf(listedRuns, "CASE WHEN w.at_us > 0 THEN w.at_us ELSE r.started_at_us END", "COALESCE("+runCells+", 0)", "runs r LEFT JOIN run_writes w ON w.run_id = r.id")
	}
	return listedSets(kind)[0]
}

// SetKinds are the kinds of change sets in the order in which they are named.
func SetKinds() []string {
	return []string{SetEdit, SetImport, SetRun, SetUpsert, SetAdd, SetMerge, SetSplit, SetSuppress, SetDelete, SetUndo}
}

const (
	listedColumns = "kind, id, at_us, began_us, entity, name, actor, detail, other, cells, records, done, counts"
	listedOrder   = " ORDER BY at_us DESC, kind, id DESC"
)

// ChangeSets lists change sets of all kinds, or of one, newest first: what wrote
// last is on top, and a run that wrote nothing is left out. Each table gives as many
// as are asked for, so that none is sorted whole.
func (tx *Tx) ChangeSets(ctx context.Context, q SetQuery) ([]ListedSet, error) {
	if q.UntilUS == 0 {
		q.UntilUS = math.MaxInt64
	}
	var parts []string
	for _, kind := range SetKinds() {
		if q.Kind != "" && q.Kind != kind {
			continue
		}
		for _, text := range listedSets(kind) {
			parts = append(parts, fmt.Sprintf(`SELECT * FROM (SELECT * FROM (%s) s
				WHERE at_us <= $1 AND at_us >= $2 AND at_us < $3 AND (lower(actor) = lower($4) OR $4 = '')%s LIMIT $5) p`, text, listedOrder))
		}
	}
	text := fmt.Sprintf("SELECT %s FROM (%s) a%s LIMIT $6 OFFSET $7", listedColumns, strings.Join(parts, " UNION ALL "), listedOrder)
	return tx.listSets(ctx, text, orNewest(q.Before), q.SinceUS, q.UntilUS, q.Actor, q.Limit+q.Skip, q.Limit, q.Skip)
}

// ChangeSetsNamed finds change sets by kind and id, in no order. Those that are not
// there are left out.
func (tx *Tx) ChangeSetsNamed(ctx context.Context, ids map[string][]int64) ([]ListedSet, error) {
	var parts []string
	for _, kind := range SetKinds() {
		if len(ids[kind]) > 0 {
			parts = append(parts, fmt.Sprintf("SELECT * FROM (%s) s WHERE id IN (%s)", namedSet(kind), idList(ids[kind])))
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	return tx.listSets(ctx, fmt.Sprintf("SELECT %s FROM (%s) a", listedColumns, strings.Join(parts, " UNION ALL ")))
}

func (tx *Tx) listSets(ctx context.Context, text string, args ...any) ([]ListedSet, error) {
	var out []ListedSet
	err := tx.query(ctx, func(r *sql.Rows) error {
		var s ListedSet
		var counts string
		if err := r.Scan(&s.Kind, &s.ID, &s.AtUS, &s.BeganUS, &s.Entity, &s.Name, &s.Actor, &s.Detail, &s.Other, &s.Cells, &s.Recs, &s.Done, &counts); err != nil {
			return err
		}
		if counts != "" {
			var c ImportCounts
			if err := json.Unmarshal([]byte(counts), &c); err != nil {
				return err
			}
			s.Recs = c.Created + c.Updated + c.Merged
		}
		out = append(out, s)
		return nil
	}, text, args...)
	return out, err
}
