package ingest_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestOfSeveralValuesTheFirstCounts imports cells with several e-mails, domains and
// LinkedIn addresses: the first is the value and the key, the others are listed, and
// the cell is kept.
func TestOfSeveralValuesTheFirstCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		people := "Name,Email,LinkedIn\nAnn,a@acme.com; ann@acme.com,\"linkedin.com/in/ann, linkedin.com/in/ann-2\"\nBob,b@acme.com b@acme.com;,\nCy,\"cy, at home\",\n"
		v := importText(t, db, people, ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 3, Created: 3})
		for i := range v.Aside {
			v.Aside[i].Reason = ""
		}
		want := []fettle.Aside{
			{Line: 2, Column: "Email", Field: "email", Value: "ann@acme.com"}, {Line: 2, Column: "LinkedIn", Field: "linkedin_url", Value: "linkedin.com/in/ann-2"},
		}
		if diff := cmp.Diff(want, v.Aside); diff != "" || v.SetAside != 2 {
			t.Errorf("%d set aside (-want +got)\n%s", v.SetAside, diff)
		}
		wantCounts(t, importText(t, db, people, ingest.ImportOptions{}), counts{Read: 3, Unchanged: 3})
		wantCounts(t, importText(t, db, "Name,Email\nAnn,a@acme.com\nBob,b@acme.com\n", ingest.ImportOptions{}), counts{Read: 2, Unchanged: 2})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			raw, err := tx.ImportRowsOf(ctx, 1)
			if len(raw) == 0 || raw[0].Raw != `{"Email":"a@acme.com; ann@acme.com","LinkedIn":"linkedin.com/in/ann, linkedin.com/in/ann-2"}` {
				t.Errorf("kept: %+v", raw)
			}
			return err
		})
		v = importText(t, db, "Name,Website\nAcme,\"https://acme.com/a, acme.de\"\nGamma,\"https://gamma.dev/?of=a.de,b.com\"\n", ingest.ImportOptions{Entity: fettle.Companies})
		wantCounts(t, v, counts{Read: 2, Created: 2})
		if len(v.Aside) != 1 || v.Aside[0].Value != "acme.de" {
			t.Errorf("set aside: %+v", v.Aside)
		}
		wantCounts(t, importText(t, db, "Name,Domain\nAcme,acme.com\nGamma,gamma.dev\n", ingest.ImportOptions{Entity: fettle.Companies}), counts{Read: 2, Unchanged: 2})
		strict := importText(t, db, "Name,Email\nDee,d@acme.com; dee@acme.com\n", ingest.ImportOptions{Strict: true})
		wantCounts(t, strict, counts{Read: 1, Rejected: 1})
	})
}
