package engine_test

import (
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestUndoOfOneThingByTwo takes back what another process takes back at the same
// time: one of the two does it.
func TestUndoOfOneThingByTwo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.people(0, 1, "engineer")
		id := w.ids(fettle.AllPeople)[0]
		edit := func(title string) string {
			v, err := w.e.EditRecords(ctx, editor, engine.EditsInput{
				Entity: fettle.People, Confirm: true, Edits: []engine.Edit{{Record: id, Field: "title", Value: title}},
			})
			if err != nil {
				t.Fatal(err)
			}
			return v.Set
		}
		// elsewhere has another process do something while the undo waits for it.
		elsewhere := func(what, set string, do func(tx *store.Tx) error) {
			has, commit, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
			go func() {
				ended <- db.Update(ctx, func(tx *store.Tx) error {
					err := do(tx)
					close(has)
					<-commit
					return err
				})
			}()
			<-has
			took, done := make(chan error, 1), make(chan struct{})
			go func() {
				_, err := w.e.TakeBack(ctx, admin, set, false, true)
				took <- err
				close(done)
			}()
			if !storetest.Blocked(t, db, done) {
				t.Errorf("%s: it did not wait", what)
			}
			close(commit)
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			w.code(fettle.Refused, <-took, what)
		}

		first := edit("CTO")
		undo := store.ChangeSet{Kind: store.SetUndo, Of: first, Root: first, Entity: fettle.People, AtUS: 1, EndedUS: 1}
		elsewhere("taken back meanwhile", first, func(tx *store.Tx) error { return tx.AddChangeSet(ctx, &undo) })

		second := edit("CEO")
		broken := store.ChangeSet{Kind: store.SetUndo, Of: second, Root: second, Entity: fettle.People, AtUS: 1}
		if err := db.Update(ctx, func(tx *store.Tx) error { return tx.AddChangeSet(ctx, &broken) }); err != nil {
			t.Fatal(err)
		}
		elsewhere("gone on with meanwhile", second, func(tx *store.Tx) error {
			x := broken
			x.EndedUS = 2
			return tx.PutChangeSet(ctx, x)
		})
		if title := w.value(id, "title"); title != "CEO" {
			t.Errorf("it is %v: taken back beside the other", title)
		}
	})
}
