package engine_test

import (
	"maps"
	"slices"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestColumnsAreMappedLater gives columns that an import left out a field, from
// the rows that it kept, as an import would have.
func TestColumnsAreMappedLater(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		text := "email,full name,Score,Second mail,Badge\n" +
			"ann@acme.com,Ann Lee,7,ann@home.org,a1\nbob@acme.com,Bob Ray,many,,a2\ncid@acme.com,Cid Roe,9,,a3\ndan@acme.com,Dan Orr,N/A,,\neve@acme.com,Eve Poe,5,,a5\n"
		first, err := w.e.Import(ctx, editor, engine.ImportInput{File: file(t, text), Entity: fettle.People, Map: map[string]string{"full name": "name", "Badge": ""}})
		if err != nil || !slices.Equal(first.Unmapped, []string{"Score", "Second mail", "Badge"}) {
			t.Fatalf("%v: %v", first.Unmapped, err)
		}
		w.merge(1, 3) // Cid is Ann now
		if _, err := w.e.DeleteRecords(ctx, editor, []int64{5}, "", false); err != nil {
			t.Fatal(err)
		}
		in := engine.LaterInput{ID: first.ID, Map: map[string]string{"Score": "score:number", "Badge": "external_id"}}
		dry := in
		dry.DryRun = true
		for _, how := range []engine.LaterInput{dry, in} {
			v, err := w.e.MapImport(ctx, editor, how)
			if err != nil || v.Read != 5 || v.Updated != 2 || v.Merged != 1 || v.Unchanged != 1 || v.Rejected != 1 || v.SetAside != 1 {
				t.Fatalf("%+v, %v", v, err)
			}
			if got := v.Receipt[slices.IndexFunc(v.Receipt, func(f fettle.ReceiptField) bool { return f.Field == "score" })]; got.File != 5 || got.Table != 1 {
				t.Errorf("%+v", got)
			}
		}
		if score, badge := w.value(1, "score"), w.value(2, "external_id"); score != 9.0 || badge != "a2" {
			t.Errorf("the score is %v, the badge %v", score, badge)
		}
		kept, err := w.e.ImportByID(ctx, viewer, first.ID)
		if err != nil || !slices.Equal(kept.Unmapped, []string{"Second mail"}) || !maps.Equal(kept.Mapped, map[string]string{"Score": "score", "Badge": "external_id"}) {
			t.Errorf("%v, %v: %v", kept.Unmapped, kept.Mapped, err)
		}
		later, err := w.e.ImportByID(ctx, viewer, 0)
		if err != nil || later.Of != first.ID || len(later.Aside) != 1 || later.Rejects[0].Reason != "its record was deleted" {
			t.Fatalf("%+v, %v", later, err)
		}
		again, err := w.e.MapImport(ctx, editor, in)
		if err != nil || again.Updated != 0 || again.Unchanged != 3 {
			t.Errorf("%+v, %v", again, err)
		}
		ids := engine.ImportInput{File: file(t, "Badge,full name,title\na2,Bob Ray,Chef\n"), Entity: fettle.People, Map: map[string]string{"Badge": "external_id", "full name": "name"}}
		if v, err := w.e.Import(ctx, editor, ids); err != nil || v.Updated != 1 || w.value(2, "title") != "Chef" {
			t.Errorf("ids that were mapped later find nobody: %+v, %v", v, err)
		}
		_, err = w.e.MapImport(ctx, editor, engine.LaterInput{ID: later.ID, Map: in.Map})
		refused(t, err, fettle.Refused, "has no rows of its own")
		_, err = w.e.MapImport(ctx, editor, engine.LaterInput{ID: first.ID, Map: map[string]string{"Shoe": "shoe"}})
		refused(t, err, fettle.Invalid, "has no column")
		_, err = w.e.MapImport(ctx, viewer, in)
		refused(t, err, fettle.NotAllowed)

		undone, err := w.e.UndoImport(ctx, editor, first.ID)
		if err != nil || undone.Undo.Kept == 0 { // what a person has merged stays
			t.Fatalf("%+v, %v", undone.Undo, err)
		}
		if v, err := w.e.ImportByID(ctx, viewer, later.ID); err != nil || v.State != store.ImportUndone {
			t.Errorf("%s: %v", v.State, err)
		}
		_, err = w.e.MapImport(ctx, editor, in)
		refused(t, err, fettle.Refused, "was taken back")
	})
}

// Columns that put records into a live enrichment ask first, as an import does.
func TestMappingLaterAsksFirst(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.audience("engineers", `title == "Engineer"`)
		w.save("work-email", findEmail("engineers", 5000))
		w.work(w.e)
		w.start("work-email")
		in := crowdInput(t, crowd(150, "Engineer"))
		in.Map["title"] = ""
		v, err := w.e.Import(ctx, spender, in)
		if err != nil || len(v.Unmapped) != 1 {
			t.Fatalf("%v: %v", v.Unmapped, err)
		}
		later := engine.LaterInput{ID: v.ID, Map: map[string]string{"title": "title"}}
		_, err = w.e.MapImport(ctx, spender, later)
		refused(t, err, fettle.Confirm, "150 rows into work-email", "--no-run")
		if n, _ := w.e.CountAudience(ctx, viewer, "engineers"); n != 0 {
			t.Errorf("%d engineers after the refusal", n)
		}
		later.Confirm = true
		if v, err := w.e.MapImport(ctx, spender, later); err != nil || v.Updated != 150 {
			t.Fatalf("%+v, %v", v, err)
		}
		w.until("work-email", func(v fettle.EnrichmentView) bool { return v.Rows.Found == 150 })
	})
}
