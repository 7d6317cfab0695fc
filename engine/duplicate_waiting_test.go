package engine_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"fettle"
	"fettle/engine"
	"fettle/ingest"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestApartTakesAWaitingMergeBack decides about two records after all, while a
// merge of them waits for a call: the last word counts, and the enrichments go on.
func TestApartTakesAWaitingMergeBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 3, "x")
		ids := w.ids(fettle.AllPeople)
		fly := func(hold string, by int64) {
			t.Helper()
			if err := db.Update(ctx, func(tx *store.Tx) error {
				return tx.PutCells(ctx, []store.Cell{{CellKey: store.CellKey{Record: ids[1], Field: "location"}, Hold: hold, HoldID: by}})
			}); err != nil {
				t.Fatal(err)
			}
		}
		fly("running", 13)
		for _, other := range []int64{ids[0], ids[2]} {
			if v, err := w.e.MergeRecords(ctx, editor, ids[1], other, nil); err != nil || !v.Waiting {
				t.Fatalf("%+v, %v", v, err)
			}
		}
		if _, err := w.e.DecideDuplicate(ctx, editor, ids[0], ids[1], fettle.DuplicateApart); err != nil {
			t.Fatal(err)
		}
		fly("", 0)
		due := 0
		if err := db.View(ctx, func(tx *store.Tx) error {
			all, err := tx.DueMerges(ctx, store.DueInput{Limit: 10})
			due = len(all)
			return err
		}); err != nil || due != 1 {
			t.Errorf("%d merges are due, want the other one: %v", due, err)
		}
	})
}

// TestReviewsAtOnce has several people merge and take apart the same records at
// the same moment: one is first, and the others are told so.
func TestReviewsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		w.people(0, 6, "x")
		ids := w.ids(fettle.AllPeople)
		atOnce := func(act func(i int) error) (done int) {
			t.Helper()
			var all sync.WaitGroup
			errs, begin := make([]error, 5), make(chan struct{})
			for i := range errs {
				all.Go(func() {
					<-begin
					errs[i] = act(i)
				})
			}
			close(begin)
			all.Wait()
			for _, err := range errs {
				switch code := fettle.CodeOf(err); {
				case err == nil:
					done++
				case code != fettle.Refused && code != fettle.NotFound:
					t.Errorf("%s: %v", code, err)
				}
			}
			return done
		}
		for range 5 {
			merged := fettle.MergeView{}
			var mu sync.Mutex
			if n := atOnce(func(i int) error {
				v, err := w.e.MergeRecords(ctx, editor, ids[1+i], ids[0], nil) // each wants the same one
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					merged = v
				}
				return err
			}); n < 1 {
				t.Fatalf("%d merges were made", n)
			}
			if n := atOnce(func(int) error {
				_, err := w.e.UnmergeRecords(ctx, editor, merged.ID, true, false)
				return err
			}); n > 1 {
				t.Errorf("one merge was taken apart %d times", n)
			}
			for len(w.ids(fettle.AllPeople)) < 6 { // whatever else became one comes apart, the last first
				all, err := w.e.Merges(ctx, admin, 0, 0, 0)
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range all {
					if m.UndoneAt == nil {
						_, _ = w.e.UnmergeRecords(ctx, editor, m.ID, true, false)
					}
				}
			}
		}
		w.sound()
	})
}

// TestRowsMergeAtOnce has a row make two records one that a person makes one at the
// same moment: the row's write does not break off.
func TestRowsMergeAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		for round := range 5 {
			email, link := fmt.Sprintf("ann%d@acme.com", round), fmt.Sprintf("https://www.linkedin.com/in/ann%d", round)
			row := func(keys map[string]any) error {
				_, err := w.e.UpsertRecords(ctx, admin, engine.UpsertInput{Entity: fettle.People, Source: "web", Rows: []map[string]any{keys}, Confirm: true})
				return err
			}
			for _, keys := range []map[string]any{{"email": email}, {"linkedin_url": link}} {
				if err := row(keys); err != nil {
					t.Fatal(err)
				}
			}
			two := w.ids(fettle.AllPeople)[round:]
			late, ended := make(chan error, 1), make(chan struct{})
			now := time.Now()
			if err := db.Update(ctx, func(tx *store.Tx) error {
				origin, err := tx.OriginID(ctx, store.Origin{Kind: store.OriginPerson, Name: admin.Name, Day: fettle.DayOf(now)})
				if err != nil {
					return err
				}
				if _, err := ingest.Merge(ctx, tx, ingest.MergeInput{Entity: fettle.People, Survivor: two[0], Loser: two[1], Origin: origin, Actor: admin.Name, Now: now}); err != nil {
					return err
				}
				go func() {
					defer close(ended)
					late <- row(map[string]any{"email": email, "linkedin_url": link})
				}()
				if round > 0 { // it has read what is there, and in the first round maybe not
					storetest.Blocked(t, db, ended)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if err := <-late; err != nil {
				t.Error(err)
			}
			if n := len(w.ids(fettle.AllPeople)); n != round+1 {
				t.Fatalf("%d people, want %d", n, round+1)
			}
			if all, err := w.e.Merges(ctx, admin, 0, 0, 0); err != nil || len(all) != round+1 {
				t.Fatalf("%d merges, want %d; %v", len(all), round+1, err)
			}
		}
		w.sound()
	})
}
