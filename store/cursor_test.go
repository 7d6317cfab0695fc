package store_test

import (
	"encoding/base64"
	"testing"

	"fettle"
	"fettle/store"
	"fettle/store/storetest"
)

// Cursors come back from outside: whatever they hold is a page or is refused.
func TestForeignCursors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		update(t, db, func(tx *store.Tx) error {
			return tx.AddField(t.Context(), fettle.Field{Entity: fettle.People, Key: "born", Type: fettle.Date})
		})
		for _, tt := range []struct{ sort, cursor string }{
			{"", "x"},
			{"", `{"id":"a"}`},
			{"", `{"id":1,"s":"name"}`},
			{"born", `{"id":1,"v":"yesterday","s":"born"}`},
			{"created_at", `{"id":1,"v":"x","s":"created_at"}`},
			{"name", `{"id":1,"v":"a\u0000b","s":"name"}`},
			{"name", `{"id":1,"s":"name"}`},
			{"name", `{"id":1,"v":"a","s":"-name"}`},
		} {
			err := db.View(t.Context(), func(tx *store.Tx) error {
				_, _, err := tx.Page(t.Context(), store.Query{Entity: fettle.People, Sort: tt.sort, After: base64.RawURLEncoding.EncodeToString([]byte(tt.cursor))})
				return err
			})
			if fettle.CodeOf(err) != fettle.Invalid {
				t.Errorf("%s by %q: %v", tt.cursor, tt.sort, err)
			}
		}
	})
}

func FuzzCursor(f *testing.F) {
	db := storetest.Open(f)
	f.Add("", "eyJpZCI6MX0", false)
	f.Add("name", "eyJpZCI6MSwidiI6ImEiLCJzIjoibmFtZSJ9", false)
	f.Add("updated_at", "", true)
	f.Fuzz(func(t *testing.T, sort, cursor string, desc bool) {
		err := db.View(t.Context(), func(tx *store.Tx) error {
			_, _, err := tx.Page(t.Context(), store.Query{Entity: fettle.People, Sort: sort, Desc: desc, After: cursor})
			return err
		})
		if err != nil && fettle.CodeOf(err) != fettle.Invalid && fettle.CodeOf(err) != fettle.NotFound {
			t.Error(err)
		}
	})
}
