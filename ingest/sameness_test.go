package ingest_test

import (
	"testing"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestTwoSystemsInTurn imports the lists of two systems in turn: after each has come
// once, nothing is new, and no value goes to and fro.
func TestTwoSystemsInTurn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		hub := "Record ID,Name,Email,LinkedIn\n1,Ann Lee,ann@x.com,http://linkedin.com/in/ann?trk=x\n2,Bob Roe,bob@x.com,\n"
		force := "Contact ID 18,Name,Email,LinkedIn\n0031t00000AbCdE,Ann Lee,Ann@X.com,https://www.linkedin.com/in/ann/\n0031t00000AbCdF,Bob Roe,bob@x.com,\n"
		wantCounts(t, importText(t, db, hub, ingest.ImportOptions{}), counts{Read: 2, Created: 2})
		first := importText(t, db, force, ingest.ImportOptions{})
		wantCounts(t, first, counts{Read: 2, Unchanged: 2})
		wantCounts(t, importText(t, db, hub, ingest.ImportOptions{}), counts{Read: 2, Unchanged: 2})
		wantCounts(t, importText(t, db, force, ingest.ImportOptions{}), counts{Read: 2, Unchanged: 2})
		r := records(t, db, fettle.People, 1)[1]
		if r.Value("external_id") != "1" || r.Value("email") != "ann@x.com" || r.Value("linkedin_url") != "http://linkedin.com/in/ann?trk=x" {
			t.Errorf("%v, %v, %v", r.Value("external_id"), r.Value("email"), r.Value("linkedin_url"))
		}
		byID := "Contact ID 18,Name,Title\n0031t00000AbCdE,Ann Lee,CTO\n"
		wantCounts(t, importText(t, db, byID, ingest.ImportOptions{DryRun: true}), counts{Read: 1, Updated: 1})
		wantCounts(t, importText(t, db, force, ingest.ImportOptions{Policy: fettle.OverwriteAll}), counts{Read: 2, Updated: 2})
		if r := records(t, db, fettle.People, 1)[1]; r.Value("external_id") != "0031t00000AbCdE" {
			t.Errorf("overwritten on purpose: %v", r.Value("external_id"))
		}
	})
}

// TestUndoTakesTheOtherIDAway undoes the list whose ids are keys and no values.
func TestUndoTakesTheOtherIDAway(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "Record ID,Name,Email\n1,Ann Lee,ann@x.com\n", ingest.ImportOptions{})
		other := "User-ID,Name,Email\nU7,Ann Lee,ann@x.com\n"
		v := importText(t, db, other, ingest.ImportOptions{})
		wantCounts(t, v, counts{Read: 1, Unchanged: 1})
		only := "User-ID,Name\nU7,Ann Lee\n"
		wantCounts(t, importText(t, db, only, ingest.ImportOptions{DryRun: true}), counts{Read: 1, Unchanged: 1})
		undo(t, db, v.ID)
		wantCounts(t, importText(t, db, only, ingest.ImportOptions{DryRun: true}), counts{Read: 1, Created: 1})
	})
}

// TestALeadLinkLeavesTheAddress imports links of Sales Navigator, which find the
// record too, and give way to the public address.
func TestALeadLinkLeavesTheAddress(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const lead = "https://www.linkedin.com/sales/lead/ACwAABcDeFgHiJkLmNoPqRsTuVwXyZ012345678,NAME_SEARCH,a1b2"
		importText(t, db, "Name,Email,LinkedIn\nAnn,ann@x.com,https://www.linkedin.com/in/ann\n", ingest.ImportOptions{})
		wantCounts(t, importText(t, db, "Name,Email,LinkedIn\nAnn,ann@x.com,\""+lead+"\"\n", ingest.ImportOptions{}), counts{Read: 1, Unchanged: 1})
		wantCounts(t, importText(t, db, "Name,LinkedIn\nAnn,\""+lead+"\"\n", ingest.ImportOptions{}), counts{Read: 1, Unchanged: 1})
		if r := records(t, db, fettle.People, 1)[1]; r.Value("linkedin_url") != "https://www.linkedin.com/in/ann" {
			t.Errorf("%v", r.Value("linkedin_url"))
		}
		importText(t, db, "Name,Email,LinkedIn\nBob,bob@x.com,\""+lead[:60]+"\"\n", ingest.ImportOptions{})
		wantCounts(t, importText(t, db, "Name,Email,LinkedIn\nBob,bob@x.com,linkedin.com/in/bob\n", ingest.ImportOptions{}), counts{Read: 1, Updated: 1})
	})
}

// TestTheIDOfTheCompanyThatIsNamed takes, of several columns of ids of the person's
// company, the one that goes with the column of its name.
func TestTheIDOfTheCompanyThatIsNamed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		text := "Record ID,Name,Company ID,Associated Company IDs,Account ID,Account Name\n1,Ann,,7;8,A9,Acme\n"
		importText(t, db, "Account ID,Account Name,Domain\nA9,Acme,acme.com\n", ingest.ImportOptions{Entity: fettle.Companies, Map: map[string]string{"Account ID": "external_id", "Account Name": "name"}})
		v := importText(t, db, text, ingest.ImportOptions{})
		if v.CompaniesCreated != 0 || employers(t, db)["Ann"] != "Acme" {
			t.Errorf("%d companies created; Ann works for %q", v.CompaniesCreated, employers(t, db)["Ann"])
		}
	})
}

// TestUndoPutsTheMarkBack undoes an import that corrected a value of a bad format.
func TestUndoPutsTheMarkBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		importText(t, db, "External ID,Name,Email,Phone\n1,Ann,ann at x,call me\n", ingest.ImportOptions{Source: "crm"})
		marks := records(t, db, fettle.People, 1)[1].InvalidList
		v := importText(t, db, "External ID,Name,Email,Phone\n1,Ann,ann@x.com,+1 415 555 0123\n", ingest.ImportOptions{Source: "crm"})
		if now := records(t, db, fettle.People, 1)[1].InvalidList; marks == "" || now == marks {
			t.Fatalf("marks %q, then %q", marks, now)
		}
		undo(t, db, v.ID)
		if now := records(t, db, fettle.People, 1)[1].InvalidList; now != marks {
			t.Errorf("marks %q, want %q", now, marks)
		}
	})
}
