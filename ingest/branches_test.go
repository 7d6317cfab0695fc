package ingest_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestFurtherDomainsOfAPersonsCompany imports people whose cells give several
// domains of their company: it is one company, found by each of them, but for
// domains of a company that is called otherwise.
func TestFurtherDomainsOfAPersonsCompany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		works := map[string]string{}
		var last int64
		step := func(rows string, companiesMade int64, said map[string]string) {
			t.Helper()
			text := "Name,Email,Company Name,Company Domain\n" + rows
			n := int64(strings.Count(rows, "\n"))
			for _, dry := range []bool{true, false} {
				v := importText(t, db, text, ingest.ImportOptions{DryRun: dry})
				if last = v.ID; v.CompaniesCreated != companiesMade || v.Created != n || v.Conflicts != 0 {
					t.Errorf("dry %t: %d companies created of %+v", dry, v.CompaniesCreated, countsOf(v))
				}
				if n := strings.Count(rows, ";"); len(v.Aside) != n || n > 0 && !strings.Contains(v.Aside[0].Reason, "finds the company") {
					t.Errorf("set aside: %+v", v.Aside)
				}
			}
			maps.Copy(works, said)
			if got := employers(t, db); !maps.Equal(got, works) {
				t.Errorf("after\n%s%v, want %v", rows, got, works)
			}
		}
		step("Ann,,Acme,acme.com; acme.de\nBob,bob@acme.de,,\n", 1, map[string]string{"Ann": "Acme", "Bob": "Acme"})
		step("Cy,,Acme Inc.,acme.com; acme.io\n", 0, map[string]string{"Cy": "Acme"})
		added := last
		step("Dee,dee@acme.io,,\n", 0, map[string]string{"Dee": "Acme"})
		step("Eve,,Beta,beta.com; acme.com\nFay,,Zeta,zeta.com; eta.com\nGil,,Eta,eta.com\n", 3, map[string]string{"Eve": "Beta", "Fay": "Zeta", "Gil": "Eta"})
		importText(t, db, "Name,Domain\nGamma,gamma.dev\n", ingest.ImportOptions{Entity: fettle.Companies})
		step("Hal,,Gamma GmbH,gamma.com; gamma.dev\n", 0, map[string]string{"Hal": "Gamma"})

		undo(t, db, added) // the domain that it added goes with it
		delete(works, "Cy")
		step("Ida,ida@acme.io,,\n", 0, map[string]string{"Ida": ""})
	})
}

// TestUndoTakesTheIdsOfCompaniesAway gives a company an id by a list of people, as
// its own or beside the one that it shows, and takes the list back.
func TestUndoTakesTheIdsOfCompaniesAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Company ID,Name,Domain\n,Acme,acme.com\nB1,Beta,beta.com\n", ingest.ImportOptions{Entity: fettle.Companies, Source: "erp"})
		v := importText(t, db, "Name,Company Name,Company ID,Company Domain\nAnn,Acme,7,acme.com\nBob,Beta,8,beta.com\n", ingest.ImportOptions{})
		if v.CompaniesCreated != 0 {
			t.Errorf("%d companies created", v.CompaniesCreated)
		}
		undo(t, db, v.ID)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			keys, err := tx.KeysOf(ctx, []int64{1, 2})
			for id, texts := range keys {
				for _, text := range texts {
					if strings.HasPrefix(text, "cx:") && text != "cx:erp:B1" {
						t.Errorf("company %d has the key %s", id, text)
					}
				}
			}
			return err
		})
	})
}
