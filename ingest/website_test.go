package ingest

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/source/csv"
	"fettle/store"
	"fettle/store/storetest"
)

// TestOneFieldForTheCompanyOfEach imports what three tools call the company of a
// person: one field holds it, and the likeliest column of each.
func TestOneFieldForTheCompanyOfEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i, c := range []struct{ text, column, other string }{
			{"Email,Company / Account\na@acme.com,Acme\n", "Company / Account", ""},
			{"Email,Associated Company,Company Name\na@acme.com,Acme (acme.com),Acme\n", "Company Name", "associated_company"},
			{"Person - Email - Work,Person - Organization\na@acme.com,Acme\n", "Person - Organization", ""},
			{"Email,Account,Company\na@acme.com,Acme,Acme\n", "Company", "account"},
		} {
			r, err := csv.Open(strings.NewReader(c.text), int64(len(c.text)), "people.csv", csv.Options{})
			if err != nil {
				t.Fatal(err)
			}
			v, err := Import(t.Context(), db, r, ImportOptions{Entity: fettle.People, CreateFields: true, Now: time.Date(2026, 3, 4, 5, 6, i, 0, time.UTC)})
			if err != nil || v.Mapping[c.column] != companyName {
				t.Fatalf("%q: %v, %v", c.text, v.Mapping, err)
			}
			if c.other != "" && !slices.Contains(slices.Collect(maps.Values(v.Mapping)), c.other) {
				t.Errorf("%q: %v", c.text, v.Mapping)
			}
		}
	})
}
