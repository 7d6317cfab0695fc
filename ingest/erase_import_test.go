package ingest_test

import (
	"context"
	"strings"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestErasedRecordsLeaveNothingInImports erases a record whose import has kept
// values of it: set aside, without a field, of a bad format.
func TestErasedRecordsLeaveNothingInImports(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.AddField(ctx, fettle.Field{Entity: fettle.People, Key: "score", Type: fettle.Number})
		})
		v := importText(t, db, "External ID,Phone,Score,Diary\n1,secret phone,secret score,secret diary\n", ingest.ImportOptions{})
		if v.SetAside != 1 || len(v.Invalid) != 1 || v.Invalid[0].Example != "secret phone" || len(v.Unmapped) != 1 {
			t.Fatalf("%+v", v)
		}
		if err := remove(t, db, true, 1); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"imports", "import_rows", "import_aside", "import_merges", "changes", "match_keys"} {
			rows, err := db.Writer().QueryContext(t.Context(), "SELECT * FROM "+table)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rows.Close() }()
			columns, _ := rows.Columns()
			for rows.Next() {
				cells := make([]any, len(columns))
				for i := range cells {
					cells[i] = new([]byte)
				}
				if err := rows.Scan(cells...); err != nil {
					t.Fatal(err)
				}
				for i, c := range cells {
					if text := string(*c.(*[]byte)); strings.Contains(text, "secret") { //nolint:forcetypeassert // made above
						t.Errorf("%s.%s still says %s", table, columns[i], text)
					}
				}
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
