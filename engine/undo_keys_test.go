package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestUndoOfWhatWasSentTakesItsKeysBack takes back what one of two senders of a
// source sent: the key that it gave a record beside its value finds nobody then,
// and the conflict that it made is none; what the other said too stays.
func TestUndoOfWhatWasSentTakesItsKeysBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		send := func(a fettle.Actor, row map[string]any) string {
			t.Helper()
			v, err := w.e.UpsertRecords(ctx, a, engine.UpsertInput{Entity: fettle.People, Source: "crm", Confirm: true, Rows: []map[string]any{row}})
			if err != nil {
				t.Fatal(err)
			}
			return v.Set
		}
		is := func(what, email string, found bool, conflicts int64) {
			t.Helper()
			would, err := w.e.Import(ctx, admin, engine.ImportInput{File: file(t, "name,email\nWho,"+email+"\n"), Entity: fettle.People, Source: "hub", DryRun: true})
			if err != nil || (would.Created == 0) != found {
				t.Errorf("%s: %s finds somebody: %t, want %t: %v", what, email, would.Created == 0, found, err)
			}
			c, err := w.e.DuplicateCounts(ctx, viewer, fettle.People)
			list, _, err2 := w.e.Duplicates(ctx, viewer, engine.DuplicatesQuery{Entity: fettle.People})
			if err != nil || err2 != nil || c.Conflicts != conflicts || int64(len(list)) != conflicts {
				t.Errorf("%s: %d conflicts, %d to review, want %d: %v, %v", what, c.Conflicts, len(list), conflicts, err, err2)
			}
		}
		olga := fettle.Actor{Name: "olga", Role: admin.Role} // so that what both send has one origin
		const ann, lee = "ann@acme.com", "ann.lee@acme.com"
		both := func(title string) map[string]any {
			return map[string]any{"external_id": "1", "title": title, "email": ann + "; " + lee}
		}
		send(admin, map[string]any{"external_id": "1", "name": "Ann", "email": ann})
		is("one value", lee, false, 0)
		set := send(olga, both("CTO"))
		is("a second one", lee, true, 0)
		w.take(set)
		is("taken back", lee, false, 0)
		is("taken back", ann, true, 0)

		for _, row := range []map[string]any{
			{"external_id": "2", "name": "Bob", "email": ann}, // by a record that goes
			{"external_id": "3", "email": ann},                // by a value that goes
		} {
			send(admin, map[string]any{"external_id": "3", "name": "Cy"})
			set = send(olga, row)
			is("shared", ann, false, 1)
			undo := w.take(set).ID
			is("shared no more", ann, true, 0)
			w.take(undo)
			is("shared again", ann, false, 1)
			w.take(w.sets("undo")[0].ID)
			is("and not again", ann, true, 0)
		}

		set = send(olga, both("CFO"))
		send(admin, both("CFO"))
		w.take(set)
		is("the other said it too", lee, true, 0)
		w.sound()
	})
}
