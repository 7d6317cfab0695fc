package store

import (
	"context"
	"crypto/rand"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"fettle"
)

// The settings of where a SQLite workspace is.
const (
	// SettingPlace is the note of where the file was when it was last opened.
	SettingPlace = "place"
	// SettingCopied says why the file seems to be a copy: it may not spend until
	// a person has answered. "" or absent if it does not.
	SettingCopied = "copied"
)

// site is the file of a SQLite database, as it was when it was first opened.
type site struct {
	path string

	mu   sync.Mutex
	file fs.FileInfo
}

// sited opens connections to one file only: SQLite goes by the path, and would
// open whatever is there by now.
type sited struct {
	driver.Connector
	at *site
}

// Connect implements driver.Connector.
func (c sited) Connect(ctx context.Context) (driver.Conn, error) {
	if err := c.at.lost(); err != nil { // before: SQLite would make a file where there is none
		return nil, err
	}
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.at.lost(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// lost says that the path does not name the open file any more.
func (p *site) lost() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, err := os.Stat(p.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return lostError("deleted")
	case err != nil:
		return nil // of what cannot be looked at nothing is known
	case p.file == nil:
		p.file = now
	case !os.SameFile(p.file, now):
		return lostError("replaced")
	}
	return nil
}

func lostError(what string) error {
	return fettle.Errorf(fettle.Unavailable, "the database file was %s", what).
		WithHint("Put the file back, or stop the server: it then saves what it has beside it (.rescued), and begins with what is there.").With("database", "lost")
}

// Lost says that the file which is open here was deleted or replaced. What is
// written from then on is found by nobody: Update refuses, and only Land goes on.
func (db *DB) Lost() error {
	if db.at == nil {
		return nil
	}
	return db.at.lost()
}

// Land is Update for what must be written wherever the file is by now: what
// providers answered. A file that was moved away and is moved back has it, and
// one that was deleted is saved by Rescue.
func (db *DB) Land(ctx context.Context, fn func(*Tx) error) error { return db.retried(ctx, fn) }

// Rescue writes the open database to a new file beside its path, where it was
// deleted or replaced, and gives the name; "" where it was not.
func (db *DB) Rescue(ctx context.Context, now time.Time) (string, error) {
	if db.Lost() == nil {
		return "", nil
	}
	path := db.dsn + ".rescued-" + now.UTC().Format("20060102-150405")
	if _, err := db.write.ExecContext(ctx, "VACUUM INTO ?", path); err != nil {
		return "", fmt.Errorf("save the database that was deleted or replaced: %w", err)
	}
	return path, errors.Join(os.Chmod(path, 0o600), syncPath(path))
}

// placeNote says where a file was. It is in the database and beside it.
type placeNote struct {
	Path   string `json:"path"`
	Device uint64 `json:"device"` // for people: it changes with a restart of the machine
	Inode  uint64 `json:"inode"`
	// Marks are random. A process that begins or ends its work sets a new one, so
	// that an older copy of the file is known by its mark. Beside the database
	// there may be two: the newest, and the one before while it is replaced.
	Marks []string `json:"marks"`
}

func (n placeNote) empty() bool { return n.Path == "" }

// besidePath is the file beside the database.
func besidePath(path string) string { return path + ".place" }

func (p *site) read() (here, beside placeNote, known bool, err error) {
	if here.Path, err = filepath.Abs(p.path); err != nil {
		return here, beside, false, err
	}
	info, err := os.Stat(p.path)
	if err != nil {
		return here, beside, false, err
	}
	here.Device, here.Inode, known = fileNumber(info)
	if text, err := os.ReadFile(besidePath(p.path)); err == nil && json.Unmarshal(text, &beside) != nil {
		beside = placeNote{} // half a note says nothing
	}
	return here, beside, known, nil
}

// checkPlace compares the notes of the last process with the file at hand. A
// file that seems to be a copy may not spend until a person has answered. The
// caller holds the dialect's lock.
func (db *DB) checkPlace(ctx context.Context) error {
	here, beside, known, err := db.at.read()
	if err != nil || !known {
		return err
	}
	var text, copied string
	if err := db.View(ctx, func(tx *Tx) (err error) {
		if text, _, err = tx.Setting(ctx, SettingPlace); err != nil {
			return err
		}
		copied, _, err = tx.Setting(ctx, SettingCopied)
		return err
	}); err != nil {
		return err
	}
	var inside placeNote
	if text != "" {
		if err := json.Unmarshal([]byte(text), &inside); err != nil {
			return fmt.Errorf("read where the database was: %w", err)
		}
	}
	if copied != "" { // nobody has answered yet
		return nil
	}
	if why := copyOf(here, inside, beside, db.at.original(inside)); why != "" && !db.fresh {
		db.log.WarnContext(ctx, "spending is paused: "+why, "path", here.Path, "noted_path", inside.Path, "noted_inode", inside.Inode, "inode", here.Inode) //nolint:sloglint // the reason
		return db.retried(ctx, func(tx *Tx) error { return tx.PutSetting(ctx, SettingCopied, why) })
	}
	if here.Path == inside.Path && here.Inode == inside.Inode && beside.Inode == here.Inode && beside.Path == here.Path {
		return nil
	}
	return db.note(ctx, here, inside)
}

// original reports whether the file that a note speaks of is still there, and is
// another than the one at hand.
func (p *site) original(noted placeNote) bool {
	if noted.empty() {
		return false
	}
	info, err := os.Stat(noted.Path)
	if err != nil {
		return false
	}
	here, err := os.Stat(p.path)
	_, inode, ok := fileNumber(info)
	return err == nil && ok && inode == noted.Inode && !os.SameFile(info, here)
}

// copyOf says why the file at hand seems to be a copy; "" if it does not.
func copyOf(here, inside, beside placeNote, original bool) string {
	switch {
	case inside.empty() && beside.empty():
		return "" // of a version that made no notes
	case inside.empty():
		return "another database stood here before, and this one was put in its place"
	case original:
		return "the file is a copy, and the original is still there"
	case here.Inode != inside.Inode && here.Path == inside.Path:
		return "the file was replaced by a copy made elsewhere"
	case here.Inode != inside.Inode:
		return "the file is a copy of a database that was elsewhere"
	case here.Path == inside.Path && beside.Inode == here.Inode && !slices.ContainsFunc(inside.Marks, func(m string) bool { return slices.Contains(beside.Marks, m) }):
		return "the file holds an older state than when it was last used"
	}
	return "" // the same file, perhaps under another name
}

// note writes where the file is, with a new mark: beside it first, where the old
// mark stays until the new one is in the database.
func (db *DB) note(ctx context.Context, here, inside placeNote) error {
	mark := rand.Text()
	here.Marks = append([]string{mark}, inside.Marks...)
	if err := writeBeside(db.dsn, here); err != nil {
		return err
	}
	here.Marks = []string{mark}
	text, err := json.Marshal(here)
	if err != nil {
		return err
	}
	if err := db.retried(ctx, func(tx *Tx) error {
		if err := tx.PutSetting(ctx, SettingCopied, ""); err != nil {
			return err
		}
		return tx.PutSetting(ctx, SettingPlace, string(text))
	}); err != nil {
		return err
	}
	return writeBeside(db.dsn, here)
}

func writeBeside(path string, n placeNote) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	temp := besidePath(path) + ".new"
	if err := errors.Join(os.WriteFile(temp, append(text, '\n'), 0o600), syncPath(temp), os.Rename(temp, besidePath(path))); err != nil {
		return fettle.Errorf(fettle.Unavailable, "the note beside the database cannot be written: %w", err).WithHint("Check that the database's folder can be written.")
	}
	return nil
}

// Mark sets a new mark, so that a copy made before is known as older. Whoever
// begins or ends to work in the workspace calls it. What seems to be a copy
// stays so.
func (db *DB) Mark(ctx context.Context) error { return db.markAgain(ctx, false) }

// Moved notes the file where it is, for whoever says that the original is gone.
// It refuses while the original is there.
func (db *DB) Moved(ctx context.Context) error { return db.markAgain(ctx, true) }

// Settled notes the file where it is, for whoever made it safe to use beside an
// original.
func (db *DB) Settled(ctx context.Context) error {
	if db.at == nil {
		return nil
	}
	return db.Exclusive(ctx, func() error {
		here, _, known, err := db.at.read()
		if err != nil || !known {
			return err
		}
		return db.note(ctx, here, placeNote{})
	})
}

func (db *DB) markAgain(ctx context.Context, moved bool) error {
	if db.at == nil || db.Lost() != nil {
		return nil //nolint:nilerr // nothing is noted in a database that was lost; whoever uses it is told
	}
	return db.Exclusive(ctx, func() error {
		var text, copied string
		if err := db.View(ctx, func(tx *Tx) (err error) {
			if text, _, err = tx.Setting(ctx, SettingPlace); err != nil {
				return err
			}
			copied, _, err = tx.Setting(ctx, SettingCopied)
			return err
		}); err != nil {
			return err
		}
		var inside placeNote
		if text != "" {
			if err := json.Unmarshal([]byte(text), &inside); err != nil {
				return err
			}
		}
		if copied != "" && !moved {
			return nil
		}
		if moved && db.at.original(inside) {
			return fettle.Errorf(fettle.Refused, "the database that this one was copied from is still there: %s", inside.Path).
				WithHint("If both are to be used, make this one safe (fettle restore --in-place). Else remove the original first.")
		}
		here, _, known, err := db.at.read()
		if err != nil || !known {
			return err
		}
		return db.note(ctx, here, inside)
	})
}
