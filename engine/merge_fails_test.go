package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// A merge that cannot be made holds up none of the others, and fails nobody's
// import; it is listed with why, and made once it can be.
func TestAMergeThatFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 8, "Engineer")
		ids := w.ids(fettle.AllPeople)
		err := db.Update(ctx, func(tx *store.Tx) error {
			var pending []store.PendingMerge
			for i := 0; i < len(ids); i += 2 {
				pending = append(pending, store.PendingMerge{Survivor: ids[i], Loser: ids[i+1], Entity: fettle.People, Actor: "ann", ByPerson: true})
			}
			return tx.AddPendingMerges(ctx, pending)
		})
		if err != nil {
			t.Fatal(err)
		}
		w.refuse("nomerge", "INSERT", "merges", fmt.Sprintf("NEW.loser_id = %d", ids[1]))
		load := func(name string) {
			t.Helper()
			if _, err := w.e.Import(ctx, spender, engine.ImportInput{File: file(t, "name,email\n"+name+","+name+"@a.com\n"), Entity: fettle.People}); err != nil {
				t.Fatalf("an import that has nothing to do with it: %v", err)
			}
		}
		states := func() (made, waiting int, why string) {
			t.Helper()
			all, err := w.e.Merges(ctx, viewer, 0, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range all {
				if m.Waiting {
					waiting, why = waiting+1, m.Failure
				} else {
					made++
				}
			}
			return made, waiting, why
		}
		load("ann")
		if made, waiting, why := states(); made != 3 || waiting != 1 || !strings.Contains(why, "refused by the test") {
			t.Fatalf("%d made, %d wait: %q", made, waiting, why)
		}
		load("bob") // it is not tried again at once
		if db.Postgres() {
			w.exec("DROP TRIGGER nomerge ON merges")
		} else {
			w.exec("DROP TRIGGER nomerge")
		}
		load("cid")
		if made, waiting, _ := states(); made != 3 || waiting != 1 {
			t.Fatalf("%d made, %d wait", made, waiting)
		}
		w.exec("UPDATE pending_merges SET retry_us = 1")
		load("dan")
		if made, waiting, _ := states(); made != 4 || waiting != 0 {
			t.Fatalf("%d made, %d wait", made, waiting)
		}
	})
}
