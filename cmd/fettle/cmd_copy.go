package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"fettle"
	"fettle/engine"
	"fettle/store"
)

type copyCmd struct {
	From   string `required:"" placeholder:"FILE" help:"The workspace to move: a SQLite file that no server uses."`
	To     string `placeholder:"postgres://…" help:"An empty database."`
	Unseal bool   `help:"The copy is not used: let the workspace in FILE spend again."`
}

// Run copies a workspace. What was killed goes on when the same command is run
// again.
func (c *copyCmd) Run(ctx context.Context, s *session) error {
	if err := s.onWorkspace("copy"); err != nil {
		return err
	}
	switch {
	case c.Unseal == (c.To != ""):
		return fettle.Errorf(fettle.Invalid, "say where to copy it: --to postgres://…, or --unseal").WithHint("See: fettle copy --help")
	case isPostgres(c.From):
		return fettle.Errorf(fettle.Invalid, "copy moves a workspace out of a SQLite file").WithHint("From PostgreSQL, use: fettle backup, and fettle restore.")
	case c.To != "" && !isPostgres(c.To):
		return fettle.Errorf(fettle.Invalid, "copy moves a workspace to PostgreSQL").WithHint("To another file, use: fettle backup, and fettle restore.")
	}
	if _, err := os.Stat(c.From); err != nil {
		return fettle.Errorf(fettle.NotFound, "there is no workspace in %s", c.From).WithHint("Name its file with --from.")
	}
	s.DB = c.From
	if err := s.open(ctx); err != nil {
		return err
	}
	admin := fettle.Actor{Name: "cli", Role: fettle.Admin}
	if c.Unseal {
		if err := s.engine.Unseal(ctx, admin); err != nil {
			return err
		}
		return s.print(map[string]any{"ok": true}, func(w io.Writer) {
			_, _ = fmt.Fprintf(w, "%s may spend again: what is live there goes on.\n", c.From)
		})
	}
	var r engine.Restored
	err := s.db.Exclusive(ctx, func() (err error) {
		to, err := store.OpenForCopy(ctx, c.To, s.log) // before the source is sealed for it
		if err != nil {
			return err
		}
		if err := to.Close(); err != nil {
			return err
		}
		if err := s.engine.Seal(ctx, admin, shownDSN(c.To)); err != nil {
			return err
		}
		r, err = s.copyInto(ctx, s.db, c.To, c.From)
		return err
	})
	if err != nil {
		return err
	}
	return s.restored(restoredView{Restored: r, From: c.From, To: shownDSN(c.To)})
}

// copyInto copies a workspace to an empty database in PostgreSQL, and makes it
// safe to use.
func (s *session) copyInto(ctx context.Context, from *store.DB, dsn, origin string) (r engine.Restored, err error) {
	to, err := store.OpenForCopy(ctx, dsn, s.log)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	release, err := to.HoldCopy(ctx)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := from.CopyTo(ctx, to, s.saysCopied()); err != nil {
		return r, err
	}
	if r, err = s.makeSafe(ctx, to, dsn, origin); err != nil {
		return r, err
	}
	return r, to.FinishCopy(ctx)
}

// saysCopied shows a terminal how far a copy is.
func (s *session) saysCopied() store.Copied {
	if !s.terminal() || s.JSON {
		return nil
	}
	return func(table string, rows int64) {
		if rows > 0 {
			_, _ = fmt.Fprintf(s.stderr, "\r\x1b[K%s: %s", table, plural(rows, "row", "rows"))
		}
	}
}

// shownDSN is a workspace's address without what must stay secret.
func shownDSN(dsn string) string {
	if !isPostgres(dsn) {
		return dsn
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "PostgreSQL"
	}
	u.RawQuery = ""
	return u.Redacted()
}
