package ingest_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// state is everything that a merge touches, to compare before and after.
type state struct {
	People   map[int64]map[string]any
	Origins  map[int64]string
	Keys     map[int64][]string
	Cells    map[store.CellKey]store.Cell
	Rows     []store.CarriedRow
	Inputs   []store.CarriedInputs
	Attempts map[int64][]int64
	Aliases  map[int64]int64
	Counts   map[store.RowKind]int64
}

func stateOf(t testing.TB, db *store.DB, entity fettle.Entity, ids ...int64) state {
	t.Helper()
	s := state{People: map[int64]map[string]any{}, Origins: map[int64]string{}}
	for id, r := range records(t, db, entity, ids...) {
		s.Origins[id] = r.OriginsJSON
		s.People[id] = map[string]any{"company_id": r.CompanyID, "suppressed": r.Suppressed, "invalid": r.InvalidList}
		for _, f := range fettle.DefaultFields() {
			if f.Entity == entity {
				s.People[id][f.Key] = r.Value(f.Key)
			}
		}
	}
	update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		if s.Keys, err = tx.KeysOf(ctx, ids); err != nil {
			return err
		}
		if s.Cells, err = tx.Cells(ctx, ids); err != nil {
			return err
		}
		if s.Rows, err = tx.CarriedRows(ctx, ids); err != nil {
			return err
		}
		if s.Inputs, err = tx.InputsOf(ctx, ids); err != nil {
			return err
		}
		if s.Attempts, err = tx.AttemptsOf(ctx, ids); err != nil {
			return err
		}
		if s.Aliases, err = tx.Aliases(ctx, ids); err != nil {
			return err
		}
		s.Counts = map[store.RowKind]int64{}
		for _, e := range []int64{1, 2} {
			counts, err := tx.RowCounts(ctx, e)
			if err != nil {
				return err
			}
			for k, n := range counts {
				if n != 0 {
					s.Counts[k] = n
				}
			}
		}
		return nil
	})
	return s
}

const pairFile = `Name,Email,Title,LinkedIn URL
Ann Lee,ann@acme.com,Engineer,
,,,https://www.linkedin.com/in/annlee
`

// seedPair makes records 1 and 2 with cells, calls and rows: 1 has bought a
// title, 2 a phone and a location; both are in enrichment 1, and 2 alone in 2.
func seedPair(t testing.TB, db *store.DB) {
	t.Helper()
	importText(t, db, pairFile, ingest.ImportOptions{})
	bought := origin(t, db, store.OriginEnrichment, "phones")
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		writes := []ingest.Write{
			{Record: 1, Field: "title", Value: "CTO", Valid: true, Attempt: 11, Policy: fettle.Overwrite},
			{Record: 2, Field: "phone", Value: "+49 30 1234567", Valid: true, Attempt: 12},
			{Record: 2, Field: "title", Value: "Other", Valid: true, Attempt: 12},
		}
		if _, err := ingest.Values(ctx, tx, ingest.ValuesInput{Entity: fettle.People, Origin: bought, Actor: "system", Now: now, Writes: writes}); err != nil {
			return err
		}
		attempts := []store.Attempt{{ID: 11, RecordID: 1, EnrichmentID: 1}, {ID: 12, RecordID: 2, EnrichmentID: 1}, {ID: 13, RecordID: 2, EnrichmentID: 2}}
		if err := tx.InsertAttempts(ctx, attempts); err != nil {
			return err
		}
		cell := func(record int64, field string, attempt int64) store.Cell {
			return store.Cell{CellKey: store.CellKey{Record: record, Field: field}, EnrichmentID: 1, Version: 1, AttemptID: attempt, InputsHash: "h", BoughtUS: attempt}
		}
		cells := []store.Cell{cell(1, "title", 11), cell(2, "phone", 12), cell(2, "title", 12)}
		cells = append(cells, store.Cell{CellKey: store.CellKey{Record: 2, Field: "location"}, Hold: "unknown", HoldID: 13})
		if err := tx.PutCells(ctx, cells); err != nil {
			return err
		}
		done := func(e, r int64) store.CarriedRow {
			return store.CarriedRow{Enrichment: e, Record: r, Run: 1, State: "done", Outcome: "found", Cause: "start", Paid: true}
		}
		if err := tx.AddCarriedRows(ctx, []store.CarriedRow{done(1, 1), done(1, 2), done(2, 2)}); err != nil {
			return err
		}
		for id := int64(1); id <= 2; id++ {
			e := store.Enrichment{ID: id, Name: string(rune('a' + id)), Entity: fettle.People, State: fettle.Draft}
			if err := tx.PutEnrichment(ctx, e); err != nil {
				return err
			}
		}
		return tx.AddInputs(ctx, []store.CarriedInputs{{Enrichment: 1, Record: 2, Hash: "x"}})
	})
}

func merge(t testing.TB, db *store.DB, survivor, loser int64) (id int64) {
	t.Helper()
	by := origin(t, db, store.OriginPerson, "ann")
	update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = ingest.Merge(ctx, tx, ingest.MergeInput{Entity: fettle.People, Survivor: survivor, Loser: loser, Origin: by, Actor: "ann", Now: now})
		return err
	})
	return id
}

func unmerge(t testing.TB, db *store.DB, id int64) error {
	t.Helper()
	by := origin(t, db, store.OriginUndo, "ann")
	return db.Update(t.Context(), func(tx *store.Tx) error { return ingest.UndoMerge(t.Context(), tx, id, by, "ann", now) })
}

func TestMergeCarriesEverythingAlong(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seedPair(t, db)
		merge(t, db, 1, 2)
		got := stateOf(t, db, fettle.People, 1, 2)
		if len(got.People) != 1 || got.People[1]["title"] != "CTO" || got.People[1]["phone"] != "+49 30 1234567" || got.People[1]["linkedin_url"] == nil {
			t.Errorf("survivor: %v", got.People)
		}
		if len(got.Keys[1]) != 2 || len(got.Keys[2]) != 0 {
			t.Errorf("keys: %v", got.Keys)
		}
		if c := got.Cells; len(c) != 3 || c[store.CellKey{Record: 1, Field: "title"}].AttemptID != 11 || c[store.CellKey{Record: 1, Field: "phone"}].AttemptID != 12 ||
			c[store.CellKey{Record: 1, Field: "location"}].HoldID != 13 {
			t.Errorf("cells: %v", c)
		}
		if len(got.Rows) != 2 || got.Rows[0].Record != 1 || got.Rows[1].Record != 1 || got.Rows[1].Enrichment != 2 {
			t.Errorf("rows: %v", got.Rows)
		}
		done := store.RowKind{EnrichmentID: 1, State: fettle.RowDone, Outcome: fettle.Found, Paid: true}
		if got.Counts[done] != 1 {
			t.Errorf("counts: %v", got.Counts)
		}
		if len(got.Attempts[1]) != 3 || got.Aliases[2] != 1 || len(got.Inputs) != 1 || got.Inputs[0].Record != 1 {
			t.Errorf("attempts %v, aliases %v, inputs %v", got.Attempts, got.Aliases, got.Inputs)
		}
	})
}

func TestUndoMergeRestoresBoth(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seedPair(t, db)
		before := stateOf(t, db, fettle.People, 1, 2)
		id := merge(t, db, 1, 2)
		if err := unmerge(t, db, id); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, stateOf(t, db, fettle.People, 1, 2)); diff != "" {
			t.Errorf("after the undo (-before +after):\n%s", diff)
		}
		if err := unmerge(t, db, id); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("a second undo: %v", err)
		}
	})
}

func TestUndoMergeKeepsWhatCameSince(t *testing.T) {
	db := storetest.Open(t)
	seedPair(t, db)
	id := merge(t, db, 1, 2)
	bought := origin(t, db, store.OriginEnrichment, "locations")
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		cell := store.Cell{CellKey: store.CellKey{Record: 1, Field: "location"}, EnrichmentID: 2, Version: 1, AttemptID: 13, BoughtUS: 99}
		if err := tx.PutCells(ctx, []store.Cell{cell}); err != nil {
			return err
		}
		_, err := ingest.Values(ctx, tx, ingest.ValuesInput{Entity: fettle.People, Origin: bought, Actor: "system", Now: now, Writes: []ingest.Write{
			{Record: 2, Field: "location", Value: "Berlin", Valid: true, Attempt: 13}, // by its old id
			{Record: 1, Field: "phone", Value: "+49 30 7654321", Valid: true, Policy: fettle.Overwrite, Attempt: 13},
		}})
		return err
	})
	if err := unmerge(t, db, id); err != nil {
		t.Fatal(err)
	}
	got := stateOf(t, db, fettle.People, 1, 2)
	if got.People[1]["location"] != "Berlin" || got.People[1]["phone"] != "+49 30 7654321" || got.People[1]["linkedin_url"] != nil {
		t.Errorf("survivor: %v", got.People[1])
	}
	if got.People[2]["phone"] != "+49 30 1234567" {
		t.Errorf("the other: %v", got.People[2])
	}
	if c := got.Cells[store.CellKey{Record: 1, Field: "location"}]; c.BoughtUS != 99 {
		t.Errorf("what was bought since: %+v", c)
	}
	if c := got.Cells[store.CellKey{Record: 2, Field: "location"}]; c.HoldID != 13 || c.Hold != "unknown" {
		t.Errorf("the other's own cell: %+v", c)
	}
}

func TestMergeWaitsForCallsInFlight(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seedPair(t, db)
		running := store.Cell{CellKey: store.CellKey{Record: 2, Field: "location"}, Hold: "running", HoldID: 13}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.PutCells(ctx, []store.Cell{running}) })
		v := importText(t, db, "Email,LinkedIn URL\nann@acme.com,linkedin.com/in/annlee\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 1, Updated: 1})
		if got := stateOf(t, db, fettle.People, 1, 2); len(got.People) != 2 {
			t.Fatalf("merged under a call in flight: %v", got.People)
		}
		due := func() (n int) {
			update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				n, err = ingest.DueMerges(ctx, tx, now)
				return err
			})
			return n
		}
		if n := due(); n != 0 {
			t.Errorf("%d merges are due", n)
		}
		running.Hold, running.HoldID = "", 0
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.PutCells(ctx, []store.Cell{running}) })
		if n := due(); n != 1 {
			t.Errorf("%d merges are due, want 1", n)
		}
		if n := due(); n != 0 {
			t.Errorf("%d merges are due again", n)
		}
		got := stateOf(t, db, fettle.People, 1, 2)
		if len(got.People) != 1 || got.Aliases[2] != 1 {
			t.Errorf("after it has landed: %v, %v", got.People, got.Aliases)
		}
	})
}

func TestImportMergesAndUndoes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seedPair(t, db)
		before := stateOf(t, db, fettle.People, 1, 2)
		v := importText(t, db, "Email,LinkedIn URL,Title\nann@acme.com,linkedin.com/in/annlee,Boss\nbob@x.com,,\n", ingest.ImportOptions{Source: "crm"})
		wantCounts(t, v, counts{Read: 2, Created: 1, Merged: 1})
		if got := stateOf(t, db, fettle.People, 1, 2, 3); len(got.People) != 2 || got.People[1]["title"] != "Boss" {
			t.Fatalf("after the import: %v", got.People)
		}
		res := undo(t, db, v.ID)
		if res.Deleted != 1 || res.Restored != 1 || res.Unmerged != 1 || res.Kept != 0 {
			t.Errorf("undo: %+v", res)
		}
		if diff := cmp.Diff(before, stateOf(t, db, fettle.People, 1, 2)); diff != "" {
			t.Errorf("after the undo (-before +after):\n%s", diff)
		}
	})
}

func undo(t testing.TB, db *store.DB, id int64) (sum ingest.UndoResult) {
	t.Helper()
	by := origin(t, db, store.OriginUndo, "ann")
	for !sum.Done {
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			res, err := ingest.UndoImport(ctx, tx, ingest.UndoInput{ImportID: id, Cursor: sum.Cursor, Origin: by, Actor: "ann", Now: now})
			sum.Add(res)
			return err
		})
	}
	return sum
}

func TestMergeOfCompaniesMovesTheirPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Name,Domain\nAcme,acme.com\nAcme GmbH,acme.de\n", ingest.ImportOptions{Entity: fettle.Companies})
		importText(t, db, "Name,Company domain\nAnn,acme.com\nBob,www.acme.de\n", ingest.ImportOptions{})
		by := origin(t, db, store.OriginPerson, "ann")
		var id int64
		update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			id, err = ingest.Merge(ctx, tx, ingest.MergeInput{Entity: fettle.Companies, Survivor: 1, Loser: 2, Origin: by, Actor: "ann", Now: now})
			return err
		})
		if r := records(t, db, fettle.People, 3, 4); r[3].CompanyID != 1 || r[4].CompanyID != 1 {
			t.Errorf("people of %d and %d", r[3].CompanyID, r[4].CompanyID)
		}
		if err := unmerge(t, db, id); err != nil {
			t.Fatal(err)
		}
		if r := records(t, db, fettle.People, 3, 4); r[3].CompanyID != 1 || r[4].CompanyID != 2 {
			t.Errorf("after the undo: people of %d and %d", r[3].CompanyID, r[4].CompanyID)
		}
	})
}
