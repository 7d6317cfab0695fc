package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"fettle"
)

// The states of an import.
const (
	ImportRunning = "running"
	ImportDone    = "done"
	ImportFailed  = "failed"
	ImportUndoing = "undoing"
	ImportUndone  = "undone"
)

// ImportCounts is what an import did, as it is kept beside it.
type ImportCounts struct {
	Read      int64 `json:"read"`
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Merged    int64 `json:"merged"`
	Unchanged int64 `json:"unchanged"`
	Rejected  int64 `json:"rejected"`
	Conflicts int64 `json:"conflicts"`
	Deferred  int64 `json:"deferred,omitempty"`
	Joined    int64 `json:"joined,omitempty"`
	SetAside  int64 `json:"set_aside,omitempty"`

	CompaniesCreated int64 `json:"companies_created,omitempty"` // of an import of people

	Loads []ImportLoad `json:"loads,omitempty"` // of each column that has a field
	Told  *ImportTold  `json:"told,omitempty"`  // from its end on

	Unmapped    []string `json:"unmapped,omitempty"`
	Employer    string   `json:"employer,omitempty"`     // of an import of people: the unmapped column that names their companies
	List        string   `json:"list,omitempty"`         // the list of the file's ids; "" of an import from when there was one for all files
	FirstChange int64    `json:"first_change,omitempty"` // change log id when it began
	EndChange   int64    `json:"end_change,omitempty"`   // first id after it had ended
}

// Import is one import of a file.
type Import struct {
	ID        int64
	Entity    fettle.Entity
	Source    string
	File      string
	Mapping   map[string]string
	State     string
	Counts    ImportCounts
	NoRun     bool
	Actor     string
	CreatedUS int64
	EndedUS   int64 // 0 while it runs
	AliveUS   int64 // until when it is believed to run
	Of        int64 // the import whose columns are mapped later by this one; 0: a file
}

// importLease is how long an import that writes nothing is believed to run.
const importLease = time.Minute

// Interrupted reports whether the import runs no more, although it never ended:
// its process died. One that was only slow goes on, and is not interrupted any
// more.
func (imp Import) Interrupted(now time.Time) bool {
	return imp.State == ImportRunning && imp.AliveUS < now.UnixMicro()
}

// AddImport records an import that begins and gives it an id.
func (tx *Tx) AddImport(ctx context.Context, imp *Import) error {
	mapping, err := json.Marshal(imp.Mapping)
	if err != nil {
		return err
	}
	counts, err := json.Marshal(imp.Counts)
	if err != nil {
		return err
	}
	if imp.ID, err = tx.NextIDs(ctx, SeqImport, 1); err != nil {
		return err
	}
	imp.AliveUS = time.Now().Add(importLease).UnixMicro()
	_, err = tx.exec(ctx, `INSERT INTO imports (id, entity, source, file_name, mapping, state, counts, no_run, actor, created_at_us, ended_at_us, alive_until_us, of_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, $11, $12)`,
		imp.ID, string(imp.Entity), imp.Source, imp.File, string(mapping), imp.State, string(counts), imp.NoRun, imp.Actor, imp.CreatedUS, imp.AliveUS, imp.Of)
	return err
}

// UpdateImport records how far an import is. It refuses to let an import run on,
// or end, that is being undone.
func (tx *Tx) UpdateImport(ctx context.Context, imp *Import) error {
	counts, err := json.Marshal(imp.Counts)
	if err != nil {
		return err
	}
	imp.AliveUS = time.Now().Add(importLease).UnixMicro()
	n, err := tx.exec(ctx, `UPDATE imports SET state = $2, counts = $3, ended_at_us = $4, alive_until_us = $5
		WHERE id = $1 AND (state = 'running' OR $2 IN ('undoing', 'undone'))`, imp.ID, imp.State, string(counts), nullID(imp.EndedUS), imp.AliveUS)
	if err == nil && n == 0 {
		err = fettle.Errorf(fettle.Refused, "import %d is being undone", imp.ID).WithHint("Import the file again if it is wanted.")
	}
	return err
}

// SetImportStands says of an import whether it stands, after its undo was taken
// back, or that was.
func (tx *Tx) SetImportStands(ctx context.Context, id int64, stands bool) error {
	was, now := ImportDone, ImportUndone
	if stands {
		was, now = ImportUndone, ImportDone
	}
	_, err := tx.exec(ctx, "UPDATE imports SET state = $2 WHERE id = $1 AND state = $3", id, now, was)
	return err
}

// WidenImports says that the entries of imports that have ended lie before end.
func (tx *Tx) WidenImports(ctx context.Context, ids []int64, end int64) error {
	for _, id := range ids {
		imp, err := tx.Import(ctx, id)
		if err != nil {
			return err
		}
		if imp.Counts.EndChange == 0 || imp.State != ImportDone {
			continue // all that comes is its own, or it is taken back
		}
		imp.Counts.EndChange = end
		counts, err := json.Marshal(imp.Counts)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "UPDATE imports SET counts = $2 WHERE id = $1 AND state = 'done'", id, string(counts)); err != nil {
			return err
		}
	}
	return nil
}

const importColumns = "id, entity, source, file_name, mapping, state, counts, no_run, actor, created_at_us, ended_at_us, alive_until_us, of_id"

func scanImport(r *sql.Rows) (Import, error) {
	var imp Import
	var mapping, counts string
	var ended sql.NullInt64
	if err := r.Scan(&imp.ID, &imp.Entity, &imp.Source, &imp.File, &mapping, &imp.State, &counts, &imp.NoRun, &imp.Actor, &imp.CreatedUS, &ended, &imp.AliveUS, &imp.Of); err != nil {
		return imp, err
	}
	imp.EndedUS = ended.Int64
	if err := json.Unmarshal([]byte(mapping), &imp.Mapping); err != nil {
		return imp, err
	}
	return imp, json.Unmarshal([]byte(counts), &imp.Counts)
}

// Import reads one import.
func (tx *Tx) Import(ctx context.Context, id int64) (Import, error) {
	return tx.oneImport(ctx, fettle.Errorf(fettle.NotFound, "there is no import %d", id).WithHint("Import lists them with their numbers (fettle import list)."),
		"WHERE id = $1", id)
}

// NewestImport reads the newest import that was not undone.
func (tx *Tx) NewestImport(ctx context.Context) (Import, error) {
	return tx.oneImport(ctx, fettle.Errorf(fettle.NotFound, "there is no import that was not taken back").WithHint("Import a file first (fettle import FILE)."),
		"WHERE state <> 'undone' ORDER BY id DESC LIMIT 1")
}

func (tx *Tx) oneImport(ctx context.Context, missing *fettle.Error, where string, args ...any) (Import, error) {
	var out []Import
	err := tx.query(ctx, func(r *sql.Rows) error {
		imp, err := scanImport(r)
		out = append(out, imp)
		return err
	}, "SELECT "+importColumns+" FROM imports "+where, args...)
	switch {
	case err != nil:
		return Import{}, err
	case len(out) == 0:
		return Import{}, missing
	}
	return out[0], nil
}

// Imports lists imports, newest first, with an id below before (0: all).
func (tx *Tx) Imports(ctx context.Context, before int64, limit int) ([]Import, error) {
	var out []Import
	err := tx.query(ctx, func(r *sql.Rows) error {
		imp, err := scanImport(r)
		out = append(out, imp)
		return err
	}, "SELECT "+importColumns+" FROM imports WHERE id < $1 OR $1 = 0 ORDER BY id DESC LIMIT $2", before, limit)
	return out, err
}

// RunningImports gives the imports that still write.
func (tx *Tx) RunningImports(ctx context.Context, now time.Time) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var id int64
		err := r.Scan(&id)
		out[id] = true
		return err
	}, "SELECT id FROM imports WHERE state = 'running' AND alive_until_us >= $1", now.UnixMicro())
	return out, err
}

// ImportRow is what a row of an import held in columns that were not mapped.
type ImportRow struct {
	Line   int64
	Record int64
	Raw    string // JSON {"column": "text"}
}

// AddImportRows keeps the unmapped values of rows.
func (tx *Tx) AddImportRows(ctx context.Context, id int64, rows []ImportRow) error {
	b := NewBatch("bigint", "bigint", "bigint", "text")
	for _, r := range rows {
		b.Add(id, r.Line, r.Record, r.Raw)
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO import_rows (import_id, line, record_id, raw) @rows ON CONFLICT (import_id, line) DO NOTHING")
	return err
}

// ImportRowsOf reads the unmapped values that imports gave to a record, newest
// import first.
func (tx *Tx) ImportRowsOf(ctx context.Context, record int64) ([]ImportRow, error) {
	var out []ImportRow
	err := tx.query(ctx, func(r *sql.Rows) error {
		var row ImportRow
		err := r.Scan(&row.Line, &row.Record, &row.Raw)
		out = append(out, row)
		return err
	}, `SELECT line, record_id, raw FROM import_rows
		WHERE record_id = $1 OR record_id IN (SELECT record_id FROM aliases WHERE into_id = $1) ORDER BY import_id DESC, line`, record)
	return out, err
}

// ImportReject is a row that was not imported.
type ImportReject struct {
	fettle.Reject
	Raw string // the row as JSON
}

// AddImportRejects keeps rows that were not imported.
func (tx *Tx) AddImportRejects(ctx context.Context, id int64, rejects []ImportReject) error {
	b := NewBatch("bigint", "bigint", "text", "text", "text")
	for _, r := range rejects {
		b.Add(id, int64(r.Line), r.Field, r.Reason, r.Raw)
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO import_rejects (import_id, line, field, reason, raw) @rows ON CONFLICT (import_id, line) DO NOTHING")
	return err
}

// ImportRejects lists the rows of an import that were not imported, from the
// line after.
func (tx *Tx) ImportRejects(ctx context.Context, id int64, after, limit int) ([]ImportReject, error) {
	var out []ImportReject
	err := tx.query(ctx, func(r *sql.Rows) error {
		var j ImportReject
		err := r.Scan(&j.Line, &j.Field, &j.Reason, &j.Raw)
		out = append(out, j)
		return err
	}, "SELECT line, field, reason, raw FROM import_rejects WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3", id, after, limit)
	return out, err
}

// AddImportMerges keeps which rows did not become records of their own.
func (tx *Tx) AddImportMerges(ctx context.Context, id int64, rows []fettle.MergedRow) error {
	b := NewBatch("bigint", "bigint", "bigint", "bigint", "bigint", "text", "boolean")
	for _, r := range rows {
		b.Add(id, int64(r.Line), int64(r.WithLine), r.RecordID, r.OtherID, r.Key, r.NamesDiffer)
	}
	_, err := tx.execBatch(ctx, b, `INSERT INTO import_merges (import_id, line, with_line, record_id, other_id, key, names_differ) @rows
		ON CONFLICT (import_id, line) DO NOTHING`)
	return err
}

// ImportMerges lists the merged rows of an import, from the line after.
func (tx *Tx) ImportMerges(ctx context.Context, id int64, after, limit int) ([]fettle.MergedRow, error) {
	out := []fettle.MergedRow{}
	err := tx.query(ctx, func(r *sql.Rows) error {
		var m fettle.MergedRow
		err := r.Scan(&m.Line, &m.WithLine, &m.RecordID, &m.OtherID, &m.Key, &m.NamesDiffer)
		out = append(out, m)
		return err
	}, `SELECT line, with_line, record_id, other_id, key, names_differ FROM import_merges
		WHERE import_id = $1 AND line > $2 ORDER BY line LIMIT $3`, id, after, limit)
	return out, err
}
