// Package storetest gives tests real databases: a fresh SQLite file, and a
// fresh database in a throw-away PostgreSQL cluster.
//
// The cluster is started by the first test of a process that asks for it. It
// dies with the process, even if that is killed; packages that use it give it
// back at once with
//
//	func TestMain(m *testing.M) { storetest.Main(m) }
//
// FETTLE_TEST_POSTGRES names a server to use instead (postgres://…), or is off
// to leave PostgreSQL out.
package storetest

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"fettle/store"
)

// The kinds of database.
const (
	SQLite     = "sqlite"
	PostgreSQL = "postgres"
)

// Kinds lists the kinds of database that every test of the store runs on.
func Kinds() []string { return []string{SQLite, PostgreSQL} }

// heapGrowth is how many per cent the heap grows between two collections, unless
// GOGC says otherwise: the heaps of tests are small, and with Go's own 100 the
// collector takes a third of a test's work.
const heapGrowth = 400

// Main runs the tests of a package and then stops the cluster.
func Main(m *testing.M) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	code := m.Run()
	shared.stop()
	os.Exit(code)
}

// Open gives a fresh workspace in a SQLite file.
func Open(tb testing.TB) *store.DB {
	tb.Helper()
	return open(tb, DSN(tb, SQLite))
}

// Postgres gives a fresh workspace in PostgreSQL. Without PostgreSQL the test
// is skipped, but fails where CI=true.
func Postgres(tb testing.TB) *store.DB {
	tb.Helper()
	return open(tb, DSN(tb, PostgreSQL))
}

// Each runs fn as a subtest on each kind of database.
func Each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) { fn(t, open(t, DSN(t, kind))) })
	}
}

// DSN gives the address of a fresh workspace for store.Open, for tests that
// open it more than once.
func DSN(tb testing.TB, kind string) string {
	tb.Helper()
	if kind == PostgreSQL {
		return shared.get(tb).database(tb, true)
	}
	file, err := migratedFile()
	if err != nil {
		tb.Fatal(err)
	}
	path := EmptyDSN(tb, kind)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// EmptyDSN gives the address of a database without a schema.
func EmptyDSN(tb testing.TB, kind string) string {
	tb.Helper()
	if kind == PostgreSQL {
		return shared.get(tb).database(tb, false)
	}
	return filepath.Join(folder(tb), "fettle.db")
}

// folder gives a folder for a test's database: in memory if there is room,
// since each commit is forced to the disk; for benchmarks on the disk.
func folder(tb testing.TB) string {
	tb.Helper()
	if _, bench := tb.(*testing.B); bench || fastDir() == "" {
		return tb.TempDir()
	}
	removeLeftovers()
	dir, err := makeDir()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			tb.Error(err)
		}
	})
	return dir
}

func open(tb testing.TB, dsn string) *store.DB {
	tb.Helper()
	db, err := store.Open(tb.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// migratedFile is an empty workspace's SQLite file, made once a process.
var migratedFile = sync.OnceValues(func() (file []byte, err error) {
	dir, err := makeDir()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "fettle.db")
	if err := migrated(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func randomName() string { return "fettle_test_" + strings.ToLower(rand.Text()) }
