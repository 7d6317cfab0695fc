package engine_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestAnExportImportedAgainChangesNothing does it with cells that look like
// formulas, guarded and not, and with ids that came under another heading.
func TestAnExportImportedAgainChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		w := newWorld(t, db, sandbox.Defaults())
		for _, text := range []string{
			"Record ID,First Name,Last Name,Job Title,City\n101,Ann,Lee,=1+1,@home\n102,Bob,Ray,-Director,\"'=quoted\"\n103,Cid,Roe,007,\"line\nbreak\"\n",
			"Contact ID,Full Name,Email\n0038d00001XYZab,Dan Orr,dan@acme.com\n",
		} {
			if v, err := w.e.Import(ctx, editor, engine.ImportInput{File: file(t, text), Entity: fettle.People}); err != nil || v.Created == 0 {
				t.Fatalf("%+v, %v", v, err)
			}
		}
		for _, how := range []engine.ExportOptions{{}, {Raw: true}, {Excel: true}} {
			var out strings.Builder
			if _, err := w.e.Export(ctx, viewer, engine.Query{Audience: fettle.AllPeople}, how, &out); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(out.String(), "\ufeff") != how.Excel {
				t.Errorf("%+v begins with %q", how, out.String()[:3])
			}
			v, err := w.e.Import(ctx, editor, engine.ImportInput{File: file(t, out.String()), Entity: fettle.People})
			if err != nil || v.Read != 4 || v.Unchanged != 4 {
				t.Errorf("%+v: %+v, %v", how, v, err)
			}
		}
	})
}
