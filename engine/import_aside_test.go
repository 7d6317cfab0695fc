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

// TestImportIsShownAsItWas asks for an import later: what was set aside, and the
// receipt, are what the import itself answered.
func TestImportIsShownAsItWas(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, sandbox.Defaults())
		long := strings.Repeat("many ", 100)
		text := "name,domain,employees,notes\nAcme,acme.com,12,n/a\nBolt,bolt.com," + long + ",n/a\nCog,cog.com,N/A,x\n"
		in := engine.ImportInput{File: file(t, text), Entity: fettle.Companies, Map: map[string]string{"employees": "employee_count"}, CreateFields: true}
		told, err := w.e.Import(t.Context(), editor, in)
		if err != nil || told.SetAside != 1 || len(told.NewFields) != 1 {
			t.Fatalf("%+v, %v", told, err)
		}
		kept, err := w.e.ImportByID(t.Context(), viewer, told.ID)
		if err != nil || len(kept.Aside) != 1 || !strings.HasPrefix(kept.Aside[0].Value, "many many") {
			t.Fatalf("%+v, %v", kept, err)
		}
		told.Aside[0].Value, kept.Aside[0].Value = "", "" // the answer shows less of it
		if told.Aside[0] != kept.Aside[0] || kept.Aside[0].Line != 3 || kept.Aside[0].Field != "employee_count" || kept.Aside[0].Reason == "" {
			t.Errorf("%+v, told %+v", kept.Aside[0], told.Aside[0])
		}
		if kept.SetAside != 1 || len(kept.Receipt) != 4 || len(kept.Placeholders) != 2 || len(kept.NewFields) != 1 || len(kept.Keys) == 0 {
			t.Errorf("%+v", kept)
		}
		var out strings.Builder
		if err := w.e.AsideCSV(t.Context(), viewer, told.ID, &out); err != nil || !strings.HasPrefix(out.String(), "line,column,field,value,reason\n3,employees,employee_count,many ") {
			t.Errorf("%v\n%s", err, out.String())
		}
		refused(t, w.e.AsideCSV(t.Context(), viewer, 99, &out), fettle.NotFound)
	})
}
