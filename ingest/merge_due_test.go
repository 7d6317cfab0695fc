package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// fly says whether a call for a record is under way.
func fly(t *testing.T, db *store.DB, record int64, flying bool) {
	t.Helper()
	c := store.Cell{CellKey: store.CellKey{Record: record, Field: "location"}}
	if flying {
		c.Hold, c.HoldID = "running", 13
	}
	update(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.PutCells(ctx, []store.Cell{c}) })
}

// makeDue makes the merges that are due.
func makeDue(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		n, err = ingest.DueMerges(ctx, tx, now)
		return err
	})
	return n
}

// TestMergesThatWaitMeet lets merges wait that come to be of one record: of the
// two ways round the last word counts, and a way round is no merge.
func TestMergesThatWaitMeet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Name,Email\nAnn,ann@a.com\nBob,bob@b.com\nCid,cid@c.com\n", ingest.ImportOptions{})
		fly(t, db, 2, true)
		fly(t, db, 3, true)
		for _, p := range [][2]int64{{1, 2}, {2, 1}, {2, 3}, {1, 3}} {
			mergeTaking(t, db, p[0], p[1])
		}
		fly(t, db, 2, false)
		fly(t, db, 3, false)
		if n := makeDue(t, db); n != 3 {
			t.Errorf("%d merges were dealt with, want 3", n)
		}
		if n := makeDue(t, db); n != 0 {
			t.Errorf("%d merges are due again", n)
		}
		got := stateOf(t, db, fettle.People, 1, 2, 3)
		if len(got.People) != 1 || got.People[2]["name"] != "Bob" {
			t.Errorf("merged: %v", got.People)
		}
	})
}

// TestMergesWaitedForAreTakenBack undoes imports that asked for a merge while a
// call was in flight: before it was made, and after.
func TestMergesWaitedForAreTakenBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seedPair(t, db)
		load := func() int64 {
			t.Helper()
			fly(t, db, 2, true)
			return importText(t, db, "Email,LinkedIn URL\nann@acme.com,linkedin.com/in/annlee\n", ingest.ImportOptions{}).ID
		}
		id := load()
		undo(t, db, id)
		fly(t, db, 2, false)
		if n := makeDue(t, db); n != 0 {
			t.Errorf("%d merges of an import that was taken back", n)
		}
		id = load()
		fly(t, db, 2, false)
		importText(t, db, "Name\nBob\n", ingest.ImportOptions{}) // the change log goes on
		if n := makeDue(t, db); n != 1 {
			t.Fatalf("%d merges were made", n)
		}
		if res := undo(t, db, id); res.Unmerged != 1 {
			t.Errorf("undo: %+v", res)
		}
		if got := stateOf(t, db, fettle.People, 1, 2); len(got.People) != 2 {
			t.Errorf("after the undo: %v", got.People)
		}
	})
}

// TestUndoSaysWhichMergesStay previews an undo whose merges a person has built on.
func TestUndoSaysWhichMergesStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seedPair(t, db)
		importText(t, db, "Name,Email\nBob,bob@b.com\n", ingest.ImportOptions{})
		v := importText(t, db, "Email,LinkedIn URL\nann@acme.com,linkedin.com/in/annlee\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 1, Merged: 1})
		mergeTaking(t, db, 3, 1)
		var dry ingest.UndoResult
		update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
			dry, err = ingest.UndoImport(ctx, tx, ingest.UndoInput{ImportID: v.ID, DryRun: true, Now: now})
			return err
		})
		if did := undo(t, db, v.ID); !reflect.DeepEqual(did, dry) || did.Unmerged != 0 || did.Kept == 0 {
			t.Errorf("an undo did %+v, and its preview said %+v", did, dry)
		}
	})
}

// TestMergesOfCrowdedCompaniesAreAllPutOff makes two pairs of companies one in one
// batch, each loser with more people than one transaction moves: both merges are
// put off, and nobody is left with a company that is gone.
func TestMergesOfCrowdedCompaniesAreAllPutOff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		companies := ingest.ImportOptions{Entity: fettle.Companies}
		importText(t, db, "LinkedIn URL\nlinkedin.com/company/acme\nlinkedin.com/company/bolt\n", companies)
		importText(t, db, "Domain\nacme.com\nbolt.io\n", companies)
		var people strings.Builder
		people.WriteString("External ID,Company domain\n")
		const each = 5001 // maxLinks and one
		for i := range 2 * each {
			fmt.Fprintf(&people, "%d,%s\n", i, []string{"acme.com", "bolt.io"}[i/each])
		}
		importText(t, db, people.String(), ingest.ImportOptions{})
		importText(t, db, "LinkedIn URL,Domain\nlinkedin.com/company/acme,acme.com\nlinkedin.com/company/bolt,bolt.io\n", companies)
		for makeDue(t, db) > 0 {
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			lost, err := tx.CompanyLinks(ctx, []int64{3, 4}, 10)
			if len(lost) > 0 {
				t.Errorf("people are left with companies that were merged away: %v", lost)
			}
			kept, err2 := tx.CompanyLinks(ctx, []int64{1, 2}, 3*each)
			if len(kept) != 2*each {
				t.Errorf("%d people have a company, want %d", len(kept), 2*each)
			}
			return errors.Join(err, err2)
		})
	})
}
