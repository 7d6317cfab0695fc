package engine_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// changesOf follows the log from a cursor to its end, in pages of a size.
func (w *world) changes(after string, size int) (all []fettle.ChangeView, next string) {
	w.t.Helper()
	for {
		p, err := w.e.Changes(w.t.Context(), viewer, engine.ChangesQuery{After: after, Limit: size})
		if err != nil {
			w.t.Fatal(err)
		}
		if len(p.Items) > size {
			w.t.Fatalf("%d changes, of at most %d", len(p.Items), size)
		}
		all, after = append(all, p.Items...), p.Next
		if !p.More {
			return all, after
		}
	}
}

// replay makes records of changes, as a reader keeps them.
func replay(changes []fettle.ChangeView) map[int64]map[string]string {
	out := map[int64]map[string]string{}
	for _, c := range changes {
		switch {
		case c.IntoID != 0 || c.Kind == store.ChangeDelete:
			delete(out, c.RecordID)
			continue
		case out[c.RecordID] == nil:
			out[c.RecordID] = map[string]string{}
		}
		if c.Field == "" || c.Field == "company_id" {
			continue
		}
		if c.New == nil {
			delete(out[c.RecordID], c.Field)
			continue
		}
		out[c.RecordID][c.Field] = fmt.Sprintf("%s", c.New)
	}
	return out
}

// Who replays the changes has what the table has, whatever the size of the pages.
func TestChangesReplayToTheTable(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		up := func(rows ...map[string]any) []fettle.UpsertedRecord {
			t.Helper()
			v, err := w.e.UpsertRecords(ctx, editor, engine.UpsertInput{Entity: fettle.People, Source: "crm", Rows: rows})
			if err != nil {
				t.Fatal(err)
			}
			return v.Records
		}
		r := up(map[string]any{"email": "ann@a.test", "name": "Ann"}, map[string]any{"email": "bob@a.test", "title": "CTO", "phone": "+49 30 1234567"},
			map[string]any{"linkedin_url": "linkedin.com/in/cid", "name": "Cid"}, map[string]any{"email": "cid@a.test", "title": "Boss"}, map[string]any{"email": "dee@a.test"})
		up(map[string]any{"email": "ann@a.test", "title": "CEO"}, map[string]any{"email": "bob@a.test", "title": "CEO"})
		up(map[string]any{"email": "cid@a.test", "linkedin_url": "linkedin.com/in/cid"}) // two become one
		if err := w.e.EditRecord(ctx, editor, r[1].ID, "phone", nil, false); err != nil {
			t.Fatal(err)
		}
		if _, err := w.e.DeleteRecords(ctx, editor, []int64{r[4].ID}, "", false); err != nil {
			t.Fatal(err)
		}
		up(map[string]any{"email": "dee@a.test", "name": "Dee again"})
		whole, end := w.changes("", 1000)
		for _, size := range []int{1, 2, 3} {
			if pages, next := w.changes("", size); fmt.Sprint(pages) != fmt.Sprint(whole) || next != end {
				t.Errorf("in pages of %d: %d changes to %s, at once %d to %s", size, len(pages), next, len(whole), end)
			}
		}
		ids := make([]int64, len(whole))
		for i, c := range whole {
			ids[i] = c.ID
		}
		if !slices.IsSorted(ids) {
			t.Errorf("not in order: %v", ids)
		}
		got := replay(whole)
		p, err := w.e.Records(ctx, viewer, engine.Query{Entity: fettle.People})
		if err != nil || len(p.Items) != len(got) {
			t.Fatalf("%d records, replayed %d: %v (%v)", len(p.Items), len(got), got, err)
		}
		for _, rec := range p.Items {
			for field, v := range rec.Values {
				if want, have := fettle.FormatValue(v), got[rec.ID][field]; v != nil && have != `"`+want+`"` {
					t.Errorf("%d %s: replayed %s, held %q", rec.ID, field, have, want)
				}
			}
		}
		edit := whole[slices.IndexFunc(whole, func(c fettle.ChangeView) bool { return c.SourceKind == store.OriginPerson })]
		if edit.Field != "phone" || fmt.Sprintf("%s", edit.Old) != `"+49 30 1234567"` || edit.New != nil || edit.Source != "by hand" || edit.Actor != editor.Name {
			t.Errorf("%+v", edit)
		}
		// Nothing new is nothing, and the cursor stays.
		if p, err := w.e.Changes(ctx, viewer, engine.ChangesQuery{After: end}); err != nil || len(p.Items) != 0 || p.Next != end || p.More || p.Kept == "" {
			t.Errorf("%+v, %v", p, err)
		}
		if p, err := w.e.Changes(ctx, viewer, engine.ChangesQuery{After: "now"}); err != nil || p.Next != end {
			t.Errorf("now: %+v, %v", p, err)
		}
		for cursor, code := range map[string]fettle.Code{"x": fettle.Invalid, "-4": fettle.Invalid, "999999": fettle.Refused, "1-zzz": fettle.Refused} {
			_, err := w.e.Changes(ctx, viewer, engine.ChangesQuery{After: cursor})
			refused(t, err, code)
		}
	})
}

// What an enrichment bought says why it was bought.
func TestChangesNameTheCause(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 2, "Engineer")
		w.save("work-email", findEmail(fettle.AllPeople, 100))
		_, before := w.changes("", 1000)
		w.work(w.e)
		w.start("work-email")
		w.settle("work-email")
		bought, _ := w.changes(before, 1000)
		if len(bought) == 0 {
			t.Fatal("nothing was bought")
		}
		for _, c := range bought {
			if c.Field != "email" || c.Source != "work-email" || c.Cause != string(fettle.CauseStart) || c.AttemptID == 0 {
				t.Errorf("%+v", c)
			}
		}
	})
}

// A writer that has its place in the log and does not commit holds up those
// behind it: no reader can pass a place that is filled later.
func TestChangesPassNobodyWhoCommitsLate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 1, "Engineer")
		_, start := w.changes("", 100)
		entry := func(record int64) []store.LoggedChange {
			return []store.LoggedChange{{Record: record, Kind: store.ChangeUpdate, Actor: "late", AtUS: time.Now().UnixMicro(), Changes: `{"title": [null, "x"]}`}}
		}
		has, commit := make(chan struct{}), make(chan struct{})
		ended := make(chan error, 2)
		go func() {
			first := true
			ended <- db.Update(ctx, func(tx *store.Tx) error {
				err := tx.LogChanges(ctx, fettle.People, entry(1))
				if first {
					first = false
					close(has)
					<-commit
				}
				return err
			})
		}()
		<-has
		overtook := make(chan struct{})
		go func() {
			err := db.Update(ctx, func(tx *store.Tx) error { return tx.LogChanges(ctx, fettle.People, entry(2)) })
			close(overtook)
			ended <- err
		}()
		if !storetest.Blocked(t, db, overtook) {
			t.Error("the one behind committed first")
		}
		if seen, _ := w.changes(start, 100); len(seen) != 0 {
			t.Errorf("seen before anybody committed: %+v", seen)
		}
		close(commit)
		for range 2 {
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
		}
		seen, _ := w.changes(start, 100)
		if len(seen) != 2 || seen[0].RecordID != 1 || seen[1].RecordID != 2 {
			t.Errorf("%+v", seen)
		}
	})
}
