package ingest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

const roster = `bioguide,Name,Birthday,Twitter,Title
B000944,Ann Lee,1952-11-09,annlee,Senator
C000127,Bob Ray,1958-10-13,bobray,Senator
C000141,Cid Roe,1943-10-05,cidroe,Senator
C000174,Dan Orr,1947-01-23,danorr,Senator
C001070,Eve Poe,1960-04-13,evepoe,Senator
`

const newerRoster = `bioguide,Name,Birthday,Twitter,Title
B000944,Ann Lee,1952-11-09,annlee,Governor
C000127,Bob Ray,1958-10-13,bobray,Senator
C000141,Cid Roe,1943-10-05,cidroe2,Senator
C000174,Dan Orr,1947-01-23,danorr,Senator
F000479,Fay Kim,1969-08-15,faykim,Senator
`

// TestNewerEditionUpdates imports two editions of one list as they are: a column
// of ids tells the rows apart without being said.
func TestNewerEditionUpdates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		v := importText(t, db, roster, ingest.ImportOptions{CreateFields: true})
		wantCounts(t, v, counts{Read: 5, Created: 5})
		if v.Mapping["bioguide"] != "external_id" || v.Unidentified != 0 {
			t.Errorf("mapped %v; %d rows unidentified", v.Mapping, v.Unidentified)
		}
		wantCounts(t, importText(t, db, newerRoster, ingest.ImportOptions{}), counts{Read: 5, Created: 1, Updated: 2, Unchanged: 2})
	})
}

// TestDoubts counts what is imported and is likely not meant.
func TestDoubts(t *testing.T) {
	db := storetest.Open(t)
	nonsense := map[string]string{"Birthday": "email", "Twitter": "linkedin_url", "bioguide": ""}
	for _, dry := range []bool{true, false} {
		v := importText(t, db, roster, ingest.ImportOptions{Map: nonsense, DryRun: dry})
		wantCounts(t, v, counts{Read: 5, Created: 5})
		want := []fettle.InvalidColumn{
			{Column: "Birthday", Field: "email", Type: fettle.Email, Values: 5, Invalid: 5, Example: "1952-11-09"},
			{Column: "Twitter", Field: "linkedin_url", Type: fettle.LinkedIn, Values: 5, Invalid: 5, Example: "annlee"},
		}
		if diff := cmp.Diff(want, v.Invalid); diff != "" {
			t.Errorf("dry %t: %s", dry, diff)
		}
		// What is no address identifies nobody.
		if v.Unidentified != 5 {
			t.Errorf("dry %t: %d rows unidentified, want 5", dry, v.Unidentified)
		}
	}
	v := importText(t, db, team, ingest.ImportOptions{Map: map[string]string{"External ID": ""}, DryRun: true})
	if diff := cmp.Diff([]string{"email"}, v.Keys); diff != "" || v.Unidentified != 1 || len(v.Invalid) != 0 {
		t.Errorf("%d unidentified, invalid %v, keys %s", v.Unidentified, v.Invalid, diff)
	}
}

// TestPhoneCountry refuses what is no country before anything is written. A
// country serves the match by phone; the values stay as they are written.
func TestPhoneCountry(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const text = "Name,Phone\nAnn Lee,202-224-2315\n"
		for _, region := range []string{"XX", "ZZZ", "ZZ", "1"} {
			_, err := tryImport(t, db, text, ingest.ImportOptions{PhoneKey: true, Region: region})
			if fe := fettle.AsError(err); err == nil || fe.Code != fettle.Invalid || fe.Hint == "" {
				t.Errorf("country %s: %v", region, err)
			}
		}
		wantCounts(t, importText(t, db, text, ingest.ImportOptions{PhoneKey: true, Region: "United States"}), counts{Read: 1, Created: 1})
		wantCounts(t, importText(t, db, "Name,Phone\nAnn B. Lee,+1 202 224 2315\n", ingest.ImportOptions{PhoneKey: true}), counts{Read: 1, Updated: 1})
		if v := records(t, db, fettle.People, 1)[1].Value("phone"); v != "+1 202 224 2315" {
			t.Errorf("phone is %v", v)
		}
	})
}
