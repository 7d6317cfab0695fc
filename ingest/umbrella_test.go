package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestCompaniesBeneathOneDomainAreSaid imports people of many offices with websites
// beneath one domain, which become one company: the dry run and the import say so. A
// company with sites of its countries is nothing to be said, nor are offices that the
// table keeps apart.
func TestCompaniesBeneathOneDomainAreSaid(t *testing.T) {
	t.Parallel()
	offices := []string{"Name,Company Name,Company Website"}
	for i := range 5 {
		offices = append(offices, fmt.Sprintf("Person %d,Office of Member %d,https://member%d.senate.gov/contact", i, i, i), fmt.Sprintf("Worker %d,Acme,https://c%d.acme.com", i, i))
	}
	text := strings.Join(offices, "\n") + "\n"
	said := func(v fettle.ImportView) (out []fettle.FileNote) {
		for _, n := range v.Notes {
			if n.Kind == "one_company" {
				out = append(out, n)
			}
		}
		return out
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, dry := range []bool{true, false} {
			v := importText(t, db, text, ingest.ImportOptions{Entity: fettle.People, DryRun: dry})
			notes := said(v)
			if len(notes) != 1 || v.CompaniesCreated != 2 {
				t.Fatalf("dry run %v: %d companies, %+v", dry, v.CompaniesCreated, v.Notes)
			}
			want := `"Office of Member 0", "Office of Member 1" and 3 others are one company here, senate.gov`
			if n := notes[0]; n.Line != 2 || !strings.HasPrefix(n.Text, want) {
				t.Errorf("dry run %v: %+v", dry, n)
			}
		}
	})
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		list := "Name,Domain\n"
		for i := range 5 {
			list += fmt.Sprintf("Office of Member %d,member%d.senate.gov\n", i, i)
		}
		importText(t, db, list, ingest.ImportOptions{Entity: fettle.Companies})
		if v := importText(t, db, text, ingest.ImportOptions{Entity: fettle.People}); len(said(v)) != 0 {
			t.Errorf("they are kept apart, and it says %+v", v.Notes)
		}
	})
}
