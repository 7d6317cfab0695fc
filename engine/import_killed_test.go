package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestKilledImportIsShownInterrupted kills the process of an import on its way:
// it is believed to run for a while, then said to be interrupted, and the same
// file goes on where it was.
func TestKilledImportIsShownInterrupted(t *testing.T) {
	t.Parallel()
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			const rows = 6000
			dsn := storetest.DSN(t, kind)
			w := newWorld(t, opened(t, dsn), sandbox.Defaults())
			var text strings.Builder
			text.WriteString("name,email\n")
			for i := range rows {
				fmt.Fprintf(&text, "Person %d,p%d@example.com\n", i, i)
			}
			in := engine.ImportInput{File: file(t, text.String()), Entity: fettle.People}

			fuse := storetest.AfterCommit(3) // the import's record, and a batch or two
			db, err := store.OpenThrough(t.Context(), dsn, quiet(), fuse.Through)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			c := w.config()
			c.DB = db
			dying, err := engine.New(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			fuse.Arm()
			if _, err := dying.Import(t.Context(), editor, in); err == nil {
				t.Fatal("the import came to its end")
			}

			show := func() fettle.ImportView {
				t.Helper()
				list, err := w.e.Imports(t.Context(), viewer)
				if err != nil || len(list) != 1 {
					t.Fatalf("%d imports: %v", len(list), err)
				}
				return list[0]
			}
			if v := show(); v.State != "running" || v.Hint != "" || v.Created == 0 || v.Created == rows {
				t.Fatalf("just now: %+v", v)
			}
			past := time.Now().Add(-time.Second).UnixMicro()
			if _, err := w.db.Writer().ExecContext(t.Context(), fmt.Sprintf("UPDATE imports SET alive_until_us = %d", past)); err != nil {
				t.Fatal(err)
			}
			first := show()
			if first.State != "interrupted" || !strings.Contains(first.Hint, "Import the file again") {
				t.Fatalf("later: %+v", first)
			}

			again, err := w.e.Import(t.Context(), editor, in)
			if err != nil || again.State != "done" || again.Created != rows-first.Created || again.Unchanged != first.Created {
				t.Errorf("again: %+v, %v", again, err)
			}
			if n, err := w.e.CountAudience(t.Context(), viewer, fettle.AllPeople); err != nil || n != rows {
				t.Errorf("%d people: %v", n, err)
			}
		})
	}
}
