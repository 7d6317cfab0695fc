package store

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
)

// Statements come and go while many transactions run: none may meet one that
// was closed, and those in use now are kept.
func TestPreparedStatementsAreBounded(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	count := func(ctx context.Context, alias string) error {
		return db.Update(ctx, func(tx *Tx) error {
			var n int64
			return tx.get(ctx, []any{&n}, "SELECT count(*) AS "+alias+" FROM settings WHERE key = $1", "x")
		})
	}
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range maxPrepared {
				if err := count(t.Context(), fmt.Sprintf("a%d_%d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for range 2 {
		if err := count(t.Context(), "again"); err != nil {
			t.Fatal(err)
		}
	}
	n, kept := 0, false
	db.stmts.Range(func(q, _ any) bool {
		n++
		kept = kept || q == "SELECT count(*) AS again FROM settings WHERE key = ?"
		return true
	})
	if n > maxPrepared || !kept {
		t.Errorf("%d statements are prepared, the newest among them: %v", n, kept)
	}
}
