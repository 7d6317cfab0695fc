package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"fettle"
)

// progressTable notes how far a copy into this database came. It is there
// until the copy has been finished.
const progressTable = "copy_progress"

// progress is how far the copy of one table came.
type progress struct {
	table string
	last  string // the key of the last row that was written
	rows  int64
	done  bool
	sum   string // of the source's table
}

// beginCopy makes the table of progress. It refuses a database with anything
// in it, unless an unfinished copy has put it there.
func (db *DB) beginCopy(ctx context.Context) error {
	return db.Update(ctx, func(tx *Tx) error {
		if ok, err := tx.hasTable(ctx, progressTable); err != nil || ok {
			return err
		}
		if err := tx.refuseUsed(ctx); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `CREATE TABLE `+progressTable+` (name TEXT PRIMARY KEY, last TEXT NOT NULL, n BIGINT NOT NULL, done BOOLEAN NOT NULL, sum TEXT NOT NULL)`)
		return err
	})
}

// refuseUsed refuses a workspace that was used for anything.
func (tx *Tx) refuseUsed(ctx context.Context) error {
	for _, t := range []string{"people", "companies", "changes", "imports", "enrichments", "attempts", "journal", "limits", "users", "tokens", "connections", "definitions", "actions"} {
		var used bool
		if err := tx.get(ctx, []any{&used}, "SELECT EXISTS (SELECT 1 FROM "+t+")"); err != nil {
			return err
		}
		if used {
			return fettle.Errorf(fettle.Refused, "there is a workspace in the database already: its table %s is not empty", t).
				WithHint("Nothing was written. Name an empty database.")
		}
	}
	return nil
}

// FinishCopy says that the copy into this database is whole: from now on it is
// a workspace as any other.
func (db *DB) FinishCopy(ctx context.Context) error {
	return db.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "DROP TABLE "+progressTable)
		return err
	})
}

// wholeCopy stands, in the table of progress, for all tables together: they
// were copied and compared.
const wholeCopy = ""

func (db *DB) refuseUnfinished(ctx context.Context) error {
	var unfinished bool
	err := db.View(ctx, func(tx *Tx) (err error) {
		unfinished, err = tx.hasTable(ctx, progressTable)
		return err
	})
	if err != nil || !unfinished {
		return err
	}
	return fettle.Errorf(fettle.Refused, "a copy into this database has not been finished").
		WithHint("Run the same command again (fettle copy or fettle restore): it goes on from where it was.")
}

func (tx *Tx) hasTable(ctx context.Context, name string) (bool, error) {
	var n int
	err := tx.get(ctx, []any{&n}, tx.db.d.hasTable, name)
	return n > 0, err
}

func (tx *Tx) progress(ctx context.Context, table string) (progress, error) {
	p := progress{table: table}
	err := tx.get(ctx, []any{&p.last, &p.rows, &p.done, &p.sum}, "SELECT last, n, done, sum FROM "+progressTable+" WHERE name = $1", table)
	if errors.Is(err, sql.ErrNoRows) {
		return p, nil
	}
	return p, err
}

func (tx *Tx) putProgress(ctx context.Context, p progress) error {
	_, err := tx.exec(ctx, `INSERT INTO `+progressTable+` (name, last, n, done, sum) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name) DO UPDATE SET last = excluded.last, n = excluded.n, done = excluded.done, sum = excluded.sum`, p.table, p.last, p.rows, p.done, p.sum)
	return err
}

func (tx *Tx) forgetProgress(ctx context.Context, table string) error {
	_, err := tx.exec(ctx, "DELETE FROM "+progressTable+" WHERE name = $1", table)
	return err
}

// copyLock is the advisory lock of who copies into a database: "ftcopy" in
// ASCII.
const copyLock = 0x6674636f7079

// HoldCopy keeps other copies out of this database until release.
func (db *DB) HoldCopy(ctx context.Context) (release func() error, err error) {
	if !db.d.postgres {
		return func() error { return nil }, nil // a file of our own
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, db.explain(err)
	}
	var got bool
	if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", int64(copyLock)).Scan(&got); err != nil {
		return nil, errors.Join(db.explain(err), conn.Close())
	}
	if !got {
		return nil, errors.Join(fettle.Errorf(fettle.Refused, "another copy into this database is under way").WithHint("Wait until it has ended, or stop it."), conn.Close())
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(copyLock))
		if err != nil {
			err = fmt.Errorf("give the copy's lock back: %w", err)
		}
		return errors.Join(err, conn.Close())
	}, nil
}
