package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"fettle"
	"fettle/expr"
)

func sqliteDialect() dialect {
	return dialect{
		open:        openSQLite,
		lock:        lockSQLite,
		check:       checkSQLite,
		ddl:         sqliteDDL,
		columnType:  sqliteType,
		rows:        valuesRows,
		rendered:    &renderedTexts{},
		nowUS:       "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
		columnNames: "SELECT name FROM pragma_table_info($1)",
		position:    "instr",
		hasTable:    "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = $1",
		retriable:   func(error) bool { return false },
		stale:       func(error) bool { return false },
		mend:        mendSQLite,
		unwritable:  unwritableSQLite,
	}
}

// readers is the size of SQLite's pool of readers.
const readers = 4

// busyTimeout is how long a transaction waits for another process's.
const busyTimeout = "busy_timeout(30000)"

func openSQLite(path string, through Through) (read, write *sql.DB, at *site, err error) {
	if dir := filepath.Dir(path); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, nil, nil, fettle.Errorf(fettle.Unavailable, "the folder of the database cannot be made: %w", err).WithHint("Name a folder that can be written (--db).")
		}
	}
	if err := ownOnly(path); err != nil {
		return nil, nil, nil, err
	}
	if err := registerFold(); err != nil {
		return nil, nil, nil, err
	}
	at = &site{path: path}
	pool := func(txlock string, readOnly bool) (*sql.DB, error) {
		address := sqliteDSN(path, txlock, readOnly)
		c, err := sqlite.NewConnector(address)
		if err != nil {
			return nil, err
		}
		return through.pool(sited{c, at}, address), nil
	}
	if write, err = pool("immediate", false); err != nil {
		return nil, nil, nil, err
	}
	write.SetMaxOpenConns(1)
	if read, err = pool("deferred", true); err != nil {
		return nil, nil, nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	return read, write, at, nil
}

// ownOnly makes the database's files readable for its owner alone: they hold
// people, and the hashes of passwords. A new file is made so, and SQLite gives
// its log the mode of the file. An existing file is not opened: closing it would
// take away the locks that this process holds on it.
func ownOnly(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case err == nil:
		return f.Close()
	case !errors.Is(err, os.ErrExist):
		return fettle.Errorf(fettle.Unavailable, "the database file cannot be made: %w", err).WithHint("Check that its folder can be written.")
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
			_ = os.Chmod(name, 0o600) // of another owner it cannot be; then that owner decides
		}
	}
	return nil
}

// sqliteDSN names the file and its settings; busy_timeout comes first, since
// the others may have to wait. The log is carried over to the file in large
// pieces, which is a third faster with keys in no order than SQLite's own 4 MB.
func sqliteDSN(path, txlock string, readOnly bool) string {
	pragmas := []string{busyTimeout, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)", "temp_store(MEMORY)"}
	if readOnly {
		pragmas = append(pragmas, "cache_size(-16384)", "query_only(ON)")
	} else {
		pragmas = append(pragmas, "cache_size(-65536)", "wal_autocheckpoint(16000)", "journal_size_limit(134217728)")
	}
	q := url.Values{"_pragma": pragmas, "_txlock": {txlock}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// registerFold gives SQLite the functions that PostgreSQL has from migrations,
// and what mends text. The driver keeps functions for the whole process, so it is
// done once.
var registerFold = sync.OnceValue(func() error {
	for name, f := range map[string]func(driver.Value) driver.Value{"fettle_storable": storableArg, "fettle_unstorable": unstorableArg, "fettle_time": timeArg} {
		if err := sqlite.RegisterDeterministicScalarFunction(name, 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			return f(args[0]), nil
		}); err != nil {
			return err
		}
	}
	for name, f := range map[string]func(_, _ driver.Value) driver.Value{"fettle_origin": originArg, "fettle_detail": detailArg} {
		if err := sqlite.RegisterDeterministicScalarFunction(name, 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
			return f(args[0], args[1]), nil
		}); err != nil {
			return err
		}
	}
	return sqlite.RegisterDeterministicScalarFunction("fettle_fold", 1, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		s, ok := args[0].(string)
		if !ok {
			return args[0], nil
		}
		return expr.Fold(s), nil
	})
})

// lockSQLite locks a file beside the database: the switch to WAL does not wait
// for other processes, and a migration is more than one transaction.
func lockSQLite(ctx context.Context, path string, _ *sql.DB) (func() error, error) {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		return nil, fettle.Errorf(fettle.Unavailable, "the database's lock file cannot be taken: %w", err).WithHint("Check that the database's folder can be written.")
	}
	return lock.Unlock, nil
}

func checkSQLite(ctx context.Context, db *sql.DB) error {
	var mode string
	var sync int
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return fettle.Errorf(fettle.Unavailable, "the database file cannot be opened: %w", err).WithHint("Check that the file is a Fettle database and that its folder can be written.")
	}
	if err := db.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&sync); err != nil {
		return err
	}
	if mode != "wal" || sync != 2 {
		return fettle.Errorf(fettle.Refused, "SQLite runs with journal_mode=%s, synchronous=%d, which loses commits", mode, sync).WithHint("Put the database on a local disk that supports WAL.")
	}
	return nil
}

func unwritableSQLite(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG:
		return true
	}
	return false
}

func mendSQLite(err error) (string, bool) {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return "", false
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return "The disk is full: free some space, then do it again. What was under way was not written.", true
	case sqlite3.SQLITE_IOERR:
		return "The disk failed or is full; nothing was written.", true
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "Another process has held the database for too long; try again.", true
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return "Check that the database's file and folder can be written.", true
	case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
		return "The file is not a sound database: restore a backup.", true
	}
	return "", false
}

// sqliteType is SQLite's type for one of PostgreSQL's.
func sqliteType(t string) string {
	switch t {
	case "BIGINT", "BOOLEAN":
		return "INTEGER"
	case "DOUBLE PRECISION":
		return "REAL"
	case "BYTEA":
		return "BLOB"
	}
	return "TEXT" // TEXT, DATE, TIMESTAMPTZ, JSONB
}

func sqliteDDL(s string) string {
	r := strings.NewReplacer("); -- clustered", ") WITHOUT ROWID;", " BIGINT", " INTEGER", " BOOLEAN", " INTEGER", " DOUBLE PRECISION", " REAL", " BYTEA", " BLOB")
	return r.Replace(s)
}

// valuesRows renders a batch as VALUES.
func valuesRows(b *Batch, _ int) string {
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(b.types)), ",") + ")"
	return "VALUES " + strings.TrimSuffix(strings.Repeat(one+",", b.Len()), ",")
}

// sqliteArg gives a parameter in the form that SQLite stores.
func sqliteArg(v any) any {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case int:
		return int64(v)
	case fettle.Credits:
		return int64(v)
	case fettle.Day:
		return string(v)
	case time.Time:
		return fettle.FormatTimestamp(v)
	case json.RawMessage:
		if v == nil {
			return nil
		}
		return string(v)
	}
	return v
}
