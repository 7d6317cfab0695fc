package ingest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestOfSeveralValuesTheFirstCounts imports cells with several e-mails, domains and
// LinkedIn addresses: the first is the value, the others are listed, and the cell is
// kept.
func TestOfSeveralValuesTheFirstCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		people := "Name,Email,LinkedIn\nAnn,a@acme.com; ann@acme.com,\"linkedin.com/in/ann, linkedin.com/in/ann-2\"\nBob,b@acme.com b@acme.com;,\nCy,\"cy, at home\",\n"
		v := importText(t, db, people, ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 3, Created: 3})
		for i := range v.Aside {
			if !strings.Contains(v.Aside[i].Reason, "finds the record too") {
				t.Errorf("%+v", v.Aside[i])
			}
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

// withSeveral is a list of people whose cells hold several addresses.
const withSeveral = "External ID,Name,Email,LinkedIn\nX1,Ann,a@acme.com; b@acme.com; c@acme.com,linkedin.com/in/ann | linkedin.com/in/ann-2\nX2,Bob,bob@acme.com,\n"

// TestFurtherValuesFind finds a record by each of the addresses of a cell, from
// whichever list; all of them are listed, three of one cell as well.
func TestFurtherValuesFind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crm := ingest.ImportOptions{Source: "crm"}
		dry := importText(t, db, withSeveral, ingest.ImportOptions{Source: "crm", DryRun: true})
		v := importText(t, db, withSeveral, crm)
		wantCounts(t, v, counts{Read: 2, Created: 2})
		if countsOf(dry) != countsOf(v) || v.SetAside != 3 || len(v.Aside) != 3 {
			t.Errorf("%+v; %d set aside", countsOf(dry), v.SetAside)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			kept, err := tx.ImportAsides(ctx, v.ID, fettle.Aside{}, 2)
			rest, err2 := tx.ImportAsides(ctx, v.ID, kept[len(kept)-1], 2)
			if err2 != nil || len(kept)+len(rest) != 3 {
				t.Errorf("kept: %+v and %+v, %v", kept, rest, err2)
			}
			return err
		})
		hub := ingest.ImportOptions{Source: "hub", Policy: fettle.FillBlanks}
		wantCounts(t, importText(t, db, "Name,Email\nAnn,c@acme.com\nAnn,B@ACME.com\n", hub), counts{Read: 2, Unchanged: 1, Merged: 1})
		wantCounts(t, importText(t, db, "Name,LinkedIn\nAnn,https://www.linkedin.com/in/ann-2/\n", hub), counts{Read: 1, Unchanged: 1})
		wantCounts(t, importText(t, db, strings.ReplaceAll(withSeveral, "a@acme.com; b@acme.com", "b@acme.com; a@acme.com"), ingest.ImportOptions{Source: "crm", Policy: fettle.FillBlanks}), counts{Read: 2, Unchanged: 2})
		wantCounts(t, importText(t, db, "External ID,Name,Email\nX1,Ann,a@acme.com\nX2,Bob,bob@acme.com\n", crm), counts{Read: 2, Unchanged: 2}) // as it is exported
		v = importText(t, db, "External ID,Name,Email\nX3,Cid,cid@acme.com; b@acme.com\n", crm)
		wantCounts(t, v, counts{Read: 1, Created: 1, Conflicts: 1})
	})
}

// TestRowsOfOneOfSeveral has rows of one person, one with one of her addresses, and
// one far behind with both: the e-mail of both rows is not shared by two.
func TestRowsOfOneOfSeveral(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var sb strings.Builder
		sb.WriteString("Name,LinkedIn,Email\nAnn,linkedin.com/in/a2,ann@x.com\n")
		for i := range 12_000 {
			fmt.Fprintf(&sb, "P %d,linkedin.com/in/p%d,p%d@x.com\n", i, i, i)
		}
		sb.WriteString("Ann,linkedin.com/in/a1; linkedin.com/in/a2,ann@x.com\n")
		v := importText(t, db, sb.String(), ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 12_002, Created: 12_001, Merged: 1})
		wantCounts(t, importText(t, db, "Name,Email\nAnn,ann@x.com\n", ingest.ImportOptions{Source: "hub"}), counts{Read: 1, Unchanged: 1})
	})
}

// TestFurtherDomainsOfCompanies joins by each domain only where the names agree.
func TestFurtherDomainsOfCompanies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		of := func(source string) ingest.ImportOptions {
			return ingest.ImportOptions{Entity: fettle.Companies, Source: source, Policy: fettle.FillBlanks}
		}
		wantCounts(t, importText(t, db, "Name,Domain\nAcme,acme.com; acme.de\nBolt,bolt.com\n", of("a")), counts{Read: 2, Created: 2})
		wantCounts(t, importText(t, db, "Name,Domain\nACME Inc.,www.acme.de\n", of("b")), counts{Read: 1, Unchanged: 1})
		wantCounts(t, importText(t, db, "Name,Domain\nOther,acme.de\n", of("b")), counts{Read: 1, Created: 1, Conflicts: 1})
		// Who says several domains without a name makes no companies one that are called differently.
		wantCounts(t, importText(t, db, "Domain,Industry\nacme.com; bolt.com,Tools\n", of("c")), counts{Read: 1, Updated: 1, Conflicts: 1})
		wantCounts(t, importText(t, db, "Name,Domain\nDelta,delta.com\nDelta,delta.io\n", of("a")), counts{Read: 2, Created: 2})
		v := importText(t, db, "Name,Domain\nDelta,delta.io; delta.com\n", of("d"))
		wantCounts(t, v, counts{Read: 1, Merged: 1})
		if v.Joined != 1 {
			t.Errorf("%d joined", v.Joined)
		}
	})
}

// TestUndoTakesFurtherKeysAway leaves those that another import gave too, those that
// are the record's values, and those of what it deletes.
func TestUndoTakesFurtherKeysAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crm := ingest.ImportOptions{Source: "crm"}
		importText(t, db, "External ID,Name,Email\nX1,Ann,a@x.com\n", crm)
		first := importText(t, db, "External ID,Name,Email\nX1,Ann,a@x.com; b@x.com; c@x.com\nX2,Bob,bob@x.com; rob@x.com\n", crm)
		second := importText(t, db, "External ID,Name,Email\nX1,Ann,a@x.com; c@x.com\n", crm)
		wantCounts(t, first, counts{Read: 2, Created: 1, Unchanged: 1})
		undo(t, db, first.ID)
		only := func(email string, want counts) {
			t.Helper()
			want.Read = 1
			wantCounts(t, importText(t, db, "Name,Email\nWho,"+email+"\n", ingest.ImportOptions{Source: "hub", Policy: fettle.FillBlanks, DryRun: true}), want)
		}
		only("c@x.com", counts{Unchanged: 1})
		only("b@x.com", counts{Created: 1})
		only("rob@x.com", counts{Created: 1}) // comes back
		undo(t, db, second.ID)
		only("c@x.com", counts{Created: 1})
		only("a@x.com", counts{Unchanged: 1})
		importText(t, db, "Name,Email\nBob,rob@x.com\n", ingest.ImportOptions{Source: "hub"})
		if r := records(t, db, fettle.People, 2); len(r) != 1 {
			t.Error("who was deleted did not come back by a further key")
		}
	})
}

// TestFurtherKeysGoWithTheirRecord through a merge that is undone, and are erased with it.
func TestFurtherKeysGoWithTheirRecord(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		crm := ingest.ImportOptions{Source: "crm"}
		imp := importText(t, db, withSeveral, crm)
		m := merge(t, db, 2, 1)
		hub := ingest.ImportOptions{Source: "hub", Policy: fettle.FillBlanks, DryRun: true}
		finds := func(email string, want int64) {
			t.Helper()
			v := importText(t, db, "Name,Email\nAnn,"+email+"\n", hub)
			if v.Created != 1-want {
				t.Errorf("%s: %+v", email, countsOf(v))
			}
		}
		finds("c@acme.com", 1)
		by := origin(t, db, store.OriginUndo, "ann")
		update(t, db, func(ctx context.Context, tx *store.Tx) error { return ingest.UndoMerge(ctx, tx, m, by, "ann", now) })
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			keys, err := tx.KeysOf(ctx, []int64{1})
			if !slices.Contains(keys[1], "pe:c@acme.com") {
				t.Errorf("keys of the one that is apart again: %v", keys)
			}
			return err
		})
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			_, err := ingest.Delete(ctx, tx, ingest.DeleteInput{Entity: fettle.People, IDs: []int64{1}, Origin: by, Actor: "ann", Now: now, Erase: true})
			return err
		})
		finds("c@acme.com", 0)
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			origins, err := tx.ImportOrigins(ctx, imp.ID)
			for id := range origins {
				left, err := tx.FurtherKeysBy(ctx, id, 10)
				if err != nil || len(left) > 0 {
					t.Errorf("left of what was erased: %+v, %v", left, err)
				}
			}
			return err
		})
	})
}
