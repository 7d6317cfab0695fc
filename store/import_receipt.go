package store

import (
	"context"
	"database/sql"

	"fettle"
)

// ImportLoad is what became of the cells of one column of an import. File less
// all that follows Table is Table.
type ImportLoad struct {
	Column   string `json:"column"`
	Field    string `json:"field"`
	File     int64  `json:"file"`               // cells that hold something
	Table    int64  `json:"table"`              // records that hold what the file says
	Rejected int64  `json:"rejected,omitempty"` // cells of rows that were rejected
	Blank    int64  `json:"blank,omitempty"`    // placeholders
	Aside    int64  `json:"aside,omitempty"`    // what the field cannot hold
	Kept     int64  `json:"kept,omitempty"`     // the record kept another value
	Shared   int64  `json:"shared,omitempty"`   // another row of the import is on the record and says something too
}

// ImportTold is what else the answer to an import says, for those who come later.
// It holds nothing of what the rows say, and so outlives records that are erased.
type ImportTold struct {
	Keys         []string               `json:"keys,omitempty"`
	Unidentified int64                  `json:"unidentified,omitempty"`
	Invalid      []fettle.InvalidColumn `json:"invalid,omitempty"`
	Placeholders []fettle.Placeholders  `json:"placeholders,omitempty"`
	NewFields    []fettle.NewField      `json:"new_fields,omitempty"`
	NewValues    []fettle.NewValues     `json:"new_values,omitempty"`
	Encoding     string                 `json:"encoding,omitempty"`
	Sheet        string                 `json:"sheet,omitempty"`
}

// ImportAside is a value that an import set aside, and the record that is without.
type ImportAside struct {
	fettle.Aside
	Record int64
}

// AddImportAside keeps values that were set aside.
func (tx *Tx) AddImportAside(ctx context.Context, id int64, values []ImportAside) error {
	if len(values) == 0 {
		return nil
	}
	b := NewBatch("bigint", "bigint", "text", "text", "text", "text", "bigint")
	for _, v := range values {
		b.Add(id, int64(v.Line), v.Column, v.Field, v.Value, v.Reason, v.Record)
	}
	_, err := tx.execBatch(ctx, b, `INSERT INTO import_aside (import_id, line, column_name, field, value, reason, record_id) @rows
		ON CONFLICT (import_id, line, column_name, value) DO NOTHING`)
	return err
}

// ImportAsides lists the values that an import set aside, in the order of their
// lines, from the line, column and value after.
func (tx *Tx) ImportAsides(ctx context.Context, id int64, after fettle.Aside, limit int) ([]fettle.Aside, error) {
	var out []fettle.Aside
	err := tx.query(ctx, func(r *sql.Rows) error {
		var a fettle.Aside
		err := r.Scan(&a.Line, &a.Column, &a.Field, &a.Value, &a.Reason)
		out = append(out, a)
		return err
	}, `SELECT line, column_name, field, value, reason FROM import_aside
		WHERE import_id = $1 AND (line > $2 OR line = $2 AND (column_name > $3 OR column_name = $3 AND value > $4))
		ORDER BY line, column_name, value LIMIT $5`, id, int64(after.Line), after.Column, after.Value, limit)
	return out, err
}

// ImportsOf lists the imports that mapped columns of an import later and were not
// undone, newest first.
func (tx *Tx) ImportsOf(ctx context.Context, id int64) ([]Import, error) {
	var out []Import
	err := tx.query(ctx, func(r *sql.Rows) error {
		imp, err := scanImport(r)
		out = append(out, imp)
		return err
	}, "SELECT "+importColumns+" FROM imports WHERE of_id = $1 AND state <> 'undone' ORDER BY id DESC", id)
	return out, err
}
