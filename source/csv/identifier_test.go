package csv_test

import (
	"testing"

	"fettle/source/csv"
)

func TestGuessID(t *testing.T) {
	roster := [][]string{
		{"B000944", "Sherrod Brown", "1952-11-09", "Q381880", "202-224-2315", "OH"},
		{"C000127", "Maria Cantwell", "1958-10-13", "Q22250", "202-224-3441", "WA"},
		{"C000141", "Ben Cardin", "1943-10-05", "Q723295", "202-224-4524", "MD"},
		{"C000174", "Tom Carper", "1947-01-23", "Q457432", "202-224-2441", "DE"},
		{"C001070", "Bob Casey", "1960-04-13", "Q887841", "202-224-6324", "PA"},
	}
	columns := []string{"bioguide", "name", "birthday", "wikidata", "phone", "state"}
	for _, tc := range []struct {
		what    string
		columns []string
		rows    [][]string
		taken   string
		want    string
	}{
		{"codes, the first of them", columns, roster, "", "bioguide"},
		{"not what has a field", columns, roster, "bioguide", "wikidata"},
		{"too few rows for codes", columns, roster[:3], "", ""},
		{"a name before codes", []string{"bioguide", "name", "birthday", "wikidataId", "phone", "state"}, roster, "", "wikidataId"},
		{"a value twice", columns[:1], append(roster[:4:4], roster[0]), "", ""},
		{"numbers that are called a key", []string{"Key", "amount"}, [][]string{{"1", "12"}, {"2", "13"}}, "", "Key"},
		{"numbers that are not", []string{"amount"}, [][]string{{"1"}, {"2"}, {"3"}, {"4"}, {"5"}}, "", ""},
		{"another's id", []string{"Company ID", "owner_id"}, [][]string{{"1", "12"}, {"2", "13"}}, "", ""},
		{"handles", []string{"twitter"}, [][]string{{"ann1"}, {"bob_ray"}, {"cid22x"}, {"d4n"}, {"eve"}}, "", ""},
		{"blanks", []string{"id"}, [][]string{{"1"}, {""}}, "", ""},
		{"no rows", []string{"id"}, nil, "", ""},
	} {
		got := csv.GuessID(tc.columns, tc.rows, func(c string) bool { return c != tc.taken })
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.what, got, tc.want)
		}
	}
}
