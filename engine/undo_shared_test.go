package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestTheUndoOfAConflictIsTakenBack takes back an import that made two people share
// an e-mail, and then the undo: they share it again, and are in the review queue.
func TestTheUndoOfAConflictIsTakenBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.sync("crm", []member{{id: "1", name: "Ann", email: "ann@acme.com"}})
		v := w.sync("crm", []member{{id: "2", name: "Bob", email: "ann@acme.com"}})
		open := func(what string, want int64) {
			t.Helper()
			if c, err := w.e.DuplicateCounts(t.Context(), viewer, fettle.People); err != nil || c.Conflicts != want {
				t.Errorf("%s: %d conflicts, want %d: %v", what, c.Conflicts, want, err)
			}
			would, err := w.e.Import(t.Context(), admin, engine.ImportInput{
				File: file(t, "name,email\nWho,ann@acme.com\n"), Entity: fettle.People, Source: "hub", DryRun: true,
			})
			if err != nil || would.Created != want {
				t.Errorf("%s: the e-mail finds somebody: %d created, want %d: %v", what, would.Created, want, err)
			}
		}
		open("imported", 1)
		undone, err := w.e.UndoImport(t.Context(), admin, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		open("taken back", 0)
		w.take(undone.Undo.ID)
		open("done again", 1)

		// Who made a record may take it away again, whoever most of its values are of.
		v, err = w.e.Import(t.Context(), admin, engine.ImportInput{File: file(t, "name,email\nCy Orr,cy@beta.com\n"), Entity: fettle.People, Source: "hub", Confirm: true})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			undone, err := w.e.UndoImport(t.Context(), admin, v.ID)
			if err != nil || undone.Undo.Deleted != 1 {
				t.Fatalf("%+v: %v", undone.Undo, err)
			}
			w.take(undone.Undo.ID)
		}
		w.sound()
	})
}
