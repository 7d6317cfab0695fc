package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/engine"
	"fettle/provider/sandbox"
	"fettle/store"
	"fettle/store/storetest"
)

// TestMadeCompaniesAskFirst imports people whose companies would run in a live
// enrichment of companies, and whose own question is made of their company: the
// guard counts both, and nothing of either runs with --no-run.
func TestMadeCompaniesAskFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		t.Parallel()
		w := newWorld(t, db, sandbox.Config{HitRate: 1})
		w.companies([2]any{"Own", "own.com"})
		w.save("industry", industry(1000))
		def := findEmail("all-people", 1000)
		def.Steps[0].Inputs = map[string]string{"full_name": "name", "company_domain": "company.domain"}
		w.save("email", def)
		w.work(w.e)
		w.start("industry")
		wantRows(t, w.settle("industry"), fettle.RowCounts{Found: 1})
		w.start("email")
		w.settle("email")
		w.followed("email")

		const n = 150
		var sb strings.Builder
		sb.WriteString("External ID,First Name,Last Name,Company Name,Website URL\n")
		for i := range n {
			fmt.Fprintf(&sb, "%d,Ann%d,Lee,Firm %d,www.firm%d.com\n", i, i, i, i)
		}
		in := engine.ImportInput{File: file(t, sb.String()), Entity: fettle.People}
		_, err := w.e.Import(t.Context(), admin, in)
		asked := fettle.AsError(err)
		if err == nil || asked.Code != fettle.Confirm || !strings.Contains(asked.Message, "industry") || !strings.Contains(asked.Message, "email") {
			t.Fatalf("the guard says %v", err)
		}
		in.NoRun = true
		v, err := w.e.Import(t.Context(), admin, in)
		if err != nil || v.CompaniesCreated != n {
			t.Fatalf("%d companies made: %v", v.CompaniesCreated, err)
		}
		w.upsert(fettle.Companies, map[string]any{"external_id": "late", "name": "Late", "domain": "late.com"}) // what is followed later
		wantRows(t, w.until("industry", func(v fettle.EnrichmentView) bool { return v.Rows.Found > 1 }), fettle.RowCounts{Found: 2})
		if v := w.settle("email"); v.Rows.Found != 0 {
			t.Errorf("people ran: %+v", v.Rows)
		}
		w.sound()
	})
}
