package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// column is a column of the schema, as PostgreSQL has it.
type schemaColumn struct {
	name, typ string
	nullable  bool
	key       bool
}

// schema reads every table of a workspace in PostgreSQL.
func schema(t *testing.T, db *store.DB) map[string][]schemaColumn {
	t.Helper()
	rows, err := db.Writer().QueryContext(t.Context(), `SELECT c.table_name, c.column_name, c.data_type, c.is_nullable = 'YES', k.column_name IS NOT NULL
		FROM information_schema.columns c LEFT JOIN information_schema.table_constraints tc ON tc.table_name = c.table_name AND tc.constraint_type = 'PRIMARY KEY'
		LEFT JOIN information_schema.key_column_usage k ON k.constraint_name = tc.constraint_name AND k.column_name = c.column_name
		WHERE c.table_schema = 'public' ORDER BY 1, c.ordinal_position`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	out := map[string][]schemaColumn{}
	for rows.Next() {
		var table string
		var c schemaColumn
		if err := rows.Scan(&table, &c.name, &c.typ, &c.nullable, &c.key); err != nil {
			t.Fatal(err)
		}
		if table != "schema_versions" && table != "migration_sums" && table != "copy_progress" {
			out[table] = append(out[table], c)
		}
	}
	if rows.Err() != nil || len(out) < 30 {
		t.Fatalf("%d tables: %v", len(out), rows.Err())
	}
	return out
}

// anything is a random value of a column, as SQLite holds it. n makes it
// unique.
func anything(r *rand.Rand, c schemaColumn, n int) any {
	if c.nullable && r.IntN(3) == 0 {
		return nil
	}
	switch c.typ {
	case "bigint":
		if c.key {
			return int64(n)
		}
		return r.Int64() >> r.IntN(63)
	case "boolean":
		return r.IntN(2)
	case "double precision":
		return []float64{0, 5, -1.5, 1e300, 0.1, 5e-324}[r.IntN(6)]
	case "bytea":
		return []byte{0, 1, 255, byte(n)}
	case "date":
		return fmt.Sprintf("20%02d-02-28", r.IntN(90))
	case "timestamp with time zone":
		return fmt.Sprintf("2026-01-02T03:04:05.%06dZ", r.IntN(1_000_000))
	case "jsonb":
		return []string{`{"a":[1,2.50,null],"ä":"\"\\ü"}`, `[100]`, `"x"`, `{"b":{"z":1,"y":true}}`}[r.IntN(4)]
	}
	return fmt.Sprintf("%d %s", n, []string{"", "Ünïcode ς \U0001F600", "a'b\"c\\d", "\t\r\n", strings.Repeat("long ", 50)}[r.IntN(5)])
}

// fill puts rows into every table of a SQLite workspace: many into some.
func fill(t *testing.T, db *store.DB, tables map[string][]schemaColumn, rows int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	for table, columns := range tables {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			rows := rows
			if !slices.Contains([]string{"people", "journal", "cells"}, table) {
				rows = min(rows, 30)
			}
			for i := 1; i <= rows; i++ {
				var names, marks []string
				var values []any
				for _, c := range columns {
					names, marks, values = append(names, `"`+c.name+`"`), append(marks, "?"), append(values, anything(r, c, 1000+i))
					if table == "balances" && c.typ == "bigint" { // never below zero
						values[len(values)-1] = int64(i)
					}
				}
				if table == "fields" || table == "settings" || table == "audiences" {
					continue // the workspace's own stay readable
				}
				if _, err := tx.SQL().ExecContext(t.Context(), "INSERT INTO "+table+" ("+strings.Join(names, ",")+") VALUES ("+strings.Join(marks, ",")+") ON CONFLICT DO NOTHING", values...); err != nil {
					return fmt.Errorf("%s: %w", table, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func addFields(t *testing.T, db *store.DB) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for _, typ := range []fettle.FieldType{fettle.Text, fettle.Number, fettle.Boolean, fettle.Date, fettle.Timestamp, fettle.JSON} {
			if err := tx.AddField(t.Context(), fettle.Field{Entity: fettle.People, Key: "f_" + string(typ), Type: typ}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// filled is a SQLite workspace with rows in every table.
func filled(t *testing.T, rows int) *store.DB {
	t.Helper()
	db, shape := storetest.Open(t), storetest.Postgres(t)
	addFields(t, db)
	addFields(t, shape)
	fill(t, db, schema(t, shape), rows)
	return db
}

func count(t *testing.T, db *store.DB, table string) (n int) {
	t.Helper()
	if err := db.Writer().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// finished copies and says that the copy is whole.
func finished(t *testing.T, from, to *store.DB) {
	t.Helper()
	if err := from.CopyTo(t.Context(), to, nil); err != nil {
		t.Fatal(err)
	}
	if err := to.FinishCopy(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestCopyHasEverything copies rows of every table and type to PostgreSQL, and
// from there to a backup, and from there to PostgreSQL again: each compares
// itself with its source.
func TestCopyHasEverything(t *testing.T) {
	from, to := filled(t, 2100), storetest.Postgres(t)
	finished(t, from, to)
	for _, table := range []string{"people", "attempts", "journal", "cells", "changes", "connections", "balances", "notifications", "enrichment_rows", "fields"} {
		if a, b := count(t, from, table), count(t, to, table); a != b || a == 0 {
			t.Errorf("%s: %d rows, copied %d", table, a, b)
		}
	}
	file := filepath.Join(t.TempDir(), "backup")
	if _, err := to.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	back, err := store.OpenBackup(t.Context(), file, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = back.Close() }()
	again := storetest.Postgres(t)
	finished(t, back, again)
	if a, b := count(t, from, "people"), count(t, again, "people"); a != b {
		t.Errorf("%d people, %d came back", a, b)
	}
}

// TestCopyFindsADifference changes a value behind the copy's back: once, which
// it mends, and each time that it is mended.
func TestCopyFindsADifference(t *testing.T) {
	from, to := filled(t, 50), storetest.Postgres(t)
	for _, times := range []int{2, 1} {
		left := times
		said := func(table string, _ int64) {
			if table != "people" || left == 0 {
				return
			}
			left--
			if _, err := to.Writer().ExecContext(t.Context(), "UPDATE people SET name = 'other' WHERE id = (SELECT min(id) FROM people)"); err != nil {
				t.Error(err)
			}
		}
		err := from.CopyTo(t.Context(), to, said)
		if wrong := fettle.CodeOf(err) == fettle.Refused && strings.Contains(err.Error(), "people (50 rows"); wrong != (times == 2) || (err != nil) != wrong {
			t.Fatalf("changed %d times: %v", times, err)
		}
	}
}

// TestCopyOfAReplacedFile has the source's file replaced while it is copied.
func TestCopyOfAReplacedFile(t *testing.T) {
	path := storetest.DSN(t, storetest.SQLite)
	from, err := store.Open(t.Context(), path, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = from.Close() }()
	said := func(string, int64) {
		if err := os.Rename(path, path+".away"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
	if err := from.CopyTo(t.Context(), storetest.Postgres(t), said); err == nil || !strings.Contains(err.Error(), "was deleted") {
		t.Errorf("a copy of what is not there any more: %v", err)
	}
}

// TestCopyGoesOn stops a copy after each of its batches, over and over.
func TestCopyGoesOn(t *testing.T) {
	from, to := filled(t, 2100), storetest.Postgres(t)
	tries, rows := 0, map[string]int64{}
	for ; ; tries++ {
		ctx, cancel := context.WithCancel(t.Context())
		batches := 0
		err := from.CopyTo(ctx, to, func(table string, n int64) {
			if n < rows[table] {
				t.Errorf("%s begins anew at %d, was at %d", table, n, rows[table])
			}
			rows[table] = n
			if batches++; batches == 10 {
				cancel()
			}
		})
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if tries < 3 {
		t.Errorf("it was stopped %d times only", tries)
	}
	if err := to.FinishCopy(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestCopyRefusesWhatItCannotHold names the record and the field of a value that
// PostgreSQL refuses, before it writes anything of its table.
func TestCopyRefusesWhatItCannotHold(t *testing.T) {
	from, to := filled(t, 20), storetest.Postgres(t)
	if _, err := from.Writer().ExecContext(t.Context(), "UPDATE companies SET employee_count = 'many' WHERE id = (SELECT min(id) FROM companies)"); err != nil {
		t.Fatal(err)
	}
	err := from.CopyTo(t.Context(), to, nil)
	if fettle.CodeOf(err) != fettle.Refused || !strings.Contains(err.Error(), "employee_count of companies") {
		t.Fatal(err)
	}
	if n := count(t, to, "companies"); n != 0 {
		t.Errorf("%d companies were written", n)
	}
}

// TestCopyRefusesAUsedDatabase keeps a workspace from being written over, and an
// unfinished one from being used.
func TestCopyRefusesAUsedDatabase(t *testing.T) {
	from, dsn := filled(t, 20), storetest.DSN(t, storetest.PostgreSQL)
	log := slog.New(slog.DiscardHandler)
	to, err := store.OpenForCopy(t.Context(), dsn, log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = to.Close() }()
	if err := from.CopyTo(t.Context(), to, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), dsn, log); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("an unfinished copy is used: %v", err)
	}
	if err := to.FinishCopy(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := from.CopyTo(t.Context(), to, nil); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("a workspace was written over: %v", err)
	}
}

// TestOneCopyAtATime holds the lock of a target.
func TestOneCopyAtATime(t *testing.T) {
	to := storetest.Postgres(t)
	release, err := to.HoldCopy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.HoldCopy(t.Context()); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("a second copy begins: %v", err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
}

// TestBackupWhileWritten writes without a pause while backups are made: each is
// one moment of the workspace.
func TestBackupWhileWritten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			for i := int64(1); ; i++ {
				err := db.Update(ctx, func(tx *store.Tx) error { // two tables that always agree
					if err := tx.PutSetting(ctx, "written", fmt.Sprint(i)); err != nil {
						return err
					}
					return tx.AppendJournal(ctx, []store.JournalEntry{{Kind: "grant", Granted: 1, Actor: "test"}})
				})
				if err != nil {
					ended <- err
					return
				}
			}
		}()
		for i := range 3 {
			file := filepath.Join(t.TempDir(), fmt.Sprint("backup", i))
			info, err := db.Backup(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			if mode := mustStat(t, file).Mode().Perm(); mode != 0o600 || info.Bytes == 0 {
				t.Errorf("mode %o, %d bytes", mode, info.Bytes)
			}
			if names, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); err != nil || len(names) != 1 {
				t.Errorf("left behind: %v %v", names, err)
			}
			read, err := store.ReadBackup(t.Context(), file)
			if err != nil || read.Workspace == "" || !read.At.Equal(info.At) {
				t.Fatalf("%+v, %v; want %+v", read, err, info)
			}
			agrees(t, file)
		}
		stop()
		if err := <-ended; err == nil {
			t.Error("the writer ended well")
		}
	})
}

func agrees(t *testing.T, file string) {
	t.Helper()
	raw, err := sql.Open("sqlite", "file:"+file+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var written, entries int64
	if err := raw.QueryRowContext(t.Context(), "SELECT coalesce((SELECT value FROM settings WHERE key = 'written'), 0), (SELECT count(*) FROM journal)").Scan(&written, &entries); err != nil {
		t.Fatal(err)
	}
	if written != entries {
		t.Errorf("the backup is of two moments: %d and %d", written, entries)
	}
}

func mustStat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// TestRestoreFile puts a backup in the place of a workspace that is not there,
// and of no other.
func TestRestoreFile(t *testing.T) {
	db, dir, log := filled(t, 30), t.TempDir(), slog.New(slog.DiscardHandler)
	file := filepath.Join(dir, "backup")
	if _, err := db.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "new", "fettle.db")
	nothing := func(*store.DB) error { return nil }
	if err := store.RestoreFile(t.Context(), file, to, log, func(*store.DB) error { return errors.New("no") }); err == nil {
		t.Fatal("a failed restore succeeds")
	}
	if _, err := os.Stat(to); err == nil {
		t.Fatal("a failed restore is there")
	}
	if err := store.RestoreFile(t.Context(), file, to, log, nothing); err != nil {
		t.Fatal(err)
	}
	if names, err := filepath.Glob(filepath.Join(dir, "new", "*")); err != nil || len(names) != 1 {
		t.Errorf("left behind: %v %v", names, err)
	}
	if err := store.RestoreFile(t.Context(), file, to, log, nothing); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("it was overwritten: %v", err)
	}
	back, err := store.Open(t.Context(), to, log)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := count(t, db, "people"), count(t, back, "people"); a != b {
		t.Errorf("%d people, %d came back", a, b)
	}
	if err := back.Close(); err != nil {
		t.Fatal(err)
	}
	// A log that was left beside a deleted workspace would be played into it.
	orphan := filepath.Join(dir, "other.db")
	if err := os.WriteFile(orphan+"-wal", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.RestoreFile(t.Context(), file, orphan, log, nothing); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("a stray log is taken: %v", err)
	}
}

// TestReadBackupRefuses what is no backup, or a damaged one.
func TestReadBackupRefuses(t *testing.T) {
	db, dir := filled(t, 300), t.TempDir()
	file := filepath.Join(dir, "backup")
	if _, err := db.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ReadBackup(t.Context(), text); fettle.CodeOf(err) != fettle.Invalid {
		t.Errorf("a text: %v", err)
	}
	if _, err := store.ReadBackup(t.Context(), filepath.Join(dir, "none")); fettle.CodeOf(err) != fettle.NotFound {
		t.Errorf("nothing: %v", err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, "half")
	if err := os.WriteFile(half, whole[:len(whole)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ReadBackup(t.Context(), half); err == nil {
		t.Error("half a backup is taken")
	}
	if err := os.WriteFile(file+"-wal", []byte("commits"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ReadBackup(t.Context(), file); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("a file that is in use: %v", err)
	}
}
