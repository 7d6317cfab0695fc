package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// gone asks for a record that is not there, and gives what the refusal tells.
func (w *world) gone(id int64) (engine.GoneView, *fettle.Error) {
	w.t.Helper()
	_, err := w.e.Record(w.t.Context(), viewer, id)
	w.code(fettle.NotFound, err, fmt.Sprint("record ", id))
	e := fettle.AsError(err)
	g, _ := e.Details["gone"].(engine.GoneView)
	return g, e
}

// TestARecordThatIsGoneSaysHowItWent asks for records that an import's undo, a
// deletion and an erasure took away, and takes back what the answer names.
func TestARecordThatIsGoneSaysHowItWent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		v, err := w.e.Import(t.Context(), editor, crowdInput(t, crowd(4, "x")))
		if err != nil {
			t.Fatal(err)
		}
		ids := w.ids(fettle.AllPeople)
		w.audience("first", `name == "Person Crowd0"`)
		w.save("emails", findEmail("first", 1000))
		w.work(w.e)
		w.start("emails")
		w.settle("emails")
		w.pause("emails")

		says := func(what string, asked int64, want engine.GoneView, hint string) {
			t.Helper()
			g, e := w.gone(asked)
			got := g
			got.At, got.What = want.At, want.What
			want.RecordID, want.Entity = asked, fettle.People
			if d := cmp.Diff(want, got); d != "" || g.At.IsZero() || !strings.Contains(e.Message, g.What) || !strings.Contains(e.Hint, hint) {
				t.Errorf("%s: %s (%s)\n%s", what, e.Message, e.Hint, d)
			}
			if g.TakeBack != "" {
				w.take(g.TakeBack)
				if d, err := w.e.Record(t.Context(), viewer, asked); err != nil || want.Into != 0 && d.ID != want.Into {
					t.Errorf("%s: %s was taken back, and record %d: %v", what, g.TakeBack, asked, err)
				}
			}
		}
		remove := func(erase bool, of ...int64) string {
			t.Helper()
			if _, err := w.e.DeleteRecords(t.Context(), editor, of, "", erase); err != nil {
				t.Fatal(err)
			}
			return w.sets("delete")[0].ID
		}

		undone, err := w.e.UndoImport(t.Context(), admin, v.ID)
		if err != nil || undone.Undo.Reduced != 1 {
			t.Fatalf("%+v: %v", undone.Undo, err)
		}
		says("the undo of an import", ids[0], engine.GoneView{By: admin.Name, ChangeID: undone.Undo.ID, TakeBack: undone.Undo.ID, Bought: []string{"email"}}, "what was bought for it: email")
		if w.value(ids[0], "email") == nil {
			t.Error("what was bought did not come back")
		}
		w.merge(ids[2], ids[3])
		set := remove(false, ids[2])
		says("a deletion of what it had become part of", ids[3], engine.GoneView{By: editor.Name, Into: ids[2], ChangeID: set, TakeBack: set, Bought: []string{}}, "fettle undo take "+set)
		set = remove(true, ids[1])
		says("an erasure", ids[1], engine.GoneView{By: editor.Name, ChangeID: set, Erased: true, Bought: []string{}}, "cannot come back")
		if g, _ := w.gone(1 << 40); g.RecordID != 0 {
			t.Errorf("a record that never was: %+v", g)
		}
		remove(false, ids[0])
		_, err = w.e.ExplainMember(t.Context(), viewer, "first", ids[0])
		if w.code(fettle.NotFound, err, "why a member"); !strings.Contains(err.Error(), "is gone") {
			t.Error(err)
		}
		w.sound()
	})
}
