package store_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/store"
)

// files is a folder with workspaces that are copied and moved about by hand.
type files struct {
	t   *testing.T
	dir string
}

func (f files) at(name string) string { return filepath.Join(f.dir, name) }

// use opens a workspace, works in it, and closes it; it gives what it says of
// its place.
func (f files) use(name string) (copied string) {
	f.t.Helper()
	db, err := store.Open(f.t.Context(), f.at(name), slog.New(slog.DiscardHandler))
	if err != nil {
		f.t.Fatal(err)
	}
	if err := db.Mark(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
	copied = setting(f.t, db, store.SettingCopied)
	if err := db.Close(); err != nil {
		f.t.Fatal(err)
	}
	return copied
}

func setting(t *testing.T, db *store.DB, key string) (value string) {
	t.Helper()
	if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		value, _, err = tx.Setting(t.Context(), key)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return value
}

// copy writes the content of one file into another, as cp does.
func (f files) copy(from, to string) {
	f.t.Helper()
	text, err := os.ReadFile(f.at(from))
	if err != nil {
		f.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(f.at(to)), 0o700); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(f.at(to), text, 0o600); err != nil { // into the file that is there, with its inode
		f.t.Fatal(err)
	}
}

func (f files) do(errs ...error) {
	f.t.Helper()
	for _, err := range errs {
		if err != nil {
			f.t.Fatal(err)
		}
	}
}

// TestCopiesAreNoticed copies, moves and replaces the file of a workspace by
// hand: what may be a second one, or an older state, does not spend unasked.
func TestCopiesAreNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(f files) string // gives the workspace to open
		want string               // a part of what it says; "" for nothing
	}{
		"used again": {func(files) string { return "a" }, ""},
		"renamed": {func(f files) string {
			f.do(os.Rename(f.at("a"), f.at("b")))
			return "b"
		}, ""},
		"renamed with its note": {func(f files) string {
			f.do(os.Rename(f.at("a"), f.at("b")), os.Rename(f.at("a.place"), f.at("b.place")))
			return "b"
		}, ""},
		"under another mount": {func(f files) string {
			f.do(os.Mkdir(f.at("mnt"), 0o700), os.Link(f.at("a"), f.at("mnt/x")))
			return "mnt/x"
		}, ""},
		"a link to it": {func(f files) string {
			f.do(os.Symlink(f.at("a"), f.at("b")))
			return "b"
		}, ""},
		"the note beside it is lost": {func(f files) string {
			f.do(os.Remove(f.at("a.place")))
			return "a"
		}, ""},
		"a new one where one was": {func(f files) string {
			f.do(os.Rename(f.at("a"), f.at("b")))
			return "a"
		}, ""},
		"of a version without notes": {func(f files) string {
			f.forget("a")
			return "a"
		}, ""},
		"two that change places": {func(f files) string {
			f.use("b")
			f.do(os.Rename(f.at("a"), f.at("c")), os.Rename(f.at("b"), f.at("a")))
			return "a"
		}, ""},
		"copied": {func(f files) string {
			f.copy("a", "b")
			return "b"
		}, "the original is still there"},
		"copied with its note": {func(f files) string {
			f.copy("a", "b")
			f.copy("a.place", "b.place")
			return "b"
		}, "the original is still there"},
		"copied, the original renamed": {func(f files) string {
			f.copy("a", "b")
			f.do(os.Rename(f.at("a"), f.at("c")))
			return "b"
		}, "a copy of a database that was elsewhere"},
		"a copy put over it": {func(f files) string {
			f.copy("a", "b")
			f.do(os.Rename(f.at("b"), f.at("a")))
			return "a"
		}, "replaced by a copy"},
		"an older state copied into it": {func(f files) string {
			f.copy("a", "b")
			f.use("a")
			f.copy("b", "a")
			return "a"
		}, "older state"},
		"another without a note put over it": {func(f files) string {
			f.use("b")
			f.forget("b")
			f.do(os.Rename(f.at("b"), f.at("a")))
			return "a"
		}, "another database stood here"},
	} {
		t.Run(name, func(t *testing.T) {
			f := files{t, t.TempDir()}
			f.use("a")
			got := f.use(c.do(f))
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("it says %q", got)
			}
		})
	}
}

// forget makes of a workspace one of a version that made no notes.
func (f files) forget(name string) {
	f.t.Helper()
	db, err := store.Open(f.t.Context(), f.at(name), slog.New(slog.DiscardHandler))
	f.do(err)
	f.do(db.Update(f.t.Context(), func(tx *store.Tx) error { return tx.PutSetting(f.t.Context(), store.SettingPlace, "") }), db.Close(), os.Remove(f.at(name+".place")))
}

// TestMovedIsAnAnswer lets a copy go on whose original is gone, and not while it
// is there.
func TestMovedIsAnAnswer(t *testing.T) {
	f := files{t, t.TempDir()}
	f.use("a")
	f.copy("a", "b")
	db, err := store.Open(t.Context(), f.at("b"), slog.New(slog.DiscardHandler))
	f.do(err)
	if err := db.Moved(t.Context()); fettle.CodeOf(err) != fettle.Refused || setting(t, db, store.SettingCopied) == "" {
		t.Errorf("while the original is there: %v", err)
	}
	f.do(os.Remove(f.at("a")), db.Moved(t.Context()), db.Close())
	if got := f.use("b"); got != "" {
		t.Errorf("it asks again: %s", got)
	}
	info, err := os.Stat(f.at("b.place"))
	f.do(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the note has the mode %v", info.Mode())
	}
}

// TestAMarkSurvivesAPowerCut stops between the note beside the file and the one
// inside: the old mark still holds.
func TestAMarkSurvivesAPowerCut(t *testing.T) {
	f := files{t, t.TempDir()}
	f.use("a")
	was, err := os.ReadFile(f.at("a.place"))
	f.do(err)
	two := bytes.Replace(was, []byte(`"marks":[`), []byte(`"marks":["next",`), 1)
	f.do(os.WriteFile(f.at("a.place"), two, 0o600))
	if got := f.use("a"); got != "" {
		t.Errorf("it says %q", got)
	}
}

// TestALostFileTakesNoWrites deletes, and replaces, the file of an open
// database: it refuses what people write, and keeps what has to land.
func TestALostFileTakesNoWrites(t *testing.T) {
	for what, lose := range map[string]func(f files){
		"deleted":  func(f files) { f.do(os.Remove(f.at("a"))) },
		"replaced": func(f files) { f.copy("a", "b"); f.do(os.Rename(f.at("b"), f.at("a"))) },
	} {
		t.Run(what, func(t *testing.T) {
			f := files{t, t.TempDir()}
			db, err := store.Open(t.Context(), f.at("a"), slog.New(slog.DiscardHandler))
			f.do(err)
			lose(f)
			if _, err := db.Backup(t.Context(), f.at("backup")); err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("a backup: %v", err)
			}
			if _, err := os.Stat(f.at("backup")); err == nil {
				t.Error("a backup was written of what stands there now")
			}
			if _, err := os.Stat(f.at("a")); (err == nil) != (what == "replaced") {
				t.Errorf("what stands in the place of the file: %v", err)
			}
			put := func(tx *store.Tx) error { return tx.PutSetting(t.Context(), "landed", "yes") }
			if err := db.Update(t.Context(), put); err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("a write: %v", err)
			}
			f.do(db.Land(t.Context(), put))
			path, err := db.Rescue(t.Context(), time.Now())
			f.do(err, db.Close())
			saved, err := store.Open(t.Context(), path, slog.New(slog.DiscardHandler))
			f.do(err)
			defer func() { f.do(saved.Close()) }()
			if setting(t, saved, "landed") != "yes" || setting(t, saved, store.SettingCopied) == "" {
				t.Error("what landed is not in the file that was saved, or that file spends unasked")
			}
		})
	}
}
