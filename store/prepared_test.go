package store

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
)

// counting is a statement of a transaction, and its text as SQLite gets it.
func counting(ctx context.Context, tx *Tx, alias string) (string, error) {
	var n int64
	text := "SELECT count(*) AS " + alias + " FROM settings WHERE key = "
	return text + "?", tx.get(ctx, []any{&n}, text+"$1", "x")
}

// TestPreparedStatementsAreBounded has statements come and go while many
// transactions run: none may meet one that was closed, those in use now are
// kept, and one that comes once is not prepared. It holds for those that write
// and for those that read.
func TestPreparedStatementsAreBounded(t *testing.T) {
	for name, c := range map[string]struct {
		in func(db *DB) func(context.Context, func(*Tx) error) error
		of func(db *DB) *prepared
	}{
		"Update": {func(db *DB) func(context.Context, func(*Tx) error) error { return db.Update }, func(db *DB) *prepared { return &db.writes }},
		"View":   {func(db *DB) func(context.Context, func(*Tx) error) error { return db.View }, func(db *DB) *prepared { return &db.reads }},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			in, of := c.in(db), c.of(db)
			run := func(alias string) (text string) {
				err := in(t.Context(), func(tx *Tx) (err error) {
					text, err = counting(t.Context(), tx, alias)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				return text
			}
			var wg sync.WaitGroup
			for w := range 3 {
				wg.Go(func() {
					for i := range maxPrepared {
						run(fmt.Sprintf("a%d_%d", w, i/2)) // each comes twice
					}
				})
			}
			wg.Wait()
			run("filler") // where the bound was reached it begins anew
			var text string
			for range 3 {
				text = run("again")
			}
			once := run("once")
			if n := len(of.held); n > maxPrepared || of.held[text] == nil || of.held[once] != nil {
				t.Errorf("%d statements are held; the one in use is prepared: %v; the one that came once: %v", n, of.held[text] != nil, of.held[once] != nil)
			}
		})
	}
}

// TestAStatementInUseIsNotClosed fills the bound while a transaction that uses a
// prepared statement is under way.
func TestAStatementInUseIsNotClosed(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	view := func(alias string) {
		if err := db.View(t.Context(), func(tx *Tx) error {
			_, err := counting(t.Context(), tx, alias)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		view("used")
	}
	err = db.View(t.Context(), func(tx *Tx) error {
		for i := range maxPrepared + 1 {
			view(fmt.Sprint("b", i))
		}
		text, err := counting(t.Context(), tx, "used")
		if db.reads.held[text] == nil {
			t.Error("it was closed")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
