package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pressly/goose/v3"

	"fettle"
)

//go:embed migrations/*.sql
var embedded embed.FS

// versionTable is where goose keeps the versions that were applied.
const versionTable = "schema_versions"

// migrate brings the schema up to date. It refuses a schema that is newer than
// this program and one whose migrations were edited after they were applied:
// goose accepts both in silence. The caller holds the dialect's lock.
func (db *DB) migrate(ctx context.Context) error {
	files, err := fs.Sub(embedded, "migrations")
	if err != nil {
		return err
	}
	return db.migrateFrom(ctx, files)
}

func (db *DB) migrateFrom(ctx context.Context, files fs.FS) error {
	dialect := goose.DialectSQLite3
	if db.d.postgres {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, db.write, migrationFS{files, db.d}, goose.WithTableName(versionTable),
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(db.log))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	current, newest, err := p.GetVersions(ctx)
	if err != nil {
		return db.explain(fmt.Errorf("migrations: %w", err))
	}
	if current > newest {
		return fettle.Errorf(fettle.Refused, "the database has schema %d; this program knows up to %d", current, newest).
			WithHint("Run the newer Fettle that this database was last opened with, or restore a backup from before the upgrade.")
	}
	if current > 0 {
		if err := db.checkSums(ctx, files); err != nil {
			return err
		}
	}
	if _, err := p.Up(ctx); err != nil {
		return db.explain(fmt.Errorf("migrating from schema %d to %d: %w", current, newest, err))
	}
	return db.Update(ctx, func(tx *Tx) error {
		if err := mendText(ctx, tx); err != nil {
			return err
		}
		return seed(ctx, tx)
	})
}

// SchemaVersion is the number of the newest migration that was applied.
func (db *DB) SchemaVersion(ctx context.Context) (int64, error) {
	var v int64
	err := db.View(ctx, func(tx *Tx) error {
		return tx.get(ctx, []any{&v}, "SELECT max(version_id) FROM "+versionTable)
	})
	return v, err
}

// newestSchema is the number of the newest migration that this program knows.
func newestSchema() (int64, error) {
	names, err := fs.Glob(embedded, "migrations/*.sql")
	var newest int64
	for _, name := range names {
		v, err := goose.NumericComponent(path.Base(name))
		if err != nil {
			return 0, err
		}
		newest = max(newest, v)
	}
	return newest, err
}

// checkSums refuses migrations whose text is not the one that was applied.
func (db *DB) checkSums(ctx context.Context, files fs.FS) error {
	applied := map[int64]string{}
	err := db.Update(ctx, func(tx *Tx) error {
		return tx.query(ctx, func(r *sql.Rows) error {
			var version int64
			var sum string
			if err := r.Scan(&version, &sum); err != nil {
				return err
			}
			applied[version] = sum
			return nil
		}, "SELECT version, sum FROM migration_sums")
	})
	if err != nil {
		return err
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		version, err := goose.NumericComponent(name)
		if err != nil {
			return err
		}
		if sum, ok := applied[version]; ok && sum != checksum(text) {
			return fettle.Errorf(fettle.Refused, "migration %s was changed after this database applied it", name).
				WithHint("Run the Fettle that made this database; a change of the schema is a new migration.")
		}
	}
	return nil
}

func checksum(text []byte) string {
	sum := sha256.Sum256(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
	return hex.EncodeToString(sum[:])
}

// migrationFS shows goose the migrations in the database's own dialect. Each
// ends with a statement that keeps its checksum in the same transaction.
type migrationFS struct {
	fs.FS
	d dialect
}

// Open implements fs.FS.
func (m migrationFS) Open(name string) (fs.File, error) {
	f, err := m.FS.Open(name)
	if err != nil || path.Ext(name) != ".sql" {
		return f, err
	}
	info, err := f.Stat()
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(m.FS, name)
	if err != nil {
		return nil, err
	}
	version, err := goose.NumericComponent(name)
	if err != nil {
		return nil, err
	}
	out := m.d.migration(string(text)) + fmt.Sprintf("\nINSERT INTO migration_sums (version, sum) VALUES (%d, '%s');\n", version, checksum(text))
	return &memoryFile{Reader: strings.NewReader(out), info: info}, nil
}

type memoryFile struct {
	*strings.Reader
	info fs.FileInfo
}

func (f *memoryFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *memoryFile) Close() error               { return nil }

// migration translates the text of a migration: it leaves out the paragraphs
// that are for the other database, and translates the types of the rest.
func (d dialect) migration(text string) string {
	other := "-- +only postgres\n"
	if d.postgres {
		other = "-- +only sqlite\n"
	}
	paragraphs := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n")
	for i, p := range paragraphs {
		if strings.Contains(p, other) {
			p = ""
		}
		paragraphs[i] = d.ddl(p)
	}
	return strings.Join(paragraphs, "\n\n")
}
