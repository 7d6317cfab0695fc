package store

import (
	"context"
	"database/sql"
)

// ImportRowsAfter reads what the rows of an import held in columns that were not
// mapped, in the order of their lines, from the line after. A record that was
// merged away stands for its survivor.
func (tx *Tx) ImportRowsAfter(ctx context.Context, id, after int64, limit int) ([]ImportRow, error) {
	var out []ImportRow
	err := tx.query(ctx, func(r *sql.Rows) error {
		var row ImportRow
		err := r.Scan(&row.Line, &row.Record, &row.Raw)
		out = append(out, row)
		return err
	}, `SELECT r.line, COALESCE(a.into_id, r.record_id), r.raw FROM import_rows r LEFT JOIN aliases a ON a.record_id = r.record_id
		WHERE r.import_id = $1 AND r.line > $2 ORDER BY r.line LIMIT $3`, id, after, limit)
	return out, err
}
