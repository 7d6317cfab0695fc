package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"fettle"
)

// Copied is told how far a copy is: the table, and how many of its rows are
// written. It may be nil.
type Copied func(table string, rows int64)

// CopyTo copies every row of the workspace to another database, one of the two
// in SQLite and one in PostgreSQL. It reads one snapshot, and writes in
// batches, each with a note of how far it came: a copy that was killed goes on
// from there. When it returns, every table of the target has been compared
// with the source, row by row, by a checksum that is computed the same on
// both.
//
// PostgreSQL as the target stays marked as unfinished until FinishCopy. It
// refuses a target with anything in it, and a source whose file was deleted or
// replaced meanwhile: whoever opens what stands there now would work on beside
// the copy.
func (db *DB) CopyTo(ctx context.Context, to *DB, said Copied) error {
	if said == nil {
		said = func(string, int64) {}
	}
	if err := to.beginCopy(ctx); err != nil {
		return err
	}
	if err := db.copyTables(ctx, to, said); err != nil {
		return err
	}
	return db.Lost()
}

func (db *DB) copyTables(ctx context.Context, to *DB, said Copied) error {
	return db.View(ctx, func(from *Tx) error {
		if err := from.patient(ctx); err != nil {
			return err
		}
		shapes, err := shapesOf(ctx, from, to)
		if err != nil {
			return err
		}
		sums := make([]tableSum, len(shapes))
		for i, s := range shapes {
			if sums[i], err = s.sum(ctx, from); err != nil {
				return err
			}
		}
		if whole, err := to.copiedWhole(ctx, sums); err != nil || whole {
			return err
		}
		if err := to.copyFields(ctx, from); err != nil {
			return err
		}
		for try := 0; ; try++ {
			for i, s := range shapes {
				c := copying{shape: s, from: from, to: to, sum: sums[i], said: said}
				if err := c.run(ctx); err != nil {
					return err
				}
			}
			if err := to.verify(ctx, shapes, sums); err == nil || try > 0 || fettle.CodeOf(err) != fettle.Refused {
				return err
			}
		}
	})
}

// copiedWhole reports whether the same was copied and compared before: what is
// left to do is to prepare the workspace for use, which changes it.
func (db *DB) copiedWhole(ctx context.Context, sums []tableSum) (bool, error) {
	var p progress
	err := db.View(ctx, func(tx *Tx) (err error) {
		p, err = tx.progress(ctx, wholeCopy)
		return err
	})
	return p.done && p.sum == sumOfSums(sums), err
}

// verify compares every table with what the source said. It refuses a table
// that differs, which is copied anew by the next try: what was copied before a
// kill may have been prepared for use since.
func (db *DB) verify(ctx context.Context, shapes []shape, sums []tableSum) error {
	var differ []string
	for i, s := range shapes {
		var have tableSum
		err := db.View(ctx, func(tx *Tx) (err error) {
			have, err = s.sum(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		if have != sums[i] {
			differ = append(differ, fmt.Sprintf("%s (%d rows, the source has %d)", s.name, have.rows, sums[i].rows))
			if err := db.Update(ctx, func(tx *Tx) error { return tx.forgetProgress(ctx, s.name) }); err != nil {
				return err
			}
		}
	}
	if len(differ) > 0 {
		return fettle.Errorf(fettle.Refused, "the copy is not what the source holds: %s", strings.Join(differ, ", ")).
			WithHint("Make sure that nothing else uses either database, then run the copy again: it copies these tables anew.")
	}
	return db.Update(ctx, func(tx *Tx) error {
		return tx.putProgress(ctx, progress{table: wholeCopy, done: true, sum: sumOfSums(sums)})
	})
}

// copying is one table under way.
type copying struct {
	shape shape
	from  *Tx
	to    *DB
	sum   tableSum
	said  Copied
}

// The size of a batch: one write transaction.
const (
	copyRows  = 2000
	copyBytes = 4 << 20
)

func (c *copying) run(ctx context.Context) error {
	var p progress
	err := c.to.View(ctx, func(tx *Tx) (err error) {
		p, err = tx.progress(ctx, c.shape.name)
		return err
	})
	if err != nil {
		return err
	}
	if p.sum != hex.EncodeToString(c.sum.sum[:]) { // not begun, or the source has changed since
		p = progress{table: c.shape.name, sum: hex.EncodeToString(c.sum.sum[:])}
		if err := c.clear(ctx, p); err != nil {
			return err
		}
	}
	if p.done {
		return nil
	}
	after, err := c.shape.parseKey(p.last)
	if err != nil {
		return err
	}
	b, bytes := NewBatch(c.shape.types...), 0
	var last []any
	flush := func(done bool) error {
		p.done = done
		if last != nil {
			p.last = c.shape.keyText(last)
		}
		p.rows += int64(b.Len())
		if err := c.to.Update(ctx, func(tx *Tx) error {
			if err := tx.insertRows(ctx, c.shape, b); err != nil {
				return err
			}
			return tx.putProgress(ctx, p)
		}); err != nil {
			return err
		}
		c.said(c.shape.name, p.rows)
		b, bytes = NewBatch(c.shape.types...), 0
		return nil
	}
	err = c.shape.read(ctx, c.from, after, func(row []any) error {
		b.Add(row...)
		last, bytes = row, bytes+sizeOf(row)
		if b.Len() >= copyRows || bytes >= copyBytes {
			return flush(false)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush(true)
}

// clear empties the table for a copy from its beginning, in pieces.
func (c *copying) clear(ctx context.Context, p progress) error {
	const piece = 5000
	key := c.shape.keyColumns()
	for {
		var n int64
		err := c.to.Update(ctx, func(tx *Tx) (err error) {
			if err := tx.putProgress(ctx, p); err != nil {
				return err
			}
			n, err = tx.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE (%s) IN (SELECT %s FROM %s LIMIT %d)", c.shape.name, key, key, c.shape.name, piece))
			return err
		})
		if err != nil || n < piece {
			return err
		}
	}
}

func (tx *Tx) insertRows(ctx context.Context, s shape, b *Batch) error {
	if b.Len() == 0 {
		return nil
	}
	_, err := tx.execBatch(ctx, b, "INSERT INTO "+s.name+" ("+s.columnList()+") @rows")
	if err != nil {
		return fmt.Errorf("copy %s: %w", s.name, err)
	}
	return nil
}

// copyFields gives the target the columns of the source's fields, and takes
// away those that an earlier, unfinished copy gave it and that are gone since.
func (db *DB) copyFields(ctx context.Context, from *Tx) error {
	return db.Update(ctx, func(tx *Tx) error {
		for _, entity := range []fettle.Entity{fettle.People, fettle.Companies} {
			there, err := from.columnsOf(ctx, table(entity))
			if err != nil {
				return err
			}
			here, err := tx.columnsOf(ctx, table(entity))
			if err != nil {
				return err
			}
			for _, key := range here {
				if !slices.Contains(there, key) {
					if err := tx.dropColumn(ctx, entity, key); err != nil {
						return err
					}
				}
			}
			fields, err := from.Fields(ctx, entity)
			if err != nil {
				return err
			}
			for _, f := range fields {
				if !slices.Contains(here, f.Key) {
					if err := tx.addColumn(ctx, f); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
}

// columnsOf lists the columns of a table.
func (tx *Tx) columnsOf(ctx context.Context, table string) (names []string, err error) {
	err = tx.query(ctx, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		names = append(names, name)
		return err
	}, tx.db.d.columnNames, table)
	return names, err
}

// patient keeps the snapshot of a copy open while its rows are written
// elsewhere.
func (tx *Tx) patient(ctx context.Context) error {
	if !tx.db.d.postgres {
		return nil
	}
	_, err := tx.tx.ExecContext(ctx, "SET LOCAL "+idleTimeout+" = 0")
	return err
}

// The tables that a copy leaves alone: the target has its own.
var notCopied = []string{versionTable, "migration_sums", progressTable}

// shapesOf reads the tables from whichever of the two databases is PostgreSQL:
// SQLite does not know a boolean from a number.
func shapesOf(ctx context.Context, from *Tx, to *DB) (out []shape, err error) {
	if from.db.d.postgres == to.d.postgres {
		return nil, fettle.Errorf(fettle.Invalid, "a copy is between SQLite and PostgreSQL").WithHint("For SQLite to SQLite, make a backup and restore it (fettle backup, then fettle restore).")
	}
	if from.db.d.postgres {
		out, err = from.shapes(ctx)
	} else {
		if err := to.copyFields(ctx, from); err != nil {
			return nil, err
		}
		err = to.View(ctx, func(tx *Tx) (err error) {
			out, err = tx.shapes(ctx)
			return err
		})
	}
	return out, err
}

// shapes reads the tables of a workspace in PostgreSQL, with their columns and
// keys. The job queue's own are left out.
func (tx *Tx) shapes(ctx context.Context) ([]shape, error) {
	var out []shape
	err := tx.query(ctx, func(r *sql.Rows) error {
		var name, column, typ string
		var key sql.NullInt64
		if err := r.Scan(&name, &column, &typ, &key); err != nil {
			return err
		}
		if slices.Contains(notCopied, name) || strings.HasPrefix(name, "river_") {
			return nil
		}
		if len(out) == 0 || out[len(out)-1].name != name {
			out = append(out, shape{name: name})
		}
		s := &out[len(out)-1]
		if key.Valid {
			s.key = append(s.key, keyColumn{index: len(s.columns), at: key.Int64})
		}
		s.columns, s.types = append(s.columns, column), append(s.types, typ)
		return nil
	}, `SELECT c.relname, a.attname, format_type(a.atttypid, NULL), array_position(i.indkey::int2[], a.attnum)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
		WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname, a.attnum`)
	for i := range out {
		slices.SortFunc(out[i].key, func(a, b keyColumn) int { return int(a.at - b.at) })
	}
	return out, err
}
