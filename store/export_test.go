package store

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path"
	"testing/fstest"

	"github.com/pressly/goose/v3"
)

// OpenOlder opens a workspace as a program did that knew the migrations before a
// number only.
func OpenOlder(ctx context.Context, dsn string, before int64) (*DB, error) {
	d := dialectOf(dsn)
	read, write, _, err := d.open(dsn, nil)
	if err != nil {
		return nil, err
	}
	db := newDB(d, dsn, read, write, slog.New(slog.DiscardHandler))
	names, err := fs.Glob(embedded, "migrations/*.sql")
	files := fstest.MapFS{}
	for _, name := range names {
		v, err1 := goose.NumericComponent(path.Base(name))
		text, err2 := fs.ReadFile(embedded, name)
		if err = errors.Join(err, err1, err2); v < before {
			files[path.Base(name)] = &fstest.MapFile{Data: text}
		}
	}
	if err = errors.Join(err, db.migrateFrom(ctx, files)); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
