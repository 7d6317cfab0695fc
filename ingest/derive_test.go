package ingest_test

import (
	"context"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// names gives a person's name, first and last name, each with the kind of its
// origin.
func names(t testing.TB, db *store.DB, id int64) map[string][2]string {
	t.Helper()
	r := records(t, db, fettle.People, id)[id]
	if r == nil {
		t.Fatalf("no record %d", id)
	}
	from, err := r.Origins()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][2]string{}
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		all, err := tx.Origins(ctx)
		kinds := map[int64]string{}
		for _, o := range all {
			kinds[o.ID] = o.Kind
		}
		for _, f := range []string{"name", "first_name", "last_name"} {
			id, named := from[f]
			if !named {
				id = from[""]
			}
			if v, ok := r.Value(f).(string); ok {
				out[f] = [2]string{v, kinds[id]}
			} else if named {
				out[f] = [2]string{"", kinds[id]}
			}
		}
		return err
	})
	return out
}

func wantNames(t testing.TB, db *store.DB, id int64, name, first, last string, kinds [3]string) {
	t.Helper()
	got := names(t, db, id)
	for i, f := range []string{"name", "first_name", "last_name"} {
		want := [2]string{[]string{name, first, last}[i], kinds[i]}
		if got[f] != want {
			t.Errorf("record %d: %s is %q, want %q", id, f, got[f], want)
		}
	}
}

const imported, derived = store.OriginImport, store.OriginDerived

// TestNamesAreDerived of each other, give way to any other value, and follow what
// they are of.
func TestNamesAreDerived(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crm := ingest.ImportOptions{Source: "crm"}
		v := importText(t, db, "External ID,First Name,Last Name\n1,Ann,Lee\n2,Bob,\n", crm)
		wantCounts(t, v, counts{Read: 2, Created: 2})
		importText(t, db, "External ID,Name\n3,Cid Roe\n4,Dan van Orr\n", crm)
		wantNames(t, db, 1, "Ann Lee", "Ann", "Lee", [3]string{derived, imported, imported})
		wantNames(t, db, 2, "", "Bob", "", [3]string{"", imported, ""})
		wantNames(t, db, 3, "Cid Roe", "Cid", "Roe", [3]string{imported, derived, derived})
		wantNames(t, db, 4, "Dan van Orr", "", "", [3]string{imported, "", ""})

		wantCounts(t, importText(t, db, "External ID,First Name,Last Name\n1,Ann,Lee\n", crm), counts{Read: 1, Unchanged: 1})
		wantCounts(t, importText(t, db, "External ID,Last Name\n1,Ray\n", crm), counts{Read: 1, Updated: 1})
		wantNames(t, db, 1, "Ann Ray", "Ann", "Ray", [3]string{derived, imported, imported})
		fill := ingest.ImportOptions{Source: "crm", Policy: fettle.FillBlanks}
		wantCounts(t, importText(t, db, "External ID,Name\n1,Dr. Ann Ray\n", fill), counts{Read: 1, Updated: 1})
		wantNames(t, db, 1, "Dr. Ann Ray", "Ann", "Ray", [3]string{imported, imported, imported})
		wantCounts(t, importText(t, db, "External ID,First Name\n3,Cyd\n", fill), counts{Read: 1, Updated: 1})
		wantNames(t, db, 3, "Cid Roe", "Cyd", "", [3]string{imported, imported, ""}) // who contradicts the name
	})
}

// TestAnUndoTakesDerivedNamesAlong takes imports back whose values names were
// derived of.
func TestAnUndoTakesDerivedNamesAlong(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crm := ingest.ImportOptions{Source: "crm"}
		importText(t, db, "External ID,First Name\n1,Ann\n", crm)
		second := importText(t, db, "External ID,First Name,Last Name\n1,,Lee\n2,Bob,Ray\n", crm)
		wantNames(t, db, 1, "Ann Lee", "Ann", "Lee", [3]string{derived, imported, imported})
		by := origin(t, db, store.OriginUndo, "ann")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			res, err := ingest.UndoImport(ctx, tx, ingest.UndoInput{ImportID: second.ID, Origin: by, Actor: "ann", Now: now})
			if !res.Done || res.Deleted != 1 || res.Kept != 0 {
				t.Errorf("undo: %+v", res)
			}
			return err
		})
		wantNames(t, db, 1, "", "Ann", "", [3]string{"", imported, ""})
	})
}

// TestWhoClearsANameKeepsItCleared has a person empty a derived name.
func TestWhoClearsANameKeepsItCleared(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "External ID,First Name,Last Name\n1,Ann,Lee\n", ingest.ImportOptions{Source: "crm"})
		by := origin(t, db, store.OriginPerson, "ann")
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.Values(ctx, tx, ingest.ValuesInput{
				Entity: fettle.People, Origin: by, Hand: true, Actor: "ann", Now: now, Writes: []ingest.Write{{Record: 1, Field: "name", Clear: true}},
			})
			return err
		})
		wantNames(t, db, 1, "", "Ann", "Lee", [3]string{store.OriginPerson, imported, imported})
		importText(t, db, "External ID,First Name\n1,Anna\n", ingest.ImportOptions{Source: "crm"})
		wantNames(t, db, 1, "", "Anna", "Lee", [3]string{store.OriginPerson, imported, imported})
	})
}
