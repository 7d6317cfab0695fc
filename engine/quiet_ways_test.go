package engine_test

import (
	"fmt"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestMappingLaterInPiecesDoesNotPassTheGuard maps a column of two imports as an
// editor: together they put more in than goes in unasked.
func TestMappingLaterInPiecesDoesNotPassTheGuard(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w, ctx := newWorld(t, db, sandbox.Defaults()), t.Context()
		w.guardAt(10)
		w.audience("engineers", `title == "Engineer"`)
		w.save("emails", findEmail("engineers", 1000))
		w.start("emails")
		var later []engine.LaterInput
		for i := range 2 {
			text := "key,name,company_domain,title\n"
			for j := range 6 {
				text += fmt.Sprintf("k%d%d,Person N%d%d,p%d%d.com,Engineer\n", i, j, i, j, i, j)
			}
			v, err := w.e.Import(ctx, editor, engine.ImportInput{File: file(t, text), Entity: fettle.People, Map: map[string]string{"key": "external_id", "title": ""}})
			if err != nil || v.Created != 6 {
				t.Fatalf("%+v, %v", v, err)
			}
			later = append(later, engine.LaterInput{ID: v.ID, Map: map[string]string{"title": "title"}})
		}
		if _, err := w.e.MapImport(ctx, editor, later[0]); err != nil {
			t.Fatal(err)
		}
		_, err := w.e.MapImport(ctx, editor, later[1])
		w.code(fettle.NotAllowed, err, "the second half")
	})
}
