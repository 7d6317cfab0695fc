package ingest_test

import (
	"context"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

func remove(t testing.TB, db *store.DB, erase bool, ids ...int64) error {
	t.Helper()
	by := origin(t, db, store.OriginUndo, "ann")
	return db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := ingest.Delete(t.Context(), tx, ingest.DeleteInput{Entity: fettle.People, IDs: ids, Origin: by, Actor: "ann", Now: now, Erase: erase})
		return err
	})
}

// TestWhoComesBackIsNotBoughtAgain deletes records and imports them again.
func TestWhoComesBackIsNotBoughtAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seedPair(t, db)
		bought := origin(t, db, store.OriginEnrichment, "phones")
		before := stateOf(t, db, fettle.People, 1, 2)
		pending := store.CarriedRow{Enrichment: 2, Record: 1, State: "pending", Cause: "start"}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddCarriedRows(ctx, []store.CarriedRow{pending})
		})
		if err := remove(t, db, false, 1, 2, 99); err != nil {
			t.Fatal(err)
		}
		gone := stateOf(t, db, fettle.People, 1, 2)
		if len(gone.People) != 0 || len(gone.Cells) != len(before.Cells) || len(gone.Rows) != len(before.Rows) {
			t.Errorf("after the deletion: %+v", gone)
		}
		// A call lands after its record was deleted.
		w := values(t, db, ingest.ValuesInput{Origin: bought, Actor: "system", Writes: []ingest.Write{{Record: 2, Field: "location", Value: "Berlin", Valid: true, Attempt: 13}}})
		if w[0].Stored {
			t.Error("stored in a record that is gone")
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.PutCells(ctx, []store.Cell{{CellKey: store.CellKey{Record: 2, Field: "location"}, AttemptID: 13, BoughtUS: 5}})
		})
		wantCounts(t, importText(t, db, pairFile, ingest.ImportOptions{}), counts{Read: 2, Created: 2})
		back := stateOf(t, db, fettle.People, 1, 2)
		if back.People[2]["phone"] != "+49 30 1234567" || back.People[2]["title"] != "Other" || back.People[2]["location"] != "Berlin" {
			t.Errorf("what was bought: %v", back.People[2])
		}
		if back.People[1]["title"] != "Engineer" {
			t.Errorf("the file does not win: %v", back.People[1])
		}
	})
}

func TestEraseForgets(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seedPair(t, db)
		id := merge(t, db, 1, 2)
		if err := remove(t, db, true, 1); err != nil {
			t.Fatal(err)
		}
		got := stateOf(t, db, fettle.People, 1, 2)
		if len(got.People) != 0 || len(got.Keys) != 0 || len(got.Aliases) != 0 {
			t.Errorf("left: %+v", got)
		}
		for _, record := range []int64{1, 2} {
			for _, c := range logOf(t, db, record) {
				if c.Changes != "" {
					t.Errorf("the log still says %s", c.Changes)
				}
			}
		}
		if err := unmerge(t, db, id); fettle.CodeOf(err) != fettle.NotFound {
			t.Errorf("the merge is still known: %v", err)
		}
		wantCounts(t, importText(t, db, pairFile, ingest.ImportOptions{}), counts{Read: 2, Created: 2})
		if len(records(t, db, fettle.People, 1, 2)) != 0 {
			t.Error("an erased record came back")
		}
	})
}

func TestEraseIsRefusedUnderACall(t *testing.T) {
	db := storetest.Open(t)
	seedPair(t, db)
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		return tx.PutCells(ctx, []store.Cell{{CellKey: store.CellKey{Record: 2, Field: "email"}, Hold: "running", HoldID: 14}})
	})
	if err := remove(t, db, true, 1, 2); fettle.CodeOf(err) != fettle.Refused {
		t.Errorf("erased under a call: %v", err)
	}
	if len(records(t, db, fettle.People, 1, 2)) != 2 {
		t.Error("a refused deletion deleted")
	}
}

func TestSuppressionOutlivesTheRecord(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, team, ingest.ImportOptions{})
		suppress := func(on bool) (n int) {
			update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				n, err = ingest.Suppress(ctx, tx, ingest.SuppressInput{Entity: fettle.People, IDs: []int64{1, 2}, On: on, Origin: 1, Actor: "ann", Now: now})
				return err
			})
			return n
		}
		if n := suppress(true); n != 2 {
			t.Errorf("suppressed %d", n)
		}
		if n := suppress(true); n != 0 {
			t.Errorf("suppressed %d again", n)
		}
		if err := remove(t, db, false, 1, 2, 3); err != nil {
			t.Fatal(err)
		}
		wantCounts(t, importText(t, db, team, ingest.ImportOptions{}), counts{Read: 3, Created: 3})
		r := records(t, db, fettle.People, 1, 2, 3)
		if !r[1].Suppressed || !r[2].Suppressed || r[3].Suppressed {
			t.Errorf("suppressed: %v %v %v", r[1].Suppressed, r[2].Suppressed, r[3].Suppressed)
		}
		if suppress(false); records(t, db, fettle.People, 1)[1].Suppressed {
			t.Error("still suppressed")
		}
	})
}

func TestCompaniesFindTheirPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, team, ingest.ImportOptions{}) // 1 and 2 at acme.com, 3 at gmail.com
		company := func(id int64) int64 { return records(t, db, fettle.People, id)[id].CompanyID }
		if company(1) != 0 {
			t.Errorf("a company was made: %d", company(1))
		}
		v := importText(t, db, "Name,Domain\nAcme,http://acme.com\nMail,gmail.com\n", ingest.ImportOptions{Entity: fettle.Companies})
		wantCounts(t, v, counts{Read: 2, Created: 2})
		if company(1) != 4 || company(2) != 4 || company(3) != 0 {
			t.Errorf("companies: %d %d %d", company(1), company(2), company(3))
		}
		if log := logOf(t, db, 1); log[len(log)-1].Changes != `{"company_id":[null,4]}` {
			t.Errorf("log: %+v", log)
		}
		importText(t, db, "External ID,Company domain\n1,other.com\n3,acme.com\n", ingest.ImportOptions{SameList: true})
		if company(1) != 0 || company(3) != 4 {
			t.Errorf("after a change: %d %d", company(1), company(3))
		}
		by := origin(t, db, store.OriginPerson, "ann")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.Delete(ctx, tx, ingest.DeleteInput{Entity: fettle.Companies, IDs: []int64{4}, Origin: by, Actor: "ann", Now: now})
			return err
		})
		if company(2) != 0 {
			t.Errorf("still at a company that is gone: %d", company(2))
		}
		importText(t, db, "Name,Domain\nAcme,acme.com\n", ingest.ImportOptions{Entity: fettle.Companies})
		if company(2) != 4 || company(3) != 4 {
			t.Errorf("when it comes back: %d %d", company(2), company(3))
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetCompanies(ctx, []store.Link{{Person: 2}}) })
		linked := 0
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			next, n, err := ingest.SweepLinks(ctx, tx, "", by, "system", now)
			if err == nil {
				_, _, err = ingest.SweepLinks(ctx, tx, next, by, "system", now)
			}
			linked = n
			return err
		})
		if linked != 1 || company(2) != 4 {
			t.Errorf("a sweep linked %d people", linked)
		}
	})
}
