package ingest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/source/csv"
	"fettle/store"
	"fettle/store/storetest"
)

func TestGuessedTypes(t *testing.T) {
	for _, c := range []struct {
		heading, values string
		want            fettle.FieldType
	}{
		{"Annual Revenue", "1200000|35,000|12.50", fettle.Number},
		{"Number of Employees", "12|4000", fettle.Number},
		{"Company ID", "12|4000", fettle.Text},
		{"associatedCompanyId", "12|4000", fettle.Text},
		{"Associated Company IDs", "12|4000", fettle.Text},
		{"Account Number", "12|4000", fettle.Text},
		{"Postal Code", "10115|80331", fettle.Text},
		{"Badge", "007|123", fettle.Text},
		{"Card", "4111111111111111", fettle.Text},
		{"Score", "12|n/a|13", fettle.Number},
		{"Score", "12|about 13", fettle.Text},
		{"Opted out", "true|FALSE", fettle.Boolean},
		{"Opted out", "1|0", fettle.Boolean},
		{"Opted out", "1|0|2", fettle.Number},
		{"Won deals", "1|0", fettle.Number},
		{"Create Date", "2024-02-29|2024-03-01", fettle.Date},
		{"Create Date", "02/29/2024|03/01/2024", fettle.Date},
		{"Create Date", "01/02/2024|03/01/2024", fettle.Text}, // two ways
		{"Create Date", "2024-02-29 10:15|2024-03-01 09:00", fettle.Timestamp},
		{"Version", "1.2.3|1.2.4", fettle.Text},
		{"Other mail", "ann@acme.com|bob@acme.com", fettle.Email},
		{"Facebook", "https://fb.com/a|www.fb.com/b", fettle.URL},
		{"Company LinkedIn", "https://www.linkedin.com/company/acme|linkedin.com/company/bolt", fettle.LinkedIn},
		{"Second domain", "acme.com|bolt.io", fettle.Domain},
		{"Attachment", "a.txt|b.doc", fettle.Text},
		{"Fax", "+49 30 1234567|+49 30 7654321", fettle.Phone},
		{"Country/Region", "Germany|France|", fettle.Country},
		{"Team", "Chad|Jordan", fettle.Text},
		{"Notes", "", fettle.Text},
	} {
		if got := newGuess(c.heading, strings.Split(c.values, "|")).kind().Type; got != c.want {
			t.Errorf("%s %q is %s, want %s", c.heading, c.values, got, c.want)
		}
	}
}

// Amounts of one currency, and few values that repeat, are told by every value.
func TestGuessedChoicesAndCurrencies(t *testing.T) {
	for _, c := range []struct {
		heading, values string
		want            kind
	}{
		{"Lifecycle Stage", "Lead|lead|Customer|Lead|Customer|Lead", kind{Type: fettle.Select}},
		{"# Employees", "1-10|11-50|1-10|1-10|11-50|11-50", kind{Type: fettle.Select}},
		{"Lifecycle Stage", "Lead|Customer|Lead|Customer|Lead", kind{Type: fettle.Text}},        // too few rows to see it
		{"Lifecycle Stage", "Lead|Customer|Won|Lead|Customer|Won", kind{Type: fettle.Text}},     // hardly repeats
		{"Record source", "CRM|CRM|CRM|CRM|CRM|CRM|CRM", kind{Type: fettle.Text}},               // nothing to choose from
		{"City", "Berlin|Paris|Berlin|Paris|Berlin|Paris", kind{Type: fettle.Text}},             // written freely
		{"Parent account", "Acme|Bolt|Acme|Bolt|Acme|Bolt", kind{Type: fettle.Text}},            //
		{"Plan code", "A1|B2|A1|B2|A1|B2", kind{Type: fettle.Text}},                             //
		{"Country", "Germany|France|Germany|France|Germany|France", kind{Type: fettle.Country}}, // narrower than a select
		{"Subscribed", "yes|no|yes|no|yes|no", kind{Type: fettle.Boolean}},                      //
		{"Topics", "news;events|events|news; jobs|jobs;news|events|news", kind{Type: fettle.MultiSelect}},
		{"Topics", "news, events|events|news, jobs|jobs,news|events|news", kind{Type: fettle.MultiSelect}},
		{"Region", "Berlin, DE|Munich, DE|Berlin, DE|Munich, DE|Berlin, DE|Munich, DE", kind{Type: fettle.Select}}, // a comma of its own
		{"Company Name for Emails", "Acme|Bolt|Acme|Bolt|Acme|Bolt", kind{Type: fettle.Text}},
		{"Topics", "a;b|c;d|e;f|g;h|i;j|k;l", kind{Type: fettle.Text}},
		{"Deal size", "$1,200|$300.50|$7", kind{fettle.Currency, "USD"}},
		{"Deal size (CAD)", "$1,200|$300.50|$7", kind{fettle.Currency, "CAD"}},
		{"Deal size", "1.200,50 €|300,00 €", kind{fettle.Currency, "EUR"}},
		{"Deal size", "EUR 1200|300 EUR|12", kind{fettle.Currency, "EUR"}},
		{"Deal size", "US$ 5|$7", kind{fettle.Currency, "USD"}},
		{"Deal size", "$5|€7", kind{Type: fettle.Text}}, // of two currencies
		{"Deal size", "$5|about 7", kind{Type: fettle.Text}},
		{"Deal size", "$5|7|8|9", kind{Type: fettle.Text}}, // a single sign
		{"Annual Revenue (USD)", "1200000|35000", kind{fettle.Currency, "USD"}},
		{"Annual Revenue", "1200000|35000", kind{Type: fettle.Number}},
		{"ALL amounts", "12|13", kind{Type: fettle.Number}}, // a word, not Albania's lek
	} {
		if got := newGuess(c.heading, strings.Split(c.values, "|")).kind(); got != c.want {
			t.Errorf("%s %q is %v, want %v", c.heading, c.values, got, c.want)
		}
	}
}

func TestLabelsAndKeysOfNewFields(t *testing.T) {
	for heading, want := range map[string][2]string{
		"hs_lead_status":         {"hs_lead_status", "Hs lead status"},
		"firstConversionDate":    {"firstconversiondate", "First conversion date"},
		"EMAIL_OPT_OUT":          {"email_opt_out", "Email opt out"},
		"Lead Status":            {"lead_status", "Lead Status"},
		"Person - Last activity": {"person_last_activity", "Person - Last activity"},
		"crm_id":                 {"crm_id", "CRM ID"},
		"notes":                  {"notes", "Notes"},
		"ARR":                    {"arr", "ARR"},
		"Größe":                  {"grosse", "Größe"},
		"Должность":              {"column_4", "Должность"},
		"created_at":             {"created_at_value", "Created at"},
		"%":                      {"column_4", "%"},
	} {
		f := newField(nil, nil, fettle.People, heading, 3, kind{})
		if f.Key != want[0] || f.Label != want[1] {
			t.Errorf("%s: %s, %q; want %s, %q", heading, f.Key, f.Label, want[0], want[1])
		}
	}
	made := []fettle.Field{{Key: "notes"}}
	if f := newField(made, nil, fettle.People, "Notes", 0, kind{}); f.Key != "notes_2" || f.Type != fettle.Text {
		t.Errorf("%+v", f)
	}
}

// A value of a row beyond the first ones rules a guessed type out: it would be
// set aside else.
func TestLateValuesAreNotLostToAGuess(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var text strings.Builder
		text.WriteString("email,Score,Seen,Größe,Роль,Team,Deal\n")
		for i := range firstRows + 500 {
			fmt.Fprintf(&text, "p%d@acme.com,%d,2024-01-%02d,%d,CTO,%d. team,$%d\n", i, i, 1+i%28, i, max(2, i-firstRows), i)
		}
		text.WriteString("late@acme.com,about 7,2024-02-29,8,CEO,1. team,€7\n")
		open := func() (*csv.Reader, error) {
			return csv.Open(strings.NewReader(text.String()), int64(text.Len()), "people.csv", csv.Options{})
		}
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		v, err := Import(t.Context(), db, r, ImportOptions{Entity: fettle.People, CreateFields: true, Again: open, Now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)})
		if err != nil || v.SetAside != 0 || v.Created != firstRows+501 || len(v.Unmapped) != 0 {
			t.Fatalf("%+v, %v", v, err)
		}
		want := []fettle.NewField{
			{Column: "Score", Field: "score", Label: "Score", Type: fettle.Text},
			{Column: "Seen", Field: "seen", Label: "Seen", Type: fettle.Date},
			{Column: "Größe", Field: "grosse", Label: "Größe", Type: fettle.Number},
			{Column: "Роль", Field: "column_5", Label: "Роль", Type: fettle.Select},
			{Column: "Team", Field: "team", Label: "Team", Type: fettle.Text},
			{Column: "Deal", Field: "deal", Label: "Deal", Type: fettle.Text},
		}
		if fmt.Sprint(v.NewFields) != fmt.Sprint(want) {
			t.Errorf("%+v", v.NewFields)
		}
	})
}

// What is called a URL is told by what it holds.
func TestColumnsOfLinkedInAddresses(t *testing.T) {
	fields := func(e fettle.Entity) (out []fettle.Field) {
		for _, f := range fettle.DefaultFields() {
			if f.Entity == e {
				out = append(out, f)
			}
		}
		return out
	}
	person, company := "https://www.linkedin.com/in/ann-lee", "https://www.linkedin.com/company/acme"
	for _, c := range []struct {
		entity    fettle.Entity
		columns   []string
		row, want []string
	}{
		{fettle.People, []string{"URL"}, []string{person}, []string{"linkedin_url"}},
		{fettle.People, []string{"companyUrl", "website"}, []string{company, "https://acme.com"}, []string{"", "company_domain"}},
		{fettle.People, []string{"companyUrl"}, []string{"https://www.linkedin.com/sales/company/1234"}, []string{""}},
		{fettle.Companies, []string{"companyUrl"}, []string{company}, []string{"linkedin_url"}},
		{fettle.Companies, []string{"companyUrl", "LinkedIn"}, []string{company, company}, []string{"", "linkedin_url"}},
		{fettle.Companies, []string{"companyUrl"}, []string{"acme.com"}, []string{"domain"}},
		{fettle.People, []string{"Profile Link"}, []string{person}, []string{"linkedin_url"}},
		{fettle.People, []string{"Profile Link"}, []string{"https://www.linkedin.com/sales/lead/ACwAABcDeFgHiJkLmNoPqRsTuVwXyZ012345678,NAME_SEARCH,a1b2"}, []string{"linkedin_url"}},
		{fettle.People, []string{"Profile Link"}, []string{"https://crm.example/p/7"}, []string{""}},
		{fettle.People, []string{"Manager's LinkedIn"}, []string{person}, []string{""}},
	} {
		got := autoMap(c.columns, fields(c.entity), c.columns, [][]string{c.row}, c.entity)
		for i, column := range c.columns {
			if got[column] != c.want[i] {
				t.Errorf("%s %v: %s goes into %q, want %q", c.entity, c.row, column, got[column], c.want[i])
			}
		}
	}
}
