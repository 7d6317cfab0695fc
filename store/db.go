package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"fettle"
	"fettle/internal/text"
)

// DB is one workspace's database.
type DB struct {
	d      dialect
	dsn    string
	at     *site // of SQLite: the file; nil of PostgreSQL
	fresh  bool  // the workspace was made when it was opened
	read   *sql.DB
	write  *sql.DB
	reads  prepared
	writes prepared
	log    *slog.Logger
}

// Open opens the workspace at dsn: a file's path for SQLite, or a postgres://
// URL. It applies the migrations that are missing and refuses a newer schema
// and settings that would lose commits.
func Open(ctx context.Context, dsn string, log *slog.Logger) (*DB, error) {
	return OpenThrough(ctx, dsn, log, nil)
}

// Through stands between the store and its driver, for tests that take the
// store its database away: it gets the driver's connector and the address that
// this opens, and gives the connector to use.
type Through func(c driver.Connector, address string) driver.Connector

// OpenThrough is Open with something between the store and its driver; nil is
// nothing.
func OpenThrough(ctx context.Context, dsn string, log *slog.Logger, through Through) (*DB, error) {
	db, err := openAny(ctx, dsn, log, through)
	if err != nil {
		return nil, err
	}
	if err := db.refuseUnfinished(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// OpenForCopy is Open for who copies a workspace to dsn: what an unfinished
// copy has left there is no hindrance.
func OpenForCopy(ctx context.Context, dsn string, log *slog.Logger) (*DB, error) {
	return openAny(ctx, dsn, log, nil)
}

func openAny(ctx context.Context, dsn string, log *slog.Logger, through Through) (*DB, error) {
	d := dialectOf(dsn)
	read, write, at, err := d.open(dsn, through)
	if err != nil {
		return nil, err
	}
	db := newDB(d, dsn, read, write, log)
	db.at = at
	if err := db.prepareSchema(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func newDB(d dialect, dsn string, read, write *sql.DB, log *slog.Logger) *DB {
	return &DB{d: d, dsn: dsn, read: read, write: write, reads: prepared{pool: read}, writes: prepared{pool: write, waits: true}, log: log}
}

// pool opens a pool of connections.
func (t Through) pool(c driver.Connector, address string) *sql.DB {
	if t != nil {
		c = t(c, address)
	}
	return sql.OpenDB(c)
}

// prepareSchema checks that commits are durable and migrates, while no other
// process does.
func (db *DB) prepareSchema(ctx context.Context) (err error) {
	unlock, err := db.d.lock(ctx, db.dsn, db.write)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := db.d.check(ctx, db.write); err != nil {
		return err
	}
	if err := db.migrate(ctx); err != nil || db.at == nil {
		return err
	}
	return db.checkPlace(ctx)
}

// Close closes the database. Transactions under way are rolled back.
func (db *DB) Close() error {
	db.reads.forget()
	db.writes.forget()
	if db.read == db.write {
		return db.write.Close()
	}
	return errors.Join(db.read.Close(), db.write.Close())
}

// Postgres reports whether the database is PostgreSQL, for views and tests
// that name it; SQL never depends on it.
func (db *DB) Postgres() bool { return db.d.postgres }

// Writer is the pool that writes, for the job queue, which keeps its own
// tables in the same database.
func (db *DB) Writer() *sql.DB { return db.write }

// Tx is one transaction. Its methods are not safe for concurrent use.
type Tx struct {
	tx      *sql.Tx
	db      *DB
	ro      bool
	missed  []string           // statements that came before and are not prepared
	touched map[int64]struct{} // stretches of records that were written about
	fields  map[fettle.Entity][]fettle.Field
	after   []func() // to be done once it is committed
	logged  [2]int64 // the ids of its entries of the change log: from the first to below the second
}

// Logged gives the ids of the entries that the transaction has put into the
// change log: from first to below end, both 0 for none. They follow each other,
// since whoever takes the log's sequence keeps it until the commit.
func (tx *Tx) Logged() (first, end int64) { return tx.logged[0], tx.logged[1] }

// After has fn run once the transaction is committed; never if it is rolled
// back. It is for telling others, who would look before there is anything to
// see: fn must not fail and not wait.
func (tx *Tx) After(fn func()) { tx.after = append(tx.after, fn) }

// View runs fn in a transaction that only reads and sees one state of the
// database.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	tx, err := db.beginView(ctx)
	if err != nil {
		return db.explain(err)
	}
	db.reads.begin()
	t := &Tx{tx: tx, db: db, ro: true}
	defer func() {
		_ = tx.Rollback()
		db.reads.end()
		db.reads.keep(ctx, t.missed)
	}()
	if err := fn(t); err != nil {
		return db.explain(err)
	}
	return nil
}

// beginView begins a transaction that only reads. Of a file that was deleted or
// replaced there is no new connection: whoever reads waits for one that is open.
func (db *DB) beginView(ctx context.Context) (tx *sql.Tx, err error) {
	for range readers + 1 {
		tx, err = db.begin(ctx, db.read, &sql.TxOptions{ReadOnly: true, Isolation: db.d.viewIsolation})
		if err == nil || db.Lost() == nil {
			break
		}
		if db.read.Stats().OpenConnections == 0 {
			break
		}
		db.read.SetMaxOpenConns(1) // how many are open cannot be told: those that others try to open count too
	}
	return tx, err
}

// begin begins a transaction. Connections that were cut while they lay idle are
// thrown away, one a try, as many as a pool has.
func (db *DB) begin(ctx context.Context, pool *sql.DB, opts *sql.TxOptions) (tx *sql.Tx, err error) {
	for range maxConns + 1 {
		if tx, err = pool.BeginTx(ctx, opts); !db.d.stale(err) {
			break
		}
	}
	return tx, err
}

// updateTries bounds how often Update runs its function again after a
// serialization failure, a deadlock, or rows that moved since they were read.
const updateTries = 10

// Update runs fn in a transaction and commits it. fn may run again. It refuses
// where the database's file was deleted or replaced.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	if err := db.Lost(); err != nil {
		return err
	}
	return db.retried(ctx, fn)
}

func (db *DB) retried(ctx context.Context, fn func(*Tx) error) error {
	var err error
	for try := range updateTries {
		if err = db.update(ctx, fn); !db.d.retriable(err) && !errors.Is(err, ErrMoved) {
			return db.explain(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(try+1) * 5 * time.Millisecond):
		}
	}
	return db.explain(err)
}

func (db *DB) update(ctx context.Context, fn func(*Tx) error) error {
	tx, err := db.begin(ctx, db.write, nil)
	if err != nil {
		return err
	}
	db.writes.begin()
	t := &Tx{tx: tx, db: db}
	defer func() {
		_ = tx.Rollback()
		db.writes.end()
	}()
	if err := fn(t); err != nil {
		return err
	}
	if err := t.countTouched(ctx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, fn := range t.after {
		fn()
	}
	db.writes.keep(ctx, t.missed)
	return nil
}

// Unwritable reports whether a write was refused because of what is in it, by
// the database or before it: the same again would be refused again. Anything
// else (a full disk, a lock, a connection) may pass.
func (db *DB) Unwritable(err error) bool {
	if e, ok := errors.AsType[*fettle.Error](err); ok && e.Code == fettle.Invalid {
		return true
	}
	return db.d.unwritable(err)
}

// explain turns the failures of the database that a person can mend into
// errors with a hint, and leaves others as they are.
func (db *DB) explain(err error) error {
	return db.d.explain(err)
}

func (d dialect) explain(err error) error {
	if _, ok := errors.AsType[*fettle.Error](err); ok || err == nil {
		return err
	}
	if hint, ok := d.mend(err); ok {
		return fettle.Errorf(fettle.Unavailable, "the database refused: %w", err).WithHint("%s", hint).With("database", "refused")
	}
	return err
}

// refuseText refuses text that PostgreSQL does not hold, on both databases: the
// last guard, behind the doors where text is mended or refused by name.
func refuseText(args []any) error {
	for _, v := range args {
		var s string
		switch v := v.(type) {
		case string:
			s = v
		case *string:
			if v != nil {
				s = *v
			}
		case json.RawMessage:
			s = string(v)
		default:
			continue
		}
		if !text.OK(s) {
			return fettle.Errorf(fettle.Invalid, "a text holds a NUL character or is not UTF-8").WithHint("Leave the character out, and send UTF-8.").With("text", "unstorable")
		}
	}
	return nil
}

// exec runs a statement and gives the number of rows that it changed.
func (tx *Tx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	if err := refuseText(args); err != nil {
		return 0, err
	}
	q, a := tx.db.d.render(text, args, nil)
	res, err := tx.run(ctx, q, a)
	if err != nil {
		return 0, fmt.Errorf("%w (in %.60q)", err, text)
	}
	return res.RowsAffected()
}

func (tx *Tx) run(ctx context.Context, q string, args []any) (sql.Result, error) {
	if stmt := tx.stmt(ctx, q); stmt != nil { //nolint:sqlclosecheck // it stays prepared
		return stmt.ExecContext(ctx, args...)
	}
	return tx.tx.ExecContext(ctx, q, args...)
}

// query runs a query; scan is called for each row.
func (tx *Tx) query(ctx context.Context, scan func(*sql.Rows) error, text string, args ...any) error {
	if err := refuseText(args); err != nil {
		return err
	}
	q, a := tx.db.d.render(text, args, nil)
	return tx.rows(ctx, scan, q, a)
}

func (tx *Tx) rows(ctx context.Context, scan func(*sql.Rows) error, q string, args []any) (err error) {
	var rows *sql.Rows
	if stmt := tx.stmt(ctx, q); stmt != nil { //nolint:sqlclosecheck // it stays prepared
		rows, err = stmt.QueryContext(ctx, args...)
	} else {
		rows, err = tx.tx.QueryContext(ctx, q, args...)
	}
	if err != nil {
		return fmt.Errorf("%w (in %.60q)", err, q)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// get scans the one row of a query; sql.ErrNoRows if there is none.
func (tx *Tx) get(ctx context.Context, dest []any, text string, args ...any) error {
	if err := refuseText(args); err != nil {
		return err
	}
	q, a := tx.db.d.render(text, args, nil)
	if stmt := tx.stmt(ctx, q); stmt != nil { //nolint:sqlclosecheck // it stays prepared
		return stmt.QueryRowContext(ctx, a...).Scan(dest...)
	}
	return tx.tx.QueryRowContext(ctx, q, a...).Scan(dest...)
}

// stmt gives the prepared statement for q on SQLite; nil means: run the text.
func (tx *Tx) stmt(ctx context.Context, q string) *sql.Stmt {
	if tx.db.d.postgres {
		return nil
	}
	of := &tx.db.writes
	if tx.ro {
		of = &tx.db.reads
	}
	s, again := of.find(q)
	if s != nil {
		return tx.tx.StmtContext(ctx, s)
	}
	if again && !slices.Contains(tx.missed, q) {
		tx.missed = append(tx.missed, q)
	}
	return nil
}
