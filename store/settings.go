package store

import (
	"context"
	"database/sql"
	"errors"
)

// Setting reads a setting of the workspace; ok is false if it was never put.
func (tx *Tx) Setting(ctx context.Context, key string) (value string, ok bool, err error) {
	err = tx.get(ctx, []any{&value}, "SELECT value FROM settings WHERE key = $1", key)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return value, err == nil, err
}

// PutSetting writes a setting of the workspace.
func (tx *Tx) PutSetting(ctx context.Context, key, value string) error {
	_, err := tx.exec(ctx, `INSERT INTO settings (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}
