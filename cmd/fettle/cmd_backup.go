package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/internal/secret"
	"fettle/store"
)

// onWorkspace refuses --server: the command works on the workspace itself.
func (s *session) onWorkspace(command string) error {
	if s.remote() {
		return fettle.Errorf(fettle.Invalid, "%s works on a workspace, not on a server", command).WithHint("Name the workspace with --db.")
	}
	return nil
}

type backupCmd struct {
	Output string `short:"o" placeholder:"FILE" help:"The file to write. Default: fettle-TIME.backup in this folder."`
}

// Run writes a backup. It opens the database alone, beside whoever works on
// it.
func (c *backupCmd) Run(ctx context.Context, s *session) error {
	if err := s.onWorkspace("backup"); err != nil {
		return err
	}
	dsn, err := s.dsn()
	if err != nil {
		return err
	}
	if err := s.found(dsn); err != nil {
		return err
	}
	if c.Output == "" {
		c.Output = "fettle-" + time.Now().UTC().Format("20060102-150405") + ".backup"
	}
	if _, err := os.Stat(c.Output); err == nil {
		if err := s.confirm(fmt.Sprintf("%s exists and would be replaced", c.Output)); err != nil {
			return err
		}
	}
	if s.db, err = store.Open(ctx, dsn, s.log); err != nil {
		return err
	}
	info, err := s.db.Backup(ctx, c.Output)
	if err != nil {
		return err
	}
	if err := s.warnOfOther(ctx); err != nil {
		return err
	}
	return s.print(info, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s: %s bytes, the workspace as it was at %s.\n", info.File, thousands(info.Bytes), info.At.Format(time.RFC3339))
		_, _ = fmt.Fprintln(w, "The key that opens the providers' keys is not in it: keep a copy of the key file, or of FETTLE_KEY, somewhere else.")
	})
}

// warnOfOther says on the terminal that what was backed up is perhaps not what a
// server works on.
func (s *session) warnOfOther(ctx context.Context) error {
	return s.db.View(ctx, func(tx *store.Tx) error {
		why, _, err := tx.Setting(ctx, store.SettingCopied)
		if why != "" {
			_, _ = fmt.Fprintf(s.stderr, "look whether this is the workspace that you mean: %s. A server whose file was replaced saves what it has beside it (.rescued) when it is stopped.\n", why)
		}
		return err
	})
}

type restoreCmd struct {
	File    string `arg:"" optional:"" help:"The backup."`
	InPlace bool   `help:"The workspace was put back by other means (a snapshot of the disk, a restore of PostgreSQL): make it safe to use."`
}

// restoredView is what restore and copy print with --json.
type restoredView struct {
	engine.Restored
	From  string `json:"from"`
	To    string `json:"to"`
	Audit bool   `json:"audit_ok"`
}

func (c *restoreCmd) Run(ctx context.Context, s *session) error {
	if err := s.onWorkspace("restore"); err != nil {
		return err
	}
	dsn, err := s.dsn()
	if err != nil {
		return err
	}
	if c.InPlace == (c.File != "") {
		return fettle.Errorf(fettle.Invalid, "name a backup, or say --in-place").WithHint("See: fettle restore --help")
	}
	if c.InPlace {
		return s.restoreInPlace(ctx)
	}
	info, err := store.ReadBackup(ctx, c.File)
	if err != nil {
		return err
	}
	origin := "a backup"
	if !info.At.IsZero() {
		origin = "a backup of " + info.At.Format(time.RFC3339)
	}
	var r engine.Restored
	if isPostgres(dsn) {
		from, err := store.OpenBackup(ctx, c.File, s.log)
		if err != nil {
			return err
		}
		r, err = s.copyInto(ctx, from, dsn, origin)
		if err := errors.Join(err, from.Close()); err != nil {
			return err
		}
	} else {
		err = store.RestoreFile(ctx, c.File, dsn, s.log, func(db *store.DB) (err error) {
			r, err = s.makeSafe(ctx, db, dsn, origin)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.restored(restoredView{Restored: r, From: c.File, To: shownDSN(dsn)})
}

func (s *session) restoreInPlace(ctx context.Context) error {
	dsn, err := s.dsn()
	if err != nil {
		return err
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	if err := s.confirm("Every enrichment of this workspace is paused, its calls in flight become unknown, and everybody is signed out"); err != nil {
		return err
	}
	r, err := s.engine.Restore(ctx, fettle.Actor{Name: "cli", Role: fettle.Admin}, "a database that was put back")
	if err != nil {
		return err
	}
	return s.restored(restoredView{Restored: r, From: "", To: shownDSN(dsn)})
}

// makeSafe prepares a workspace that was just put in its place.
func (s *session) makeSafe(ctx context.Context, db *store.DB, dsn, origin string) (engine.Restored, error) {
	key, err := s.keyIfThere(dsn)
	if err != nil {
		return engine.Restored{}, err
	}
	e, err := s.engineOf(ctx, db, key)
	if err != nil {
		return engine.Restored{}, err
	}
	return e.Restore(ctx, fettle.Actor{Name: "cli", Role: fettle.Admin}, origin)
}

// keyIfThere is the workspace's key, or one that opens nothing: the right key
// file may still be put in its place.
func (s *session) keyIfThere(dsn string) ([]byte, error) {
	path, err := s.keyFile(dsn)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && s.getenv("FETTLE_KEY")+s.getenv("FETTLE_KEY_FILE") == "" {
		return secret.NewKey(), nil
	}
	return s.key(dsn)
}

// restored prints what became of the workspace; a failed audit is a refusal.
func (s *session) restored(v restoredView) error {
	v.Audit = len(v.Problems) == 0
	err := s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s is a workspace. Enrichments paused: %d. Calls that may have been billed: %d.\n", v.To, v.Paused, v.Unknown)
		if len(v.Keys) > 0 {
			_, _ = fmt.Fprintf(w, "The keys of %s cannot be opened: put the key file of the original in its place, or enter them again with: fettle provider key NAME\n", strings.Join(v.Keys, ", "))
		}
		if v.Audit {
			_, _ = fmt.Fprintln(w, "The audit is sound. Resume each enrichment when you are sure that the original does not run too.")
		}
		for _, p := range v.Problems {
			_, _ = fmt.Fprintln(w, "✗ "+printable(p))
		}
	})
	if err == nil && !v.Audit {
		return fettle.Errorf(fettle.Refused, "the audit fails: spending is paused").WithHint("Look with: fettle audit, or use another backup.")
	}
	return err
}
