package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestUndoOfWhatWasSent gathers what one sender sends within a minute, apart from
// what others send, and takes back that alone; what comes after is a set of its own.
func TestUndoOfWhatWasSent(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		send := func(a fettle.Actor, source, id, title string) string {
			t.Helper()
			v, err := w.e.UpsertRecords(ctx, a, engine.UpsertInput{Entity: fettle.People, Source: source, Confirm: true, Rows: []map[string]any{{"external_id": id, "title": title}}})
			if err != nil {
				t.Fatal(err)
			}
			return v.Set
		}
		first := send(editor, "crm", "1", "CTO")
		other := send(admin, "crm", "2", "CTO")
		if again := send(editor, "crm", "3", "CEO"); again != first {
			t.Errorf("sent within the minute: %s and %s", first, again)
		}
		if apart := []string{first, other, send(editor, "web", "4", "CTO")}; len(slices.Compact(apart)) != 3 {
			t.Errorf("those of others: %v", apart)
		}
		if none := send(editor, "crm", "1", "CTO"); none != "" {
			t.Errorf("nothing was changed, and it is %s", none)
		}
		v, err := w.e.ChangeSet(ctx, viewer, first)
		if err != nil || v.Records != 2 || v.What != "2 records sent as crm" || len(v.Changes) == 0 || slices.ContainsFunc(v.Changes, func(c fettle.ChangeView) bool { return c.Actor != editor.Name }) {
			t.Errorf("%+v: %v", v, err)
		}
		if _, err := w.e.TakeBack(ctx, editor, first, false, false); fettle.CodeOf(err) != fettle.Confirm {
			t.Errorf("taken back unasked: %v", err)
		}
		if did := w.take(first); did.Deleted != 2 || did.LeftCount != 0 {
			t.Errorf("%s: %+v", did, did.Left)
		}
		if n := len(w.ids(fettle.AllPeople)); n != 2 {
			t.Errorf("%d people are left", n)
		}
		next := send(editor, "crm", "1", "CFO")
		if next == first {
			t.Error("what was sent after the undo is in the set that was taken back")
		}
		// Whoever was edited since stays.
		ids := w.ids(fettle.AllPeople)
		w.edit(ids[0], "title", "boss")
		if did := w.take(next); did.LeftCount != 1 || !strings.Contains(did.Left[0].Reason, "edited since by") {
			t.Errorf("%s: %+v", did, did.Left)
		}
		// A minute later it is another one.
		if err := db.Update(ctx, func(tx *store.Tx) error {
			c, err := tx.GatheredSet(ctx, admin.Name, "crm")
			if err == nil {
				err = tx.DropChangeSet(ctx, c.ID)
			}
			c.AtUS -= time.Minute.Microseconds()
			if err == nil {
				err = tx.AddChangeSet(ctx, &c)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if later := send(admin, "crm", "2", "CEO"); later == other || len(w.sets("upsert")) != 5 {
			t.Errorf("a minute later it is %s", later)
		}
		w.sound()
	})
}

// TestUndoListAsksForSome lists by kind, by whom and by when.
func TestUndoListAsksForSome(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "engineer")
		ids := w.ids(fettle.AllPeople)
		before := time.Now()
		w.edit(ids[0], "title", "CTO")
		if _, err := w.e.SuppressRecords(t.Context(), editor, ids[:2], "", true); err != nil {
			t.Fatal(err)
		}
		list := func(q engine.SetsQuery) (out []string) {
			t.Helper()
			for q.Limit = 1; ; {
				page, next, err := w.e.ChangeSets(t.Context(), viewer, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range page {
					out = append(out, s.Kind)
				}
				if q.After = next; next == "" {
					return out
				}
			}
		}
		day, hour := time.Now().UTC().Format(time.DateOnly), time.Now().Add(time.Hour).Format(time.RFC3339)
		for _, c := range []struct {
			q    engine.SetsQuery
			want []string
		}{
			{engine.SetsQuery{Kind: "suppress"}, []string{"suppress"}},
			{engine.SetsQuery{By: strings.ToUpper(editor.Name)}, []string{"suppress"}},
			{engine.SetsQuery{Since: before.Format(time.RFC3339Nano), Until: hour}, []string{"suppress", "edit"}},
			{engine.SetsQuery{Since: day, Until: day, Kind: "edit"}, []string{"edit"}},
			{engine.SetsQuery{Since: "1h", By: "nobody"}, nil},
			{engine.SetsQuery{Until: "2020-01-01"}, nil},
			{engine.SetsQuery{Since: hour}, nil},
		} {
			if got := list(c.q); !slices.Equal(got, c.want) {
				t.Errorf("%+v: %v, want %v", c.q, got, c.want)
			}
		}
		for _, q := range []engine.SetsQuery{{Since: "x"}, {Until: "x"}, {Kind: "x"}} {
			_, _, err := w.e.ChangeSets(t.Context(), viewer, q)
			w.code(fettle.Invalid, err, "a list of nonsense")
		}
	})
}
