package identity_test

import (
	"testing"

	"fettle"
	"fettle/identity"
)

// TestHabitsOfColumns reads values of columns as the columns show that they are
// written; "!" is what is left out.
func TestHabitsOfColumns(t *testing.T) {
	for _, c := range []struct {
		name   string
		typ    fettle.FieldType
		column []string // value, what it is, value, what it is …
	}{
		{"day first", fettle.Date, []string{"31/12/2024", "2024-12-31", "02/01/2024", "2024-01-02"}},
		{"month first", fettle.Date, []string{"12/31/2024", "2024-12-31", "02/01/2024", "2024-02-01"}},
		{"both", fettle.Date, []string{"31/12/2024", "2024-12-31", "12/31/2024", "2024-12-31", "02/01/2024", "!"}},
		{"neither", fettle.Date, []string{"02/01/2024", "!", "03/04/2024", "!"}},
		{"points", fettle.Date, []string{"31.12.2024", "2024-12-31", "02.01.2024", "2024-01-02"}},
		{"points, month first", fettle.Date, []string{"12.31.2024", "2024-12-31", "02.01.2024", "2024-02-01"}},
		{"days of a spreadsheet", fettle.Date, []string{"45657", "2024-12-31", "45293", "2024-01-02", "", "-"}},
		{"days of a spreadsheet among dates", fettle.Date, []string{"45657", "2024-12-31", "45293", "2024-01-02", "13/02/2024", "2024-02-13"}},
		{"numbers that are no days", fettle.Date, []string{"45657", "!", "45293", "!", "12", "!"}},
		{"one number", fettle.Date, []string{"45657", "!", "2024-01-02", "2024-01-02"}},
		{"moments of a spreadsheet", fettle.Timestamp, []string{"45419.5", "2024-05-07T12:00:00Z", "45419.25", "2024-05-07T06:00:00Z"}},
		{"zones", fettle.Timestamp, []string{
			"2024-05-06 10:00 CET", "2024-05-06T09:00:00Z", "2024-05-06 10:00 EST", "2024-05-06T15:00:00Z", "Mon, 06 May 2024 10:00:00 EST", "2024-05-06T15:00:00Z",
			"2024-05-06 10:00 GMT+2", "2024-05-06T08:00:00Z", "2024-05-06 10:00 CST", "!", "Mon May 06 2024 12:00:00 GMT+0200 (Central European Summer Time)", "2024-05-06T10:00:00Z",
			"Mon May  6 10:00:00 UTC 2024", "2024-05-06T10:00:00Z", "May 6, 2024 at 10:00 AM", "2024-05-06T10:00:00Z", "20240506T100000Z", "2024-05-06T10:00:00Z",
			"12/31/2024, 10:30 PM", "2024-12-31T22:30:00Z", "2024-05-06 10:00:00 +0530", "2024-05-06T04:30:00Z",
		}},
		{"decimal comma", fettle.Number, []string{"1.234,56", "1234.56", "1.234", "1234", "0,5", "0.5"}},
		{"decimal point", fettle.Number, []string{"1,234.56", "1234.56", "1,234", "1234", "1.234", "1.234"}},
		{"both marks", fettle.Number, []string{"1,234.56", "1234.56", "1.234,56", "1234.56", "1.234", "!", "1,234", "!"}},
		{"percent", fettle.Number, []string{"12%", "12", "12.5 %", "12.5", "-3%", "-3"}},
		{"percent and plain", fettle.Number, []string{"12%", "!", "0.12", "0.12"}},
		{"below zero in brackets", fettle.Number, []string{"(1,234.50)", "-1234.5", "(5)", "-5"}},
		{"short", fettle.Number, []string{"1.5k", "1500", "2 million", "2000000", "1,5 Mio", "1500000", "€1bn", "1000000000"}},
		{"not certain", fettle.Number, []string{"~500", "!", "500 - 1000", "!", ">500", "!", "11-50", "!", "10001+", "!"}},
		{"thousands of money", fettle.Currency, []string{"1.000 €", "1000", "2,500 €", "2500", "12 €", "12"}},
		{"money with decimals", fettle.Currency, []string{"1.000 €", "1", "2.50 €", "2.5"}},
		{"money with decimal comma", fettle.Currency, []string{"€ 1.234,56", "1234.56", "1.000 €", "1000"}},
		{"ticks", fettle.Boolean, []string{"x", "true", "X", "true", "", "-"}},
		{"ticks of both sorts", fettle.Boolean, []string{"x", "true", "✓", "true"}},
		{"ticks and words", fettle.Boolean, []string{"x", "!", "yes", "true"}},
		{"short words", fettle.Boolean, []string{"J", "true", "N", "false", "ja", "true", "1.0", "true", "0.0", "false", "oui", "true", "non", "false"}},
	} {
		var values []string
		for i := 0; i < len(c.column); i += 2 {
			values = append(values, c.column[i])
		}
		habits := identity.HabitsOf(c.typ, values)
		for i, v := range values {
			value, _, err := identity.CleanAs(c.typ, v, habits)
			got := fettle.FormatValue(value)
			if err != nil {
				got = "!"
			} else if value == nil {
				got = "-"
			}
			if got != c.column[2*i+1] {
				t.Errorf("%s: %q is %s, want %s", c.name, v, got, c.column[2*i+1])
			}
		}
	}
}
