package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"fettle"
)

func postgresDialect() dialect {
	return dialect{
		postgres:      true,
		open:          openPostgres,
		lock:          lockPostgres,
		check:         checkPostgres,
		viewIsolation: sql.LevelRepeatableRead,
		skipLocked:    " FOR UPDATE SKIP LOCKED",
		forUpdate:     " FOR UPDATE",
		ddl:           func(s string) string { return strings.ReplaceAll(s, " TEXT", " "+postgresType("TEXT")) },
		columnType:    postgresType,
		rows:          unnest,
		nowUS:         "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
		columnNames:   "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
		position:      "strpos",
		hasTable:      "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
		retriable: func(err error) bool {
			e, ok := errors.AsType[*pgconn.PgError](err)
			return ok && slices.Contains([]string{"40001", "40P01", timedOutIdle}, e.Code)
		},
		mend:       mendPostgres,
		unwritable: unwritablePostgres,
		stale:      stale,
	}
}

// postgresType is the type of a column: text is compared byte by byte.
func postgresType(t string) string {
	if t == "TEXT" {
		return `TEXT COLLATE "C"`
	}
	return t
}

// connectTimeout is how long a server that does not answer is waited for,
// unless the address says how long.
const connectTimeout = 10 * time.Second

// maxConns bounds the connections of one process.
const maxConns = 20

// idleTimeout is the parameter that ends the transaction of a process that was
// stopped in the middle of it, before its lease is over: others wait for its
// locks. The address may set another time.
const idleTimeout = "idle_in_transaction_session_timeout"

func openPostgres(dsn string, through Through) (read, write *sql.DB, at *site, err error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, nil, nil, fettle.Errorf(fettle.Invalid, "the database's address cannot be read").WithHint("Write postgres://user:password@host:5432/name.")
	}
	if _, ok := cfg.RuntimeParams[idleTimeout]; !ok {
		cfg.RuntimeParams[idleTimeout] = "20s"
	}
	// What the statements are written for, whatever the database's own default.
	cfg.RuntimeParams["default_transaction_isolation"] = "read committed"
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	db := through.pool(stdlib.GetConnector(*cfg), dsn)
	db.SetMaxOpenConns(maxConns)
	db.SetMaxIdleConns(maxConns)
	return db, db, nil, nil
}

// migrationLock is the advisory lock of who migrates: "fettle" in ASCII.
const migrationLock = 0x666574746c65

func lockPostgres(ctx context.Context, _ string, db *sql.DB) (func() error, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, unreachable(err)
	}
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock)); err != nil {
		return nil, errors.Join(unreachable(err), conn.Close())
	}
	return func() error {
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", int64(migrationLock))
		return errors.Join(err, conn.Close())
	}, nil
}

func unreachable(err error) error {
	if hint, ok := mendPostgres(err); ok {
		return fettle.Errorf(fettle.Unavailable, "PostgreSQL cannot be used: %w", err).WithHint("%s", hint)
	}
	return fettle.Errorf(fettle.Unavailable, "PostgreSQL does not answer: %w", err).WithHint("Check the address and that the server runs.")
}

// minPostgres is the oldest server version that is supported.
const minPostgres = 150000

func checkPostgres(ctx context.Context, db *sql.DB) error {
	var version int
	var fsync, commit, readOnly, encoding string
	var standby bool
	row := db.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_setting('fsync'),
		current_setting('synchronous_commit'), current_setting('transaction_read_only'), current_setting('server_encoding'), pg_is_in_recovery()`)
	if err := row.Scan(&version, &fsync, &commit, &readOnly, &encoding, &standby); err != nil {
		return unreachable(err)
	}
	switch {
	case encoding != "UTF8":
		return fettle.Errorf(fettle.Refused, "the database's encoding is %s", encoding).WithHint("Create it in UTF-8 (createdb --encoding UTF8 --template template0).")
	case version < minPostgres:
		return fettle.Errorf(fettle.Refused, "PostgreSQL %d is too old", version/10000).WithHint("Use PostgreSQL %d or newer.", minPostgres/10000)
	case standby:
		return fettle.Errorf(fettle.Unavailable, "this PostgreSQL is a replica, which is read-only").WithHint("Connect to the primary server.")
	case readOnly == "on":
		return fettle.Errorf(fettle.Unavailable, "PostgreSQL is read-only here").WithHint("Connect to the primary server, or set default_transaction_read_only = off for the database and its user.")
	case fsync != "on":
		return fettle.Errorf(fettle.Refused, "PostgreSQL runs with fsync=%s, which loses commits", fsync).WithHint("Set fsync = on: money must survive a power cut.")
	case commit == "off" || commit == "local":
		return fettle.Errorf(fettle.Refused, "PostgreSQL runs with synchronous_commit=%s, which loses commits", commit).WithHint("Set synchronous_commit = on.")
	}
	return nil
}

// timedOutIdle ends a transaction of a process that was silent in it for too
// long. It is rolled back before anything that comes after is read, so it may
// run again.
const timedOutIdle = "25P03"

// unwritablePostgres reports the classes 22 (data exception), 23 (integrity
// constraint) and 54 (program limit).
func unwritablePostgres(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "23") || strings.HasPrefix(e.Code, "54"))
}

func mendPostgres(err error) (string, bool) {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
			return "Check the address and that the server runs.", true
		}
		return wentAway, lost(err)
	}
	switch {
	case e.Code == "53100":
		return "The database's disk is full: free some space, then do it again. What was under way was not written.", true
	case e.Code == "25006":
		return "The database is read-only: connect to the primary server.", true
	case strings.HasPrefix(e.Code, "28"):
		return "Check the user's name and password in the database's address.", true
	case e.Code == "3D000":
		return "Check the database's name in the address, or create it first: createdb NAME.", true
	case e.Code == timedOutIdle:
		return "This process was slower than the database waits for. Nothing was written: do it again.", true
	case strings.HasPrefix(e.Code, "57P"), strings.HasPrefix(e.Code, "08"):
		return wentAway, true
	}
	return "", false
}

// stale reports whether a transaction did not begin because its connection had
// been cut while it lay idle: the server may be there again.
func stale(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return false
	}
	e, ok := errors.AsType[*pgconn.PgError](err)
	return lost(err) || (ok && strings.HasPrefix(e.Code, "57P"))
}

const wentAway = "The database went away; the work goes on when it is back."

// lost reports whether an error says that a connection is gone, and not that
// whoever asked has left.
func lost(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	_, network := errors.AsType[net.Error](err)
	return network || pgconn.SafeToRetry(err) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// unnest renders a batch as arrays, one parameter a column.
func unnest(b *Batch, first int) string {
	var sb strings.Builder
	sb.WriteString("SELECT * FROM unnest(")
	for i, t := range b.types {
		if i > 0 {
			sb.WriteString(", ")
		}
		sb.WriteString("$" + strconv.Itoa(first+i) + "::" + t + "[]")
	}
	sb.WriteString(")")
	return sb.String()
}

// postgresArg gives a parameter in a form that the driver knows.
func postgresArg(v any) any {
	switch v := v.(type) {
	case fettle.Credits:
		return int64(v)
	case fettle.Day:
		return string(v)
	case json.RawMessage:
		if v == nil {
			return nil
		}
		return string(v)
	}
	return v
}

// columns turns the rows into one typed array a column. A nil value is NULL.
func (b *Batch) columns() []any {
	w, n := len(b.types), b.Len()
	out := make([]any, w)
	for c, t := range b.types {
		switch t {
		case "bigint":
			out[c] = arrayOf[int64](b.values, c, w, n)
		case "boolean":
			out[c] = arrayOf[bool](b.values, c, w, n)
		case "double precision":
			out[c] = arrayOf[float64](b.values, c, w, n)
		case "bytea":
			out[c] = byteArray(b.values, c, w, n)
		default:
			out[c] = textArray(b.values, c, w, n)
		}
	}
	return out
}

func arrayOf[T any](values []any, c, w, n int) []*T {
	out := make([]*T, n)
	for i := range n {
		switch v := values[i*w+c].(type) {
		case T:
			out[i] = &v
		case *T:
			out[i] = v
		case nil:
		default:
			panic(fmt.Sprintf("batch column %d: %T", c, v)) // a defect of the statement's author
		}
	}
	return out
}

func byteArray(values []any, c, w, n int) [][]byte {
	out := make([][]byte, n)
	for i := range n {
		if v, ok := values[i*w+c].([]byte); ok {
			out[i] = v
		}
	}
	return out
}

// textArray renders text, dates, times and JSON as text, which PostgreSQL
// casts to the array's type.
func textArray(values []any, c, w, n int) []*string {
	out := make([]*string, n)
	for i := range n {
		switch v := sqliteArg(values[i*w+c]).(type) {
		case string:
			out[i] = &v
		case *string:
			out[i] = v
		case []byte:
			s := string(v)
			out[i] = &s
		case nil:
		default:
			s := fmt.Sprint(v)
			out[i] = &s
		}
	}
	return out
}
