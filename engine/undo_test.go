package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// take takes a change set back.
func (w *world) take(id string) fettle.TakeBackView {
	w.t.Helper()
	v, err := w.e.TakeBack(w.t.Context(), admin, id, false, true)
	if err != nil {
		w.t.Fatalf("%s: %v", id, err)
	}
	return v
}

// wouldTake is what taking a change set back would come to.
func (w *world) wouldTake(id string) fettle.TakeBackView {
	w.t.Helper()
	v, err := w.e.TakeBack(w.t.Context(), admin, id, true, false)
	if err != nil {
		w.t.Fatalf("%s: %v", id, err)
	}
	return v
}

// sets lists change sets of a kind, newest first.
func (w *world) sets(kind string) []fettle.ChangeSetView {
	w.t.Helper()
	all := []fettle.ChangeSetView{}
	for after := ""; ; {
		page, next, err := w.e.ChangeSets(w.t.Context(), viewer, engine.SetsQuery{Kind: kind, After: after, Limit: 2})
		if err != nil {
			w.t.Fatal(err)
		}
		if all = append(all, page...); next == "" {
			return all
		}
		after = next
	}
}

// wantTaken compares what an undo came to, and what it was said to come to.
func wantTaken(t *testing.T, what string, did, would fettle.TakeBackView, restored, left int64) {
	t.Helper()
	if did.Restored != restored || did.LeftCount != left || int64(len(did.Left)) != left {
		t.Errorf("%s: %s, want %d restored and %d left: %+v", what, did, restored, left, did.Left)
	}
	if did.String() != would.String() {
		t.Errorf("%s did %q, and said before that it would do %q", what, did, would)
	}
}

// TestUndoOfEdits takes edits back, does them again, and leaves what was edited
// since.
func TestUndoOfEdits(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "engineer")
		ids := w.ids(fettle.AllPeople)
		in := engine.EditsInput{Entity: fettle.People, Confirm: true}
		for _, id := range ids {
			in.Edits = append(in.Edits, engine.Edit{Record: id, Field: "title", Value: "CTO"}, engine.Edit{Record: id, Field: "email", Value: "a" + fettle.FormatValue(float64(id)) + "@acme.com"})
		}
		v, err := w.e.EditRecords(t.Context(), editor, in)
		if err != nil || v.Set == "" {
			t.Fatalf("%+v: %v", v, err)
		}
		w.edit(ids[2], "title", "CEO")

		would := w.wouldTake(v.Set)
		did := w.take(v.Set)
		wantTaken(t, "the undo", did, would, 5, 1)
		if x := did.Left[0]; x.RecordID != ids[2] || x.Field != "title" || !strings.Contains(x.Reason, "edited since by") {
			t.Errorf("left %+v", x)
		}
		for i, id := range ids {
			if email := w.value(id, "email"); email != nil {
				t.Errorf("record %d has the email %v", id, email)
			}
			if title := w.value(id, "title"); i < 2 && title != "engineer" || i == 2 && title != "CEO" {
				t.Errorf("record %d is %v", id, title)
			}
		}
		if _, err := w.e.TakeBack(t.Context(), admin, v.Set, false, true); fettle.CodeOf(err) != fettle.Refused || !strings.Contains(err.Error(), did.ID) {
			t.Errorf("taken back twice: %v", err)
		}
		// Taking the undo back does the edit again; and once more it goes.
		again := w.take(did.ID)
		wantTaken(t, "the redo", again, again, 5, 0)
		if w.value(ids[0], "title") != "CTO" || w.value(ids[1], "email") == nil || w.value(ids[2], "title") != "CEO" {
			t.Error("the edit is not there again")
		}
		third := w.take(v.Set)
		wantTaken(t, "the second undo", third, third, 5, 1)
		if sets := w.sets("edit"); len(sets) != 2 || sets[1].ID != v.Set || sets[1].TakenBackBy != third.ID || sets[1].Cells != 6 || sets[1].Records != 3 {
			t.Errorf("edits: %+v", sets)
		}
		if sets := w.sets(""); len(sets) != 5 || sets[0].ID != third.ID || sets[0].Of != v.Set || sets[0].Result.Restored != 5 {
			t.Errorf("change sets: %+v", sets)
		}
		for _, after := range []string{"x", "-5", "5--3"} {
			_, _, err := w.e.ChangeSets(t.Context(), viewer, engine.SetsQuery{After: after})
			w.code(fettle.Invalid, err, "a page after "+after)
		}
		w.sound()
	})
}

// TestUndoOfADeletion brings records back as they were, under their ids, but for
// what was erased since.
func TestUndoOfADeletion(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 4, "engineer")
		ids := w.ids(fettle.AllPeople)
		w.edit(ids[0], "title", "CTO")
		before, err := w.e.Record(t.Context(), viewer, ids[0])
		if err != nil {
			t.Fatal(err)
		}
		if n, err := w.e.DeleteRecords(t.Context(), editor, nil, fettle.AllPeople, false); n != 4 || err != nil {
			t.Fatal(n, err)
		}
		if _, err := w.e.DeleteRecords(t.Context(), editor, ids[3:], "", true); err != nil {
			t.Fatal(err)
		}
		set := w.sets("delete")
		if len(set) != 1 && len(set) != 2 {
			t.Fatalf("%+v", set)
		}
		of := set[len(set)-1]
		did := w.wouldTake(of.ID)
		if got := w.take(of.ID); got.Recreated != 3 || got.Erased != 1 || len(got.Warnings) != 1 || got.String() != did.String() {
			t.Errorf("%s, and it said %s", got, did)
		}
		after, err := w.e.Record(t.Context(), viewer, ids[0])
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range before.Values {
			x := after.Values[i]
			if x.Value != v.Value || x.Source != v.Source || x.SourceKind != v.SourceKind {
				t.Errorf("%s was %v of %s, and is %v of %s", v.Field, v.Value, v.Source, x.Value, x.Source)
			}
		}
		if !after.CreatedAt.Equal(before.CreatedAt) {
			t.Errorf("made at %v, was at %v", after.CreatedAt, before.CreatedAt)
		}
		if now := w.ids(fettle.AllPeople); len(now) != 3 || now[0] != ids[0] {
			t.Errorf("people %v, want %v", now, ids[:3])
		}
		// Taking the undo back deletes them again, but for one that was edited.
		w.edit(ids[1], "title", "boss")
		again := w.take(w.sets("undo")[0].ID)
		if again.Deleted != 2 || again.LeftCount != 1 || again.Left[0].RecordID != ids[1] {
			t.Errorf("the redo: %s %+v", again, again.Left)
		}
		w.sound()
	})
}

// TestUndoOfADeletionGivesTheCompanyBack brings a person back to the company that
// was found by its id, and lets an undo of the import take both.
func TestUndoOfADeletionGivesTheCompanyBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		v, err := w.e.Import(t.Context(), admin, engine.ImportInput{
			File: file(t, "Email,Company ID,Company Name\nann@gmail.com,7,Acme\nbob@gmail.com,7,Acme\n"), Entity: fettle.People, Confirm: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		ids := w.ids(fettle.AllPeople)
		company := func(id int64) int64 {
			d, err := w.e.Record(t.Context(), viewer, id)
			if err != nil {
				t.Fatal(err)
			}
			return d.CompanyID
		}
		had := company(ids[0])
		if had == 0 {
			t.Fatal("it has no company to begin with")
		}
		if _, err := w.e.DeleteRecords(t.Context(), editor, ids, "", false); err != nil {
			t.Fatal(err)
		}
		w.take(w.sets("delete")[0].ID)
		if now := company(ids[0]); now != had {
			t.Errorf("it has the company %d, had %d", now, had)
		}
		w.edit(ids[1], "email", "bob.roe@gmail.com")
		if now := company(ids[1]); now != had {
			t.Errorf("with another e-mail it has the company %d, had %d", now, had)
		}
		undone, err := w.e.UndoImport(t.Context(), admin, v.ID)
		if err != nil || undone.Undo.Deleted != 1 {
			t.Errorf("%+v %v", undone.Undo, err)
		}
		w.sound()
	})
}
