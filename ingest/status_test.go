package ingest_test

import (
	"context"
	"strconv"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestStatusesFollowTheValue holds that what a provider said of a value goes
// where the value goes, and no further: an edit and an import take it away, an
// undo, a merge and a return bring it back.
func TestStatusesFollowTheValue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "External ID,Name,Email\n1,Ann,\n2,Bob,bob@x.test\n", ingest.ImportOptions{})
		bought, hand := origin(t, db, store.OriginEnrichment, "e"), origin(t, db, store.OriginPerson, "ann")
		is := func(when string, record int64, want any) {
			t.Helper()
			if got := records(t, db, fettle.People, record)[record].Status("email"); got != want {
				t.Errorf("%s: %v, not %v", when, got, want)
			}
		}
		buy := func(record int64, value string, st fettle.Status) {
			values(t, db, ingest.ValuesInput{Origin: bought, Actor: "system", Writes: []ingest.Write{
				{Record: record, Field: "email", Value: value, Valid: true, Status: st, Policy: fettle.OverwriteAll, Attempt: 7},
			}})
		}
		is("before", 1, nil)
		buy(1, "ann@x.test", fettle.StatusCatchAll)
		is("bought", 1, "catch_all")
		buy(1, "ann@x.test", fettle.StatusValid)
		is("the same value, said to be better", 1, "valid")
		if log := logOf(t, db, 1); log[len(log)-1].Changes != `{"email":["ann@x.test","ann@x.test",`+strconv.FormatInt(bought, 10)+`,"catch_all"]}` {
			t.Errorf("that is not in the log: %s", log[len(log)-1].Changes)
		}
		values(t, db, ingest.ValuesInput{Origin: hand, Hand: true, Actor: "ann", Writes: []ingest.Write{{Record: 1, Field: "email", Value: "a@x.test", Valid: true}}})
		is("typed", 1, nil)

		buy(1, "ann@x.test", fettle.StatusRisky)
		values(t, db, ingest.ValuesInput{Origin: hand, Hand: true, Actor: "ann", Writes: []ingest.Write{
			{Record: 1, Field: "email", Value: "b@x.test", Valid: true}, {Record: 1, Field: "email", Value: "ann@x.test", Valid: true},
		}})
		is("changed and back at once", 1, "risky")
		second := importText(t, db, "External ID,Name,Email\n1,Ann,other@x.test\n", ingest.ImportOptions{Policy: fettle.OverwriteAll})
		is("imported over", 1, nil)
		undo(t, db, second.ID)
		is("the import undone", 1, "risky")

		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.PutCells(ctx, []store.Cell{{CellKey: store.CellKey{Record: 1, Field: "email"}, AttemptID: 7, BoughtUS: 5}})
		})
		if err := remove(t, db, false, 1); err != nil {
			t.Fatal(err)
		}
		importText(t, db, "External ID,Name\n1,Ann\n", ingest.ImportOptions{})
		is("deleted and imported again", 1, "risky")

		values(t, db, ingest.ValuesInput{Origin: hand, Hand: true, Actor: "ann", Writes: []ingest.Write{{Record: 2, Field: "email", Clear: true}}})
		id := merge(t, db, 2, 1)
		is("merged", 2, "risky")
		if err := unmerge(t, db, id); err != nil {
			t.Fatal(err)
		}
		is("unmerged", 1, "risky")
		is("unmerged", 2, nil)
	})
}
