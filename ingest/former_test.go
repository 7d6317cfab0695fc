package ingest_test

import (
	"context"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// oldImport imports people as an older version did: the ids of all files were of
// one list, csv.
func oldImport(t *testing.T, db *store.DB, heading string, rows ...[3]string) {
	t.Helper()
	update(t, db, func(ctx context.Context, tx *store.Tx) error {
		imp := store.Import{
			Entity: fettle.People, Source: "csv", File: "old.csv", State: store.ImportDone, CreatedUS: 1, EndedUS: 2,
			Mapping: map[string]string{heading: "external_id", "Name": "name", "Email": "email"},
		}
		if err := tx.AddImport(ctx, &imp); err != nil {
			return err
		}
		from, err := tx.OriginID(ctx, store.Origin{Kind: store.OriginImport, Name: "csv", RefID: imp.ID, Day: "2026-01-02"})
		if err != nil {
			return err
		}
		in := ingest.UpsertInput{Entity: fettle.People, Source: "csv", Origin: from, Actor: "ann", Now: now, Fields: []string{"external_id", "name", "email"}}
		for i, r := range rows {
			in.Rows = append(in.Rows, ingest.Row{Line: i + 2, Values: []any{r[0], r[1], r[2]}})
		}
		_, err = ingest.Upsert(ctx, tx, in)
		return err
	})
}

// TestOldIDsKeepTheirHeading imports files again that came before each file's ids
// had a list of their own.
func TestOldIDsKeepTheirHeading(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		oldImport(t, db, "Record ID", [3]string{"1", "Ann Lee", "ann@x.com"}, [3]string{"2", "Bob Roe", "bob@x.com"})
		// All old ids stood under this heading.
		v := importText(t, db, "Record ID,Name,Title\n1,Ann Lee,CTO\n3,Cid Poe,CFO\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 2, Created: 1, Updated: 1})
		// Another list does not meet them.
		v = importText(t, db, "User ID,Name\n1,Xen Ito\n2,Yul Kim\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 2, Created: 2})
		// Who names the list as the old version did meets them.
		v = importText(t, db, "User ID,Name,Title\n2,Bob Roe,CEO\n", ingest.ImportOptions{Source: "csv"})
		wantCounts(t, v, counts{Read: 1, Updated: 1})
		// Their ids differ from others of the same list as before.
		v = importText(t, db, "Record ID,Name,Email\n22,Bea Roe,bob@x.com\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 1, Created: 1, Conflicts: 1})
	})
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		oldImport(t, db, "Record ID", [3]string{"1", "Ann Lee", "ann@x.com"}, [3]string{"2", "Bob Roe", "bob@x.com"})
		oldImport(t, db, "User ID", [3]string{"3", "Xen Ito", "xen@x.com"}, [3]string{"4", "Yul Kim", "yul@x.com"})
		v := importText(t, db, "Record ID,Name\n1,Ann Lee\n2,Bob Roe\n3,Zoe Orr\n4,Zac Ort\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 4, Created: 2, Unchanged: 2})
		v = importText(t, db, "User ID,Name\n1,Fay Oak\n3,Xen Ito\n", ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 2, Created: 1, Unchanged: 1})
	})
	storetest.Each(t, func(t *testing.T, db *store.DB) { // the ids of the old list are asked about too
		oldImport(t, db, "ID", [3]string{"1", "Ann Lee", "ann@x.com"}, [3]string{"2", "Bob Roe", "bob@x.com"})
		for _, text := range []string{"id,Name\n1,Xen Ito\n2,Yul Kim\n", "id,Name,Email\n7,Ann Lee,ann@x.com\n8,Bob Roe,bob@x.com\n"} {
			if _, err := tryImport(t, db, text, ingest.ImportOptions{}); fettle.CodeOf(err) != fettle.Refused {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
