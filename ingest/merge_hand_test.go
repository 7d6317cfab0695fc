package ingest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

const twins = `Id,Name,Email,Title,Phone
x1,Ann Lee,ann@acme.com,Engineer,
x2,Ann Leigh,ann@home.org,CTO,+49 30 1234567
`

func mergeTaking(t *testing.T, db *store.DB, survivor, loser int64, take ...string) (id int64) {
	t.Helper()
	by := origin(t, db, store.OriginPerson, "ann")
	update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = ingest.Merge(ctx, tx, ingest.MergeInput{Entity: fettle.People, Survivor: survivor, Loser: loser, Take: take, Origin: by, Actor: "ann", Now: now})
		return err
	})
	return id
}

// crm is a list whose ids keep its records apart.
func crm(t *testing.T, db *store.DB, text string) fettle.ImportView {
	t.Helper()
	return importText(t, db, strings.Replace(text, "Id,", "External ID,", 1), ingest.ImportOptions{Source: "crm"})
}

// TestMergeByAPersonOutranksIDs leads both ids to the survivor, value by value as
// they were chosen, and gives each its own back.
func TestMergeByAPersonOutranksIDs(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		wantCounts(t, crm(t, db, twins), counts{Read: 2, Created: 2})
		before := stateOf(t, db, fettle.People, 1, 2)
		id := mergeTaking(t, db, 1, 2, "title")
		got := stateOf(t, db, fettle.People, 1, 2)
		if p := got.People[1]; len(got.People) != 1 || p["title"] != "CTO" || p["name"] != "Ann Lee" || p["email"] != "ann@acme.com" || p["phone"] != "+49 30 1234567" || p["external_id"] != "x1" {
			t.Fatalf("merged: %v", got.People)
		}
		// Rows of the other id fill blanks; those of the survivor's own say what is.
		v := crm(t, db, "Id,Name,Email,Title,Location\nx2,Ann Other,ann@third.net,Boss,Berlin\n")
		wantCounts(t, v, counts{Read: 1, Updated: 1})
		if p := stateOf(t, db, fettle.People, 1).People[1]; p["name"] != "Ann Lee" || p["title"] != "CTO" || p["location"] != "Berlin" || p["email"] != "ann@acme.com" {
			t.Errorf("a row of the other id mixed values in: %v", p)
		}
		wantCounts(t, crm(t, db, "Id,Name\nx1,Ann Lee-Ray\n"), counts{Read: 1, Updated: 1})
		if p := stateOf(t, db, fettle.People, 1).People[1]; p["name"] != "Ann Lee-Ray" {
			t.Errorf("a row of its own id changed nothing: %v", p)
		}
		if err := unmerge(t, db, id); err != nil {
			t.Fatal(err)
		}
		after := stateOf(t, db, fettle.People, 1, 2)
		if p := after.People[1]; p["title"] != "Engineer" || p["phone"] != nil || p["name"] != "Ann Lee-Ray" || p["location"] != "Berlin" {
			t.Errorf("the survivor: %v", p)
		}
		if diff := cmp.Diff(before.People[2], after.People[2]); diff != "" {
			t.Errorf("the other (-before +after):\n%s", diff)
		}
		wantCounts(t, crm(t, db, "Id,Title\nx2,Chief\n"), counts{Read: 1, Updated: 1})
		if p := stateOf(t, db, fettle.People, 1, 2).People; p[2]["title"] != "Chief" || p[1]["title"] != "Engineer" {
			t.Errorf("after the undo an id leads elsewhere: %v", p)
		}
	})
}

// TestUnmergeDividesSharedKeys has three share a mailbox; two of them are merged
// and taken apart, and the mailbox is shared by three again.
func TestUnmergeDividesSharedKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crm(t, db, "Id,Name,Email\na,Fay,fay@x.com\nb,Gil,fay@x.com\nc,Hal,fay@x.com\n")
		sharing := func() (out map[int64][]string) {
			update(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				out, err = tx.SharedBy(ctx, []int64{1, 2, 3})
				return err
			})
			return out
		}
		before, state := sharing(), stateOf(t, db, fettle.People, 1, 2, 3)
		first := mergeTaking(t, db, 1, 2)
		second := mergeTaking(t, db, 1, 3)
		if s := sharing(); len(s) != 0 {
			t.Errorf("one alone shares %v", s)
		}
		wantCounts(t, importText(t, db, "Name,Email\nFay,fay@x.com\n", ingest.ImportOptions{Source: "hub"}), counts{Read: 1, Unchanged: 1})
		for _, id := range []int64{second, first} {
			if err := unmerge(t, db, id); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(before, sharing()); diff != "" {
			t.Errorf("who shares (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(state, stateOf(t, db, fettle.People, 1, 2, 3)); diff != "" {
			t.Errorf("the records (-before +after):\n%s", diff)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			held, err := tx.MatchKeys(ctx, []string{"pe:fay@x.com"})
			if held["pe:fay@x.com"] != store.NoRecord {
				t.Errorf("the mailbox leads to %v", held)
			}
			return err
		})
	})
}

// TestUnmergeLetsGoOfEndedHolds takes a merge apart after the call that held the
// loser's cell has ended: the hold is not raised from the dead, and what the call
// bought is the loser's.
func TestUnmergeLetsGoOfEndedHolds(t *testing.T) {
	for _, bought := range []bool{true, false} {
		db := storetest.Open(t)
		seedPair(t, db)
		id := merge(t, db, 1, 2)
		by := origin(t, db, store.OriginEnrichment, "locations")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			state, cell := store.AttemptReleased, store.Cell{CellKey: store.CellKey{Record: 1, Field: "location"}}
			if bought {
				state = store.AttemptSettled
				cell.EnrichmentID, cell.Version, cell.AttemptID, cell.BoughtUS = 2, 1, 13, 99
			}
			if _, err := tx.SQL().ExecContext(ctx, "UPDATE attempts SET state = '"+string(state)+"' WHERE id = 13"); err != nil {
				return err
			}
			if err := tx.PutCells(ctx, []store.Cell{cell}); err != nil || !bought {
				return err
			}
			_, err := ingest.Values(ctx, tx, ingest.ValuesInput{Entity: fettle.People, Origin: by, Actor: "system", Now: now, Writes: []ingest.Write{
				{Record: 1, Field: "location", Value: "Berlin", Valid: true, Attempt: 13},
			}})
			return err
		})
		if err := unmerge(t, db, id); err != nil {
			t.Fatal(err)
		}
		got := stateOf(t, db, fettle.People, 1, 2)
		c := got.Cells[store.CellKey{Record: 2, Field: "location"}]
		if c.Hold != "" || c.HoldID != 0 || (c.BoughtUS == 99) != bought {
			t.Errorf("bought %v: the other's cell is %+v", bought, c)
		}
		if bought && (got.People[2]["location"] != "Berlin" || got.People[1]["location"] != nil) {
			t.Errorf("what its call bought is with %v", got.People)
		}
	}
}

// TestKeptApartIsKeptApart has an import bring a row whose keys lead to two that
// a person said are not one.
func TestKeptApartIsKeptApart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Name,Email,LinkedIn URL\nAnn Lee,ann@acme.com,\nAnn L.,,linkedin.com/in/annlee\n", ingest.ImportOptions{})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.DecideDuplicate(ctx, store.Duplicate{Pair: [2]int64{1, 2}, Entity: fettle.People, State: fettle.DuplicateApart, Basis: "b", Actor: "ann", DecidedUS: 1})
		})
		row := "Name,Email,LinkedIn URL\nAnn Lee,ann@acme.com,linkedin.com/in/annlee\n"
		v := importText(t, db, row, ingest.ImportOptions{Source: "hub"})
		if v.Conflicts != 1 || v.Joined != 0 || len(records(t, db, fettle.People, 1, 2)) != 2 {
			t.Errorf("an import joined what a person keeps apart: %+v", v)
		}
		wantCounts(t, importText(t, db, row, ingest.ImportOptions{Source: "hub"}), counts{Read: 1, Unchanged: 1})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			d, _, err := tx.DuplicateOf(ctx, [2]int64{1, 2})
			if d.State != fettle.DuplicateApart {
				t.Errorf("the decision is %s", d.State)
			}
			return err
		})
	})
}

// TestSplitGivesAnIDItsOwnRecord takes apart what an older program made one of
// two ids of a list: the other gets the values that it came with, and the email
// that both have tells neither.
func TestSplitGivesAnIDItsOwnRecord(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crm(t, db, "Id,Name,Email,Title\nx1,Fay,fay@x.com,CEO\n")
		update(t, db, func(ctx context.Context, tx *store.Tx) error { // as an older program did: x2 joined by the email
			by, err := tx.OriginID(ctx, store.Origin{Kind: store.OriginImport, Name: "crm", Day: fettle.DayOf(now)})
			if err != nil {
				return err
			}
			if _, err := tx.AddMatchKeys(ctx, []store.MatchKey{{Key: "px:crm:x2", Record: 1}}); err != nil {
				return err
			}
			_, err = ingest.Values(ctx, tx, ingest.ValuesInput{Entity: fettle.People, Origin: by, Actor: "ann", Now: now, Writes: []ingest.Write{
				{Record: 1, Field: "external_id", Value: "x2", Valid: true, Policy: fettle.Overwrite},
				{Record: 1, Field: "name", Value: "Gil", Valid: true, Policy: fettle.Overwrite},
			}})
			return err
		})
		split := func(key string) (id int64, err error) {
			by := origin(t, db, store.OriginPerson, "ann")
			err = db.Update(t.Context(), func(tx *store.Tx) error {
				id, _, err = ingest.Split(t.Context(), tx, ingest.SplitInput{Entity: fettle.People, Record: 1, Key: key, Origin: by, Actor: "ann", Now: now})
				return err
			})
			return id, err
		}
		if _, err := split("x2"); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("its own id was split off: %v", err)
		}
		if _, err := split("x9"); fettle.CodeOf(err) != fettle.NotFound {
			t.Errorf("an id that it has not: %v", err)
		}
		id, err := split("external:crm:x1")
		if err != nil {
			t.Fatal(err)
		}
		got := stateOf(t, db, fettle.People, 1, id)
		if p := got.People[id]; p["name"] != "Fay" || p["external_id"] != "x1" || p["email"] != "fay@x.com" || p["title"] != "CEO" {
			t.Errorf("split off: %v", p)
		}
		if got.People[1]["name"] != "Gil" {
			t.Errorf("what stayed: %v", got.People[1])
		}
		wantCounts(t, crm(t, db, "Id,Name,Email,Title\nx1,Fay,fay@x.com,CEO\nx2,Gil,fay@x.com,CEO\n"), counts{Read: 2, Unchanged: 2})
		if _, err := split("x1"); fettle.CodeOf(err) != fettle.Refused {
			t.Errorf("split twice: %v", err)
		}
	})
}
