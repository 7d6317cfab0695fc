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

// TestUndoOfWhatWasBought takes imports back whose rows were bought: what the
// imports wrote goes, what was bought stays, and coming back costs nothing.
func TestUndoOfWhatWasBought(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		cfg := sandbox.Defaults()
		cfg.HitRate = 1
		w := newWorld(t, db, cfg)
		w.work(w.e)
		load := func(text string) fettle.ImportView {
			t.Helper()
			v, err := w.e.Import(ctx, admin, engine.ImportInput{
				File: file(t, text), Entity: fettle.People, Confirm: true,
				Map: map[string]string{"id": "external_id", "full name": "name", "company domain": "company_domain"},
			})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		count := func(want int64) {
			t.Helper()
			if n, err := w.e.CountAudience(ctx, viewer, fettle.AllPeople); err != nil || n != want {
				t.Errorf("%d people, want %d: %v", n, want, err)
			}
		}
		takeBack := func(id int64, want fettle.UndoView) {
			t.Helper()
			preview, err := w.e.PreviewUndo(ctx, editor, id)
			if err != nil || preview.State == store.ImportUndone {
				t.Fatalf("%s: %v", preview.State, err)
			}
			want.DryRun = true
			if got := counted(preview.Undo); !reflect.DeepEqual(got, want) {
				t.Errorf("a preview of %d says %+v, want %+v", id, *preview.Undo, want)
			}
			v, err := w.e.UndoImport(ctx, editor, id)
			if err != nil {
				t.Fatal(err)
			}
			want.DryRun = false
			if got := counted(v.Undo); !reflect.DeepEqual(got, want) {
				t.Errorf("the undo of %d says %+v, want %+v", id, *v.Undo, want)
			}
		}
		const one = "id,full name,company domain,title\n1,Ann Lee,acme.com,CTO\n2,Bob Ray,bolt.com,CEO\n3,Cid Roe,cog.com,CFO\n4,Dan Orr,drum.com,COO\n"
		first := load(one)
		w.save("mail", findEmail(fettle.AllPeople, 100))
		w.start("mail")
		w.settle("mail")
		second := load("id,full name,company domain,title\n1,Ann Lee,acme.com,Founder\n5,Eve Poe,eve.com,CTO\n")
		w.followed("mail")
		w.settle("mail")
		third, err := w.e.Import(ctx, admin, engine.ImportInput{
			File: file(t, "id,full name\n6,Fay Doe\n"), Entity: fettle.People, NoRun: true, Map: map[string]string{"id": "external_id", "full name": "name"},
		})
		if err != nil {
			t.Fatal(err)
		}
		w.edit(2, "location", "Berlin")
		count(6)
		calls := w.sb.Books().BilledCalls
		if calls != 5 {
			t.Fatalf("%d calls were billed", calls)
		}

		takeBack(third.ID, fettle.UndoView{Deleted: 1})
		takeBack(second.ID, fettle.UndoView{Restored: 1, Reduced: 1, Bought: 1})
		if got := w.value(1, "title"); got != "CTO" {
			t.Errorf("the title is %v", got)
		}
		takeBack(first.ID, fettle.UndoView{Reduced: 3, Bought: 3, Kept: 1}) // a person has edited Bob
		count(1)
		w.sound()

		load(one)
		w.followed("mail")
		w.settle("mail")
		count(4)
		for id := int64(1); id <= 4; id++ {
			if w.value(id, "email") == nil {
				t.Errorf("record %d has come back without what was bought", id)
			}
		}
		if books := w.sb.Books(); books.BilledCalls != calls || books.Repeats != 0 {
			t.Errorf("bought again: %+v", books)
		}
		w.sound()
	})
}

// counted is what the undo of an import counts, without what it lists.
func counted(v *fettle.UndoView) fettle.UndoView {
	c := *v
	c.ID, c.Left = "", nil
	return c
}
