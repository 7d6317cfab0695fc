package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"

	"fettle"
)

// The kinds of origins.
const (
	OriginImport     = "import"
	OriginEnrichment = "enrichment"
	OriginAPI        = "api"
	OriginPerson     = "person" // set by hand
	OriginUndo       = "undo"
	OriginDerived    = "derived" // of other values of the record
)

// The versions of what a person set by hand, imported or sent.
const (
	AskedEdit  = 1 // they were asked whether live enrichments may follow it
	Answered   = 2 // they have a limit of their own, and said yes to more than goes in unasked or changed it without a question: what it opens counts in that
	Confirmed  = 4 // somebody who may spend was asked, or said yes beforehand: what it opens is their wish
	Unentitled = 3 // they may not spend and were not asked: beyond the guard it waits for approval
)

// Origin is where values come from: one for each source, version and UTC day.
type Origin struct {
	ID      int64
	Kind    string
	Name    string // the source's, enrichment's or person's name
	RefID   int64  // import or enrichment id, else 0
	Version int64  // of the enrichment; for what people put in, one of the versions above; else 0
	Day     fettle.Day
	NoRun   bool  // live enrichments do not follow what it wrote
	RunID   int64 // of an enrichment: the run that wrote it; 0 of what was written before runs were told apart
}

// Label is what people call the origin by.
func (o Origin) Label() string {
	switch {
	case o.Kind == OriginPerson:
		return "by hand"
	case o.Name != "":
		return o.Name
	}
	return o.Kind
}

// DerivedToday is the origin of the values that are derived on a day.
func DerivedToday(now time.Time) Origin {
	return Origin{Kind: OriginDerived, Name: OriginDerived, Day: fettle.DayOf(now)}
}

const originColumns = "id, kind, name, ref_id, version, day, no_run, run_id"

func scanOrigin(o *Origin) []any {
	return []any{&o.ID, &o.Kind, &o.Name, &o.RefID, &o.Version, &o.Day, &o.NoRun, &o.RunID}
}

// OriginID gives the id of an origin, and makes the origin the first time.
func (tx *Tx) OriginID(ctx context.Context, o Origin) (int64, error) {
	const find = "SELECT id FROM origins WHERE kind = $1 AND name = $2 AND ref_id = $3 AND version = $4 AND day = $5 AND no_run = $6 AND run_id = $7"
	args := []any{o.Kind, o.Name, o.RefID, o.Version, string(o.Day), o.NoRun, o.RunID}
	ids, err := tx.ids(ctx, find, args...)
	if err != nil || len(ids) > 0 {
		return first(ids), err
	}
	id, err := tx.NextIDs(ctx, SeqOrigin, 1)
	if err != nil {
		return 0, err
	}
	_, err = tx.exec(ctx, `INSERT INTO origins (kind, name, ref_id, version, day, no_run, run_id, id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (kind, name, ref_id, version, day, no_run, run_id) DO NOTHING`, append(args, id)...)
	if err != nil {
		return 0, err
	}
	// Another process may have made it in the meantime.
	ids, err = tx.ids(ctx, find, args...)
	return first(ids), err
}

func first(ids []int64) int64 {
	if len(ids) == 0 {
		return 0
	}
	return ids[0]
}

// OriginsByID reads origins. Those that do not exist are left out.
func (tx *Tx) OriginsByID(ctx context.Context, ids []int64) (map[int64]Origin, error) {
	out := make(map[int64]Origin, len(ids))
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var o Origin
		err := r.Scan(scanOrigin(&o)...)
		out[o.ID] = o
		return err
	}, idBatch(ids), "WITH v(vid) AS (@rows) SELECT "+originColumns+" FROM v JOIN origins ON id = vid")
	return out, err
}

// Origins lists every origin by id.
func (tx *Tx) Origins(ctx context.Context) ([]Origin, error) {
	var out []Origin
	err := tx.query(ctx, func(r *sql.Rows) error {
		var o Origin
		err := r.Scan(scanOrigin(&o)...)
		out = append(out, o)
		return err
	}, "SELECT "+originColumns+" FROM origins ORDER BY id")
	return out, err
}

// OriginNames gives the names of origins.
func (tx *Tx) OriginNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	out := map[int64]string{}
	err := tx.queryBatch(ctx, func(r *sql.Rows) error {
		var id int64
		var name string
		err := r.Scan(&id, &name)
		out[id] = name
		return err
	}, idBatch(ids), "WITH v(id) AS (@rows) SELECT id, name FROM origins WHERE id IN (SELECT id FROM v)")
	return out, err
}

// originArg is fettle_origin on SQLite: the origin of a value among a record's
// origins, NULL where they cannot be read.
func originArg(origins, field driver.Value) driver.Value {
	text, ok := origins.(string)
	key, named := field.(string)
	if !ok || !named {
		return nil
	}
	all, err := ParseOrigins(text)
	if err != nil {
		return nil
	}
	if id, ok := all[key]; ok {
		return id
	}
	return all[""]
}

// timeArg is fettle_time on SQLite: microseconds since 1970 as timestamps are
// written.
func timeArg(us driver.Value) driver.Value {
	if n, ok := us.(int64); ok {
		return fettle.FormatTimestamp(time.UnixMicro(n))
	}
	return nil
}
