package store

import (
	"context"
	"database/sql"
	"errors"
)

// What the job queue needs: it keeps its own tables in the same database.

// SQL gives the transaction itself, so that a job is enqueued by the
// transaction that is the reason for it.
func (tx *Tx) SQL() *sql.Tx { return tx.tx }

// HasTable reports whether there is a table with the name.
func (tx *Tx) HasTable(ctx context.Context, name string) (bool, error) { return tx.hasTable(ctx, name) }

// Exclusive runs fn while no other process opens or migrates the database.
func (db *DB) Exclusive(ctx context.Context, fn func() error) (err error) {
	unlock, err := db.d.lock(ctx, db.dsn, db.write)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return fn()
}
