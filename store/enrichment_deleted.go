package store

import (
	"context"
	"database/sql"
)

// Deleted is an enrichment that is no more. Its calls and charges stay.
type Deleted struct {
	ID    int64
	Name  string
	Actor string // who deleted it
	AtUS  int64
}

// DeleteEnrichment removes an enrichment and its versions, and keeps its name;
// calls, charges and cells stay.
func (tx *Tx) DeleteEnrichment(ctx context.Context, d Deleted) error {
	if _, err := tx.exec(ctx, `INSERT INTO deleted_enrichments (id, name, actor, deleted_at_us) VALUES ($1, $2, $3, $4)`, d.ID, d.Name, d.Actor, d.AtUS); err != nil {
		return err
	}
	for _, q := range []string{
		`DELETE FROM enrichment_versions WHERE enrichment_id = $1`, `DELETE FROM row_counts WHERE enrichment_id = $1`,
		`DELETE FROM cell_inputs WHERE enrichment_id = $1`, `DELETE FROM quiet_entries WHERE enrichment_id = $1`, `DELETE FROM ticks WHERE enrichment_id = $1`,
		`DELETE FROM enrichments WHERE id = $1`,
	} {
		if _, err := tx.exec(ctx, q, d.ID); err != nil {
			return err
		}
	}
	return nil
}

// DeletedEnrichments reads the deleted enrichments, those of a name if one is
// given, the one deleted last first.
func (tx *Tx) DeletedEnrichments(ctx context.Context, name string) ([]Deleted, error) {
	var out []Deleted
	err := tx.query(ctx, func(r *sql.Rows) error {
		var d Deleted
		err := r.Scan(&d.ID, &d.Name, &d.Actor, &d.AtUS)
		out = append(out, d)
		return err
	}, `SELECT id, name, actor, deleted_at_us FROM deleted_enrichments WHERE $1 = '' OR name = $1 ORDER BY id DESC`, name)
	return out, err
}
