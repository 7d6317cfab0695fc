package store

import (
	"context"
	"database/sql"

	"fettle"
)

const fieldColumns = "entity, key, label, type, builtin, key_field, description, position, created_at_us"

// Fields lists the fields of an entity in the order in which they are shown.
func (tx *Tx) Fields(ctx context.Context, entity fettle.Entity) ([]fettle.Field, error) {
	var out []fettle.Field
	err := tx.query(ctx, func(r *sql.Rows) error {
		var f fettle.Field
		err := r.Scan(&f.Entity, &f.Key, &f.Label, &f.Type, &f.Builtin, &f.KeyField, &f.Description, &f.Position, &f.CreatedAtUS)
		out = append(out, f)
		return err
	}, "SELECT "+fieldColumns+" FROM fields WHERE entity = $1 ORDER BY position, key", string(entity))
	return out, err
}

func (tx *Tx) insertField(ctx context.Context, f fettle.Field) error {
	_, err := tx.exec(ctx, "INSERT INTO fields ("+fieldColumns+") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		string(f.Entity), f.Key, f.Label, string(f.Type), f.Builtin, f.KeyField, f.Description, f.Position, f.CreatedAtUS)
	return err
}
