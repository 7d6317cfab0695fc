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

// Main runs the tests of a package and then stops the cluster.
func Main(m *testing.M) {
	code := m.Run()
	shared.stop()
	os.Exit(code)
}

// Open gives a fresh workspace in a SQLite file.
func Open(t testing.TB) *store.DB {
	t.Helper()
	return open(t, DSN(t, SQLite))
}

// Postgres gives a fresh workspace in PostgreSQL. Without PostgreSQL the test
// is skipped, but fails where CI=true.
func Postgres(t testing.TB) *store.DB {
	t.Helper()
	return open(t, DSN(t, PostgreSQL))
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
func DSN(t testing.TB, kind string) string {
	t.Helper()
	if kind == PostgreSQL {
		return shared.get(t).database(t, true)
	}
	file, err := migratedFile()
	if err != nil {
		t.Fatal(err)
	}
	path := EmptyDSN(t, kind)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// EmptyDSN gives the address of a database without a schema.
func EmptyDSN(t testing.TB, kind string) string {
	t.Helper()
	if kind == PostgreSQL {
		return shared.get(t).database(t, false)
	}
	return filepath.Join(folder(t), "fettle.db")
}

// folder gives a folder for a test's database: in memory if there is room,
// since each commit is forced to the disk; for benchmarks on the disk.
func folder(t testing.TB) string {
	t.Helper()
	if _, bench := t.(*testing.B); bench || fastDir() == "" {
		return t.TempDir()
	}
	removeLeftovers()
	dir, err := makeDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func open(t testing.TB, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dsn, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
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
