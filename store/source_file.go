package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"fettle"
)

// SourceFile is how a file fares that a source reads.
type SourceFile struct {
	Source    int64
	NextUS    int64 // when it is read next; 0: when somebody says so
	Worker    int64 // that reads it; 0: none does
	KeySealed []byte
	ETag      string // what the server called the last content
	Modified  string
	Digest    string   // of what was imported last, and of how
	Columns   []string // its headings
	Import    int64
	Rows      int64
	Outcome   fettle.FileOutcome

	// Of a reading that failed: how often since the schedule said so, where NextUS is
	// another try; and the content that was refused, as Digest, ETag and Modified.
	Tries                                 int64
	Refused, RefusedETag, RefusedModified string
}

const sourceFileColumns = "source_id, next_us, worker_id, key_sealed, etag, modified, digest, columns, import_id, read_rows, outcome, tries, refused, refused_etag, refused_modified"

func (tx *Tx) sourceFilesWhere(ctx context.Context, where string, args ...any) ([]SourceFile, error) {
	var out []SourceFile
	err := tx.query(ctx, func(r *sql.Rows) error {
		var f SourceFile
		var columns string
		if err := r.Scan(&f.Source, &f.NextUS, &f.Worker, &f.KeySealed, &f.ETag, &f.Modified, &f.Digest, &columns, &f.Import, &f.Rows, &f.Outcome, &f.Tries, &f.Refused, &f.RefusedETag, &f.RefusedModified); err != nil {
			return err
		}
		out = append(out, f)
		return json.Unmarshal([]byte(columns), &out[len(out)-1].Columns)
	}, "SELECT "+sourceFileColumns+" FROM source_files"+where, args...)
	return out, err
}

// SourceFiles gives how the files fare that sources read, by the source's id.
func (tx *Tx) SourceFiles(ctx context.Context) (map[int64]SourceFile, error) {
	all, err := tx.sourceFilesWhere(ctx, "")
	out := make(map[int64]SourceFile, len(all))
	for _, f := range all {
		out[f.Source] = f
	}
	return out, err
}

// SourceFile gives how the file of a source fares; a new one where it was not
// written yet. Whoever changes it holds the source (LockSource).
func (tx *Tx) SourceFile(ctx context.Context, source int64) (SourceFile, error) {
	all, err := tx.sourceFilesWhere(ctx, " WHERE source_id = $1", source)
	return append(all, SourceFile{Source: source})[0], err
}

// LockSourceByID is LockSource by the id.
func (tx *Tx) LockSourceByID(ctx context.Context, id int64) (Source, error) {
	all, err := tx.sourcesWhere(ctx, " WHERE id = $1"+tx.db.d.forUpdate, id)
	if err != nil || len(all) > 0 {
		return append(all, Source{})[0], err
	}
	return Source{}, fettle.Errorf(fettle.NotFound, "the source is gone")
}

// PutSourceFile writes how the file of a source fares.
func (tx *Tx) PutSourceFile(ctx context.Context, f SourceFile) error {
	columns, err := json.Marshal(f.Columns)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "INSERT INTO source_files ("+sourceFileColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
		ON CONFLICT (source_id) DO UPDATE SET next_us = excluded.next_us, worker_id = excluded.worker_id, key_sealed = excluded.key_sealed, etag = excluded.etag,
			modified = excluded.modified, digest = excluded.digest, columns = excluded.columns, import_id = excluded.import_id, read_rows = excluded.read_rows, outcome = excluded.outcome,
			tries = excluded.tries, refused = excluded.refused, refused_etag = excluded.refused_etag, refused_modified = excluded.refused_modified`,
		f.Source, f.NextUS, f.Worker, f.KeySealed, f.ETag, f.Modified, f.Digest, string(columns), f.Import, f.Rows, string(f.Outcome), f.Tries, f.Refused, f.RefusedETag, f.RefusedModified)
	return err
}

// DropSourceFile forgets how a file fares that is read no more.
func (tx *Tx) DropSourceFile(ctx context.Context, source int64) error {
	_, err := tx.exec(ctx, "DELETE FROM source_files WHERE source_id = $1", source)
	return err
}

// DueSourceFiles lists the sources whose file is to be read and that no living
// process reads.
func (tx *Tx) DueSourceFiles(ctx context.Context, nowUS int64) ([]int64, error) {
	return tx.ids(ctx, `SELECT source_id FROM source_files WHERE next_us > 0 AND next_us <= $1
		AND worker_id NOT IN (SELECT id FROM workers WHERE state = 'live') ORDER BY source_id`, nowUS)
}
