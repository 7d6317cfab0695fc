package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"fettle"
)

// settingBackup says, in a backup, when it was made and of which workspace.
const settingBackup = "backup"

// BackupInfo says what a backup is.
type BackupInfo struct {
	File      string    `json:"file,omitempty"`
	Bytes     int64     `json:"bytes,omitempty"`
	At        time.Time `json:"at"`
	Workspace string    `json:"workspace"` // the id of the workspace that it is of
}

// Backup writes the workspace as it is at one moment to a file: a SQLite
// database, whichever database the workspace is in. Everyone may go on working
// meanwhile. The file appears under its name when it is whole and on the disk;
// one that is there is replaced. It is refused where the workspace's own file was
// deleted or replaced: what stands there now is another. Provider keys stay sealed in it: the key that
// opens them is not a part of the database.
func (db *DB) Backup(ctx context.Context, path string) (BackupInfo, error) {
	if err := db.Lost(); err != nil {
		return BackupInfo{}, err
	}
	folder := filepath.Dir(path)
	file, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*")
	if err != nil {
		return BackupInfo{}, fettle.Errorf(fettle.Unavailable, "the backup cannot be written: %w", err).WithHint("Name a file in a folder that can be written.")
	}
	temp := file.Name()
	defer removeDatabase(temp)
	if err := file.Close(); err != nil {
		return BackupInfo{}, err
	}
	info := BackupInfo{File: path, At: time.Now().UTC().Truncate(time.Microsecond)}
	write := db.vacuumInto
	if db.d.postgres {
		write = db.copyToFile
	}
	if err := write(ctx, temp); err != nil {
		return BackupInfo{}, db.explain(err)
	}
	if err := db.Lost(); err != nil { // it may have been read from what stands there now
		return BackupInfo{}, err
	}
	if err := finishBackup(ctx, temp, &info); err != nil {
		return BackupInfo{}, sqliteDialect().explain(err)
	}
	if err := os.Rename(temp, path); err != nil {
		return BackupInfo{}, err
	}
	return info, syncPath(folder)
}

// vacuumInto writes the file from one reading transaction.
func (db *DB) vacuumInto(ctx context.Context, path string) (err error) {
	from, err := sql.Open("sqlite", sqliteDSN(db.dsn, "deferred", false))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	_, err = from.ExecContext(ctx, "VACUUM INTO ?", path)
	return err
}

// copyToFile writes every table to a new SQLite workspace, from one snapshot.
func (db *DB) copyToFile(ctx context.Context, path string) (err error) {
	to, err := Open(ctx, path, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := db.CopyTo(ctx, to, nil); err != nil {
		return err
	}
	return to.FinishCopy(ctx)
}

// finishBackup checks the file, notes what it is, makes one file of it and
// waits until it is on the disk.
func finishBackup(ctx context.Context, path string, info *BackupInfo) (err error) {
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath())
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.QueryRowContext(ctx, "SELECT value FROM settings WHERE key = ?", SettingWorkspaceID).Scan(&info.Workspace); err != nil {
		return err
	}
	text, err := json.Marshal(BackupInfo{At: info.At, Workspace: info.Workspace})
	if err != nil {
		return err
	}
	for _, q := range []string{"PRAGMA journal_mode = DELETE", "PRAGMA synchronous = FULL"} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	if _, err := db.ExecContext(ctx, "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", settingBackup, string(text)); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "DELETE FROM settings WHERE key = ?", SettingPlace); err != nil {
		return err
	}
	if err := soundFile(ctx, db); err != nil {
		return err
	}
	if err := syncPath(path); err != nil {
		return err
	}
	stat, err := os.Stat(path)
	if err == nil {
		info.Bytes = stat.Size()
	}
	return err
}

// soundFile refuses a SQLite database that is damaged.
func soundFile(ctx context.Context, db *sql.DB) error {
	var said string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return fettle.Errorf(fettle.Refused, "the file is damaged: %s", said).WithHint("Use another backup.")
	}
	return nil
}

// ReadBackup says what a file is, and refuses one that is no sound backup. It
// only reads.
func ReadBackup(ctx context.Context, path string) (info BackupInfo, err error) {
	if err := oneFile(path); err != nil {
		return info, err
	}
	db, err := sql.Open("sqlite", readOnlyDSN(path))
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := soundFile(ctx, db); err != nil {
		return info, fettle.Errorf(fettle.AsError(sqliteDialect().explain(err)).Code, "%s cannot be used as a backup: %w", path, err).WithHint("Use another backup.")
	}
	noWorkspace := fettle.Errorf(fettle.Invalid, "%s is not a backup of a Fettle workspace", path).WithHint("Make one (fettle backup -o FILE).")
	if err := db.QueryRowContext(ctx, "SELECT value FROM settings WHERE key = ?", SettingWorkspaceID).Scan(&info.Workspace); err != nil {
		return info, noWorkspace
	}
	var text string
	switch err := db.QueryRowContext(ctx, "SELECT value FROM settings WHERE key = ?", settingBackup).Scan(&text); {
	case errors.Is(err, sql.ErrNoRows): // the file of a workspace that was not running
		info.At = time.Time{}
	case err != nil:
		return info, noWorkspace
	default:
		if err := json.Unmarshal([]byte(text), &info); err != nil {
			return info, noWorkspace
		}
	}
	stat, err := os.Stat(path)
	if err != nil {
		return info, err
	}
	info.File, info.Bytes = path, stat.Size()
	return info, nil
}

// oneFile refuses a file that is not the whole of its database.
func oneFile(path string) error {
	head := make([]byte, 16)
	file, err := os.Open(path)
	if err != nil {
		return fettle.Errorf(fettle.NotFound, "the backup cannot be read: %w", err).WithHint("Name a file that was made as a backup (fettle backup -o FILE).")
	}
	_, err = io.ReadFull(file, head)
	if err := errors.Join(err, file.Close()); err != nil || string(head) != "SQLite format 3\x00" {
		return fettle.Errorf(fettle.Invalid, "%s is not a backup of a Fettle workspace", path).WithHint("Make one (fettle backup -o FILE).")
	}
	for _, beside := range []string{"-wal", "-journal"} {
		if stat, err := os.Stat(path + beside); err == nil && stat.Size() > 0 {
			return fettle.Errorf(fettle.Refused, "%s is in use, or was copied while it was: a part of it is in %s", path, filepath.Base(path)+beside).
				WithHint("Make a backup of it (fettle backup --db %s -o FILE).", path)
		}
	}
	return nil
}

// RestoreFile puts a backup in the place of a SQLite workspace that does not
// exist yet. prepare is given the workspace before it has its name: if it
// fails, nothing is restored.
func RestoreFile(ctx context.Context, backup, path string, log *slog.Logger, prepare func(*DB) error) (err error) {
	for _, beside := range []string{"", "-wal", "-journal"} {
		if _, err := os.Lstat(path + beside); err == nil {
			return fettle.Errorf(fettle.Refused, "%s exists", path+beside).
				WithHint("Restore never overwrites: move it away, with the files beside it, or name another workspace (--db).")
		}
	}
	temp := path + ".restoring"
	removeDatabase(temp) // of a restore that was killed
	defer removeDatabase(temp)
	if err := copyFile(backup, temp); err != nil {
		return sqliteDialect().explain(err)
	}
	db, err := Open(ctx, temp, log)
	if err != nil {
		return err
	}
	err = prepare(db)
	if err := errors.Join(err, db.Close()); err != nil {
		return err
	}
	if err := os.Link(temp, path); err != nil { // unlike a rename, it overwrites nothing
		return fettle.Errorf(fettle.Unavailable, "the workspace cannot be put in its place: %w", err)
	}
	return syncPath(filepath.Dir(path))
}

func copyFile(from, to string) (err error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// removeDatabase removes a temporary database and what is beside it.
func removeDatabase(path string) {
	for _, beside := range []string{"", "-wal", "-shm", "-journal", ".lock", ".place"} {
		_ = os.Remove(path + beside)
	}
}

// syncPath waits until a file, or the names in a folder, are on the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// readOnlyDSN names a file that nobody writes.
func readOnlyDSN(path string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=ro&immutable=1"
}

// OpenBackup opens a backup to be copied from; it is never written. It refuses
// one of another schema, which only a restore to a file brings up to date.
func OpenBackup(ctx context.Context, path string, log *slog.Logger) (*DB, error) {
	if err := registerFold(); err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", readOnlyDSN(path))
	if err != nil {
		return nil, err
	}
	db := newDB(sqliteDialect(), path, pool, pool, log)
	have, err := db.SchemaVersion(ctx)
	if err != nil {
		return nil, errors.Join(db.explain(err), db.Close())
	}
	newest, err := newestSchema()
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if have != newest {
		err := fettle.Errorf(fettle.Refused, "the backup has schema %d; this program's is %d", have, newest).
			WithHint("Restore it to a file first, then copy that (fettle restore %s --db new.db; fettle copy --from new.db --to postgres://…).", path)
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}
