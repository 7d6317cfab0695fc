package ingest_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fettle"
	"fettle/ingest"
	"fettle/store"
	"fettle/store/storetest"
)

// TestOneBadCellLosesNobody imports people with cells that their fields cannot
// hold: the people arrive, the cells are listed and kept.
func TestOneBadCellLosesNobody(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		text := "External ID,Email,Founded,Size\n1,ann@acme.com,2024-02-29,12\n2,bob@acme.com,01/02/2024,51-200\n3,cid@acme.com,0000-00-00,N/A\n"
		opts := ingest.ImportOptions{Map: map[string]string{"Founded": "founded:date", "Size": "size:number"}}
		v := importText(t, db, text, opts)
		wantCounts(t, v, counts{Read: 3, Created: 3})
		for i := range v.Aside {
			v.Aside[i].Reason = ""
		}
		want := []fettle.Aside{{Line: 3, Column: "Founded", Field: "founded", Value: "01/02/2024"}, {Line: 3, Column: "Size", Field: "size", Value: "51-200"}}
		if diff := cmp.Diff(want, v.Aside); diff != "" || v.SetAside != 2 {
			t.Errorf("%d set aside (-want +got)\n%s", v.SetAside, diff)
		}
		blanks := []fettle.Placeholders{
			{Column: "Founded", Field: "founded", Values: 1, Words: []string{"0000-00-00"}}, {Column: "Size", Field: "size", Values: 1, Words: []string{"N/A"}},
		}
		if diff := cmp.Diff(blanks, v.Placeholders); diff != "" {
			t.Error(diff)
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			raw, err := tx.ImportRowsOf(ctx, 2)
			if len(raw) != 1 || raw[0].Raw != `{"Founded":"01/02/2024","Size":"51-200"}` {
				t.Errorf("kept: %+v", raw)
			}
			return err
		})
	})
}

// TestColumnsDecideDates reads 01/02/2024 as the other dates of its column say.
func TestColumnsDecideDates(t *testing.T) {
	db := storetest.Open(t)
	for order, want := range map[string]fettle.Day{"29/02/2024": "2024-02-01", "02/29/2024": "2024-01-02"} {
		v := importText(t, db, "Email,Seen\nx@acme.com,"+order+"\ny@acme.com,01/02/2024\n", ingest.ImportOptions{Map: map[string]string{"Seen": "seen:date"}})
		if v.SetAside != 0 {
			t.Fatalf("%s: %+v", order, v.Aside)
		}
		for _, r := range records(t, db, "people", 1, 2) {
			if r.Value("email") == "y@acme.com" && r.Value("seen") != want {
				t.Errorf("beside %s: %v", order, r.Value("seen"))
			}
		}
	}
}

// TestRoundedIDsAreNoKeys imports ids of which a spreadsheet left the beginning:
// they make two people one.
func TestRoundedIDsAreNoKeys(t *testing.T) {
	db := storetest.Open(t)
	v := importText(t, db, "External ID,Name,Email\n1.23457E+15,Ada,ada@acme.com\n1.23457E+15,Bob,bob@acme.com\n12E3,Cy,cy@acme.com\n", ingest.ImportOptions{})
	wantCounts(t, v, counts{Read: 3, Created: 3})
	if v.SetAside != 2 || v.Aside[0].Line != 2 || v.Aside[0].Field != "external_id" {
		t.Errorf("%+v", v.Aside)
	}
	if id := records(t, db, "people", 3)[3].Value("external_id"); id != "12E3" {
		t.Errorf("an id that only looks so: %v", id)
	}
}

// TestWebsites maps a person's website only where it is their company's, and
// keeps of it the domain.
func TestWebsites(t *testing.T) {
	for _, tc := range []struct{ text, column, field, domain string }{
		{"Email,Personal website\na@acme.com,https://ann.example/blog\n", "Personal website", "", ""},
		{"Email,Company website\na@acme.com,https://www.acme.com/about\n", "Company website", "company_domain", "acme.com"},
		{"Email,Company Name,Website URL\na@acme.com,Acme,http://acme.com/\n", "Website URL", "company_domain", "acme.com"},
		{"Email,Company,URL\na@acme.com,Acme,https://www.linkedin.com/in/ann\n", "URL", "linkedin_url", ""},
	} {
		db := storetest.Open(t)
		v := importText(t, db, tc.text, ingest.ImportOptions{})
		if v.Mapping[tc.column] != tc.field {
			t.Errorf("%s: %s goes to %q", tc.text, tc.column, v.Mapping[tc.column])
		}
		var domain sql.NullString
		if err := db.Writer().QueryRowContext(t.Context(), "SELECT company_domain FROM people").Scan(&domain); err != nil || domain.String != tc.domain {
			t.Errorf("%s: domain %q (%v)", tc.text, domain.String, err)
		}
	}
}

// TestTheCellIsKeptWhereOnlyAPartIsTheValue imports addresses with what people and
// programs write around them.
func TestTheCellIsKeptWhereOnlyAPartIsTheValue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		text := "Email,Phone\nMAILTO:Ann@x.com,'+44 20 7946 0958\n\"\"\"Lee, Bob\"\" <bob@x.com>\",tel:+14155550123\ncid@x.com,\n"
		wantCounts(t, importText(t, db, text, ingest.ImportOptions{}), counts{Read: 3, Created: 3})
		r := records(t, db, fettle.People, 1, 2, 3)
		for id, want := range map[int64][2]any{1: {"Ann@x.com", "+44 20 7946 0958"}, 2: {"bob@x.com", "+14155550123"}, 3: {"cid@x.com", nil}} {
			if got := [2]any{r[id].Value("email"), r[id].Value("phone")}; got != want {
				t.Errorf("record %d: %v, want %v", id, got, want)
			}
		}
		update(t, db, func(ctx context.Context, tx *store.Tx) error {
			raw, err := tx.ImportRowsOf(ctx, 2)
			if len(raw) != 1 || raw[0].Raw != `{"Email":"\"Lee, Bob\" \u003cbob@x.com\u003e","Phone":"tel:+14155550123"}` {
				t.Errorf("kept: %+v", raw)
			}
			return err
		})
		wantCounts(t, importText(t, db, text, ingest.ImportOptions{}), counts{Read: 3, Unchanged: 3})
		wantCounts(t, importText(t, db, "Email,Phone\nann@x.com,\nbob@x.com,\n", ingest.ImportOptions{Policy: fettle.FillBlanks}), counts{Read: 2, Unchanged: 2})
	})
}
