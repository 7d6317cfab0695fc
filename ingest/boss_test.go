package ingest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// crmPeople is a CRM's list of people with their companies: by website, by e-mail,
// by a name alone, by free mail.
const crmPeople = `Record ID,Name,Email,Company Name,Website URL
1,Ada,,Acme GmbH,https://www.acme.com/about
2,Bob,bob@acme.com,Acme,
3,Cy,cy@gamma.dev,Gamma Inc.,
4,Dee,dee@gmail.com,Free,
5,Eve,,Nameless,
6,Fay,fay@delta.io,,
7,Gil,gil@gamma.dev,Gamma,N/A
`

// TestPeopleMakeTheirCompanies makes each company once, of a domain, and meets it
// from then on.
func TestPeopleMakeTheirCompanies(t *testing.T) {
	want := map[string]string{"Ada": "Acme GmbH", "Bob": "Acme GmbH", "Cy": "Gamma Inc.", "Dee": "", "Eve": "", "Fay": "", "Gil": "Gamma Inc."}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, dry := range []bool{true, false} {
			v := importText(t, db, crmPeople, ingest.ImportOptions{DryRun: dry})
			wantCounts(t, v, counts{Read: 7, Created: 7})
			if v.CompaniesCreated != 2 {
				t.Errorf("dry %t: %d companies created", dry, v.CompaniesCreated)
			}
		}
		if n := companies(t, db); n != 2 {
			t.Errorf("%d companies", n)
		}
		for person, company := range employers(t, db) {
			if company != want[person] {
				t.Errorf("%s works for %q, want %q", person, company, want[person])
			}
		}
		v := importText(t, db, crmPeople, ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 7, Unchanged: 7})
		if v.CompaniesCreated != 0 {
			t.Errorf("again: %d companies created", v.CompaniesCreated)
		}
		// The companies' own list meets them, and its names are the companies'.
		wantCounts(t, importText(t, db, "Name,Domain\nAcme,acme.com\nGamma,gamma.dev\nDelta,delta.io\n", ingest.ImportOptions{Entity: fettle.Companies}), counts{Read: 3, Created: 1, Updated: 2})
		if got := employers(t, db); got["Bob"] != "Acme" || got["Fay"] != "Delta" {
			t.Errorf("employers %v", got)
		}
	})
}

// TestADomainOfAnEmailIsDerived says of a made company where its domain comes from.
func TestADomainOfAnEmailIsDerived(t *testing.T) {
	db := storetest.Open(t)
	importText(t, db, crmPeople, ingest.ImportOptions{})
	var kinds []string
	rows, err := db.Writer().QueryContext(t.Context(), "SELECT origins FROM companies ORDER BY domain")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		from, err := store.ParseOrigins(text)
		if err != nil {
			t.Fatal(err)
		}
		kind := "import"
		if id, named := from["domain"]; named && id != from[""] {
			kind = "derived"
		}
		kinds = append(kinds, kind)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if len(kinds) != 2 || kinds[0] != "import" || kinds[1] != "derived" {
		t.Errorf("the domains are of %v", kinds)
	}
}

const accountPeople = `Contact ID,Name,Email,Account ID,Account Name
c1,Ada,ada@acme.com,a1,Acme
c2,Bob,bob@acme.com,a2,Acme Labs
c3,Cy,,a3,Gamma
c4,Dee,dee@x.com,a1,Acme
`

const accounts = `Account ID,Account Name,Website
a1,Acme,acme.com
a2,Acme Labs,acme.com
a3,Gamma,gamma.dev
`

// TestACompanyByID finds people's companies by the companies' ids, whichever list
// comes first, although two of them share a domain.
func TestACompanyByID(t *testing.T) {
	want := map[string]string{"Ada": "Acme", "Bob": "Acme Labs", "Cy": "Gamma", "Dee": "Acme"}
	for _, first := range []fettle.Entity{fettle.People, fettle.Companies} {
		t.Run(string(first)+" first", func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				if first == fettle.Companies {
					importText(t, db, accounts, ingest.ImportOptions{Entity: fettle.Companies})
				}
				v := importText(t, db, accountPeople, ingest.ImportOptions{})
				if made := int64(3); (v.CompaniesCreated == made) != (first == fettle.People) {
					t.Errorf("%d companies created", v.CompaniesCreated)
				}
				importText(t, db, accounts, ingest.ImportOptions{Entity: fettle.Companies})
				wantCounts(t, importText(t, db, accountPeople, ingest.ImportOptions{}), counts{Read: 4, Unchanged: 4})
				if n := companies(t, db); n != 3 {
					t.Errorf("%d companies", n)
				}
				for person, company := range employers(t, db) {
					if company != want[person] {
						t.Errorf("%s works for %q, want %q", person, company, want[person])
					}
				}
				// A company that goes and comes back has its people again.
				by := origin(t, db, store.OriginUndo, "ann")
				var gamma int64
				if err := db.Writer().QueryRowContext(t.Context(), "SELECT id FROM companies WHERE name = 'Gamma'").Scan(&gamma); err != nil {
					t.Fatal(err)
				}
				update(t, db, func(ctx context.Context, tx *store.Tx) error {
					_, err := ingest.Delete(ctx, tx, ingest.DeleteInput{Entity: fettle.Companies, IDs: []int64{gamma}, Origin: by, Actor: "ann", Now: now})
					return err
				})
				importText(t, db, accounts, ingest.ImportOptions{Entity: fettle.Companies})
				if got := employers(t, db)["Cy"]; got != "Gamma" {
					t.Errorf("Cy works for %q", got)
				}
			})
		})
	}
}

// TestAnUndoTakesMadeCompaniesAlong deletes those that nobody else works for.
func TestAnUndoTakesMadeCompaniesAlong(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := importText(t, db, crmPeople, ingest.ImportOptions{})
		importText(t, db, "External ID,Name,Company domain\nz,Zoe,gamma.dev\n", ingest.ImportOptions{Source: "other"})
		by := origin(t, db, store.OriginUndo, "ann")
		undo := func(tx *store.Tx, dry bool) ingest.UndoResult {
			res, err := ingest.UndoImport(t.Context(), tx, ingest.UndoInput{ImportID: first.ID, Origin: by, Actor: "ann", Now: now, DryRun: dry})
			if err != nil {
				t.Fatal(err)
			}
			return res
		}
		for _, dry := range []bool{true, false} {
			update(t, db, func(_ context.Context, tx *store.Tx) error {
				if res := undo(tx, dry); !res.Done || res.Deleted != 7 || res.Companies != 1 || res.Kept != 1 {
					t.Errorf("dry %t: %+v", dry, res)
				}
				return nil
			})
		}
		if n := companies(t, db); n != 1 {
			t.Errorf("%d companies", n)
		}
		if got := employers(t, db); len(got) != 1 || got["Zoe"] != "Gamma Inc." {
			t.Errorf("employers %v", got)
		}
	})
}

// TestTheLikeliestColumnNamesTheCompany takes the name of a company from the column
// that is nothing but the name, wherever it stands.
func TestTheLikeliestColumnNamesTheCompany(t *testing.T) {
	db := storetest.Open(t)
	importText(t, db, "Record ID,Name,Associated Company,Email,Company Name\n1,Ada,Acme (acme.com),ada@acme.com,Acme\n", ingest.ImportOptions{})
	if got := employers(t, db); got["Ada"] != "Acme" {
		t.Errorf("employers %v", got)
	}
}

// TestAnUndoKeepsACompanyBehindManyPeople keeps a company that one other person
// works for, although another company has more people than are looked at at once.
func TestAnUndoKeepsACompanyBehindManyPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		first := importText(t, db, "Record ID,Name,Company,Company domain\n1,Ada,Acme,acme.com\n2,Bob,Bolt,bolt.io\n", ingest.ImportOptions{})
		var many strings.Builder
		many.WriteString("External ID,Company domain\n")
		for i := range 5000 { // maxLinks
			fmt.Fprintf(&many, "%d,acme.com\n", i)
		}
		many.WriteString("z,bolt.io\n")
		importText(t, db, many.String(), ingest.ImportOptions{Source: "other"})
		if res := undo(t, db, first.ID); res.Deleted != 2 || res.Companies != 0 || res.Kept != 2 {
			t.Errorf("%+v", res)
		}
		if n := companies(t, db); n != 2 {
			t.Errorf("%d companies are left, want both", n)
		}
	})
}
