package engine_test

import (
	"reflect"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAnUndoOfAnImportThatBrokeOffGoesOn lets an undo fail behind its first piece:
// asked again it does the rest, and says what both parts came to, as the preview
// of the whole did.
func TestAnUndoOfAnImportThatBrokeOffGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		load := func(text string) fettle.ImportView {
			t.Helper()
			v, err := w.e.Import(ctx, admin, engine.ImportInput{File: file(t, text), Entity: fettle.People, Source: "crm", SameList: true, Confirm: true, Map: map[string]string{"id": "external_id"}})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		load("id,name,email,title\n1,Ann,ann@acme.com,CTO\n2,Bob,bob@acme.com,CEO\n")
		v := load("id,name,email,title\n1,Ann,ann@acme.com; a@acme.com,CFO\n2,Bob,bob@acme.com,COO\n3,Cy,cy@acme.com,CTO\n")
		w.edit(2, "title", "boss")
		preview, err := w.e.PreviewUndo(ctx, admin, v.ID)
		if err != nil {
			t.Fatal(err)
		}
		w.refuse("undone", "UPDATE", "imports", "NEW.state = 'undone'")
		if _, err := w.e.UndoImport(ctx, admin, v.ID); err == nil {
			t.Fatal("the undo did not break off")
		}
		if got := w.value(1, "title"); got != "CTO" {
			t.Fatalf("the first piece left %v", got)
		}
		drop := "DROP TRIGGER undone"
		if db.Postgres() {
			drop += " ON imports"
		}
		w.exec(drop)
		want := counted(preview.Undo)
		again, err := w.e.PreviewUndo(ctx, admin, v.ID)
		if err != nil || !reflect.DeepEqual(counted(again.Undo), want) {
			t.Errorf("the preview of the rest says %+v, that of the whole said %+v: %v", counted(again.Undo), want, err)
		}
		did, err := w.e.UndoImport(ctx, admin, v.ID)
		want.DryRun = false
		if err != nil || !reflect.DeepEqual(counted(did.Undo), want) || want.Restored != 1 || want.Deleted != 1 || want.Kept != 1 {
			t.Errorf("both parts came to %+v, want %+v: %v", counted(did.Undo), want, err)
		}
		if sets := w.sets("undo"); len(sets) != 1 || sets[0].Broken || sets[0].Result.Restored != 1 || sets[0].Result.LeftCount != 1 || len(sets[0].Result.Left) != 1 {
			t.Errorf("change sets: %+v", sets)
		}
	})
}
