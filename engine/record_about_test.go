package engine_test

import (
	"slices"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAbout tells what a bought record has to do with: its parts of cost add up to
// what the journal says, and an edit that takes it out of a list says so.
func TestAbout(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.people(0, 2, "engineer")
		w.audience("engineers", `title == "engineer" || title == "boss"`)
		w.save("emails", findEmail("engineers", 1000))
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		id := w.ids("engineers")[0]

		v, err := w.e.RecordAbout(ctx, viewer, id)
		if err != nil {
			t.Fatal(err)
		}
		entries, _, err := w.e.Journal(ctx, viewer, engine.JournalQuery{RecordID: id})
		if err != nil {
			t.Fatal(err)
		}
		var paid, byEnrichment, byField fettle.Credits
		for _, j := range entries {
			paid += j.AmountCredits
		}
		for _, p := range v.Cost.ByEnrichment {
			byEnrichment += p.Credits
		}
		for _, p := range v.Cost.ByField {
			byField += p.Credits
		}
		if paid == 0 || v.Cost.Credits != paid || byEnrichment != paid || byField != paid || v.Cost.Calls == 0 {
			t.Errorf("it cost %s, by enrichment %s, by field %s; the journal says %s", v.Cost.Credits, byEnrichment, byField, paid)
		}
		if len(v.Audiences) != 1 || v.Audiences[0].Name != "engineers" || !slices.Equal(v.Audiences[0].Why, []string{`title == "engineer"`}) {
			t.Errorf("it is in %+v", v.Audiences)
		}
		if len(v.Keys) == 0 {
			t.Error("nothing that it is known again by")
		}

		n, err := w.e.AddNote(ctx, editor, id, "  met in Bonn ")
		if err != nil || n.Text != "met in Bonn" {
			t.Fatalf("%+v: %v", n, err)
		}
		_, err = w.e.AddNote(ctx, viewer, id, "x")
		w.code(fettle.NotAllowed, err, "a note by a viewer")
		_, err = w.e.AddNote(ctx, editor, id, strings.Repeat("x", engine.MaxNote+1))
		w.code(fettle.Invalid, err, "a long note")
		other := fettle.Actor{Name: "other", Role: fettle.Editor}
		w.code(fettle.NotAllowed, w.e.DeleteNote(ctx, other, n.ID), "somebody else's note")
		second := w.ids("engineers")[1]
		mergeID := w.merge(second, id)
		if v, err := w.e.RecordAbout(ctx, viewer, second); err != nil || len(v.Notes) != 1 {
			t.Errorf("merged, it has the notes %+v: %v", v.Notes, err)
		}
		w.unmerge(mergeID)
		if err := w.e.DeleteNote(ctx, editor, n.ID); err != nil {
			t.Error(err)
		}

		in := engine.EditsInput{Entity: fettle.People, Confirm: true, Within: engine.Query{Audience: "engineers", Search: "person"}}
		for title, out := range map[string]int{"boss": 0, "painter": 1} {
			in.Edits = []engine.Edit{{Record: second, Field: "title", Value: "engineer"}}
			if _, err := w.e.EditRecords(ctx, editor, in); err != nil {
				t.Fatal(err)
			}
			in.Edits[0].Value = title
			in.Within.Search = ""
			if v, err := w.e.EditRecords(ctx, editor, in); err != nil || v.Out != out {
				t.Errorf("a %s: %d are out of the list, want %d: %v", title, v.Out, out, err)
			}
		}
	})
}
