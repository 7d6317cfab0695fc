package ingest_test

import (
	"context"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestUndoOfAnImportGivesSharedKeysBack takes imports back that made a key shared,
// by a new record and by a new value: who had it is found by it again, there is no
// conflict, and it all comes again with the rows.
func TestUndoOfAnImportGivesSharedKeysBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crm := ingest.ImportOptions{Source: "crm", SameList: true}
		finds := func(what, email string, want int64) {
			t.Helper()
			v := importText(t, db, "Name,Email\nWho,"+email+"\n", ingest.ImportOptions{Source: "hub", Policy: fettle.FillBlanks, DryRun: true})
			if v.Unchanged != want {
				t.Errorf("%s: %s finds %d: %+v", what, email, v.Unchanged, countsOf(v))
			}
		}
		open := func(what string, want int) {
			t.Helper()
			update(t, db, func(ctx context.Context, tx *store.Tx) error {
				list, err := tx.Conflicts(ctx, fettle.People, 0, 10)
				pairs, err2 := tx.Duplicates(ctx, store.DuplicatesInput{Entity: fettle.People, State: fettle.DuplicateOpen, Limit: 10})
				if err2 != nil || len(list) != want || len(pairs) != want {
					t.Errorf("%s: %d conflicts, %d pairs to review, want %d: %v", what, len(list), len(pairs), want, err2)
				}
				return err
			})
		}
		importText(t, db, "External ID,Name,Email\n1,Ann,ann@x.com\n2,Bob,bob@x.com\n", crm)
		const more = "External ID,Name,Email\n3,Cid,ann@x.com\n2,Bob,ann@x.com\n"
		second := importText(t, db, more, crm)
		wantCounts(t, second, counts{Read: 2, Created: 1, Updated: 1, Conflicts: 2})
		finds("shared by three", "ann@x.com", 0)
		open("shared by three", 2)
		undo(t, db, second.ID)
		finds("after the undo", "ann@x.com", 1)
		finds("after the undo", "bob@x.com", 1)
		open("after the undo", 0)
		again := importText(t, db, more, crm)
		wantCounts(t, again, counts{Read: 2, Created: 1, Updated: 1, Conflicts: 2})
		open("again", 2)
		third := importText(t, db, "External ID,Name,Email\n4,Dee,ann@x.com\n", crm)
		undo(t, db, again.ID)
		finds("shared by the third still", "ann@x.com", 0)
		open("shared by the third still", 1)
		undo(t, db, third.ID)
		finds("after all undos", "ann@x.com", 1)
		open("after all undos", 0)

		of := ingest.ImportOptions{Entity: fettle.Companies, Source: "erp"}
		importText(t, db, "Name,Domain\nAcme,acme.com\n", of)
		importText(t, db, "Name,Email\nEve,eve@acme.com\n", ingest.ImportOptions{Source: "hub"})
		other := importText(t, db, "Name,Domain\nOther,acme.com\n", of)
		if got := employers(t, db)["Eve"]; got != "" {
			t.Errorf("of a shared domain she works for %q", got)
		}
		undo(t, db, other.ID)
		if got := employers(t, db)["Eve"]; got != "Acme" {
			t.Errorf("after the undo she works for %q", got)
		}
	})
}
