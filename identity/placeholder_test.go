package identity_test

import (
	"strings"
	"testing"

	"fettle"
	"fettle/identity"
)

func TestStandsForBlank(t *testing.T) {
	for _, tc := range []struct {
		key          string
		t            fettle.FieldType
		blank, value string // between bars
		used         bool
	}{
		{"title", fettle.Text, "N/A|n/a|NULL|#N/A|#REF!|#DIV/0!|#NAAM?|#ЗНАЧ!|#¡DIV/0!|[object Object]|(null)|\\N|k.A.|[not provided]|(No value)|(not set)", "None|-|unknown|No|x|Null Island|NA Sales", false},
		{"title", fettle.Text, "None|-|--|unknown|nan|нет данных|なし", "No|x|No-show|None of these", true},
		{"last_name", fettle.Text, "N/A|#N/A|-", "Null|None|Na|Nil", true},
		{"external_id", fettle.Text, "N/A|-|none|null|nan|0000-00-00", "no|x|none1", false},
		{"email", fettle.Email, "none|-|unknown|n/a|[not provided]|(No value)", "ann@acme.com|nobody", false},
		{"size", fettle.Number, "-|none|?|TBD|N/A", "0|51-200", false},
		{"founded", fettle.Date, "0000-00-00|0000-00-00 00:00:00|-", "0001-01-01", false},
		{"ok", fettle.Boolean, "-|n/a|unknown", "no|No|нет|x?", false},
		{"country", fettle.Country, "n/a|-|unknown", "NA|DE|Narnia", false},
	} {
		f := fettle.Field{Key: tc.key, Type: tc.t}
		for v := range strings.SplitSeq(tc.blank, "|") {
			if !identity.StandsForBlank(f, v, tc.used) {
				t.Errorf("%s %s: %q is a value (used %t)", tc.key, tc.t, v, tc.used)
			}
		}
		for v := range strings.SplitSeq(tc.value, "|") {
			if identity.StandsForBlank(f, v, tc.used) {
				t.Errorf("%s %s: %q stands for a blank (used %t)", tc.key, tc.t, v, tc.used)
			}
		}
	}
}

func TestRoundedID(t *testing.T) {
	for id, want := range map[string]bool{
		"1.23457E+15": true, "1,23457E+15": true, "1.23457e+15": true, "1.2021E17": true, "5E+10": true, "1.23456789012346E+015": true,
		"12E3": false, "1E5": false, "E15": false, "1234567890123456": false, "1.5": false, "A.1E+5": false,
	} {
		if got := identity.RoundedID(id); got != want {
			t.Errorf("RoundedID(%q) = %t", id, got)
		}
	}
}
