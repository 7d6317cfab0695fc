package identity

import (
	"testing"

	"fettle"
)

// What a column shows decides how its lists and amounts are read.
func TestHabitsOfListsAndAmounts(t *testing.T) {
	for _, c := range []struct {
		t      fettle.FieldType
		values []string
		cell   string
		want   any
	}{
		{fettle.MultiSelect, []string{"news, jobs", "news"}, "jobs, events", "jobs;events"},
		{fettle.MultiSelect, []string{"news, jobs", "events"}, "jobs, events", "jobs, events"}, // nothing stands alone
		{fettle.MultiSelect, []string{"news; jobs", "a, b", "a"}, "jobs, events", "jobs, events"},
		{fettle.Currency, []string{"1.200 €", "3,50 €"}, "1.200 €", 1200.0},
		{fettle.Currency, []string{"1.200 €", "3.50 €"}, "1.200 €", 1.2},
		{fettle.Number, []string{"€ 1.200", "3,50"}, "1.200", 1200.0},
	} {
		if got, _, err := CleanAs(c.t, c.cell, HabitsOf(c.t, c.values)); err != nil || got != c.want {
			t.Errorf("%s %q among %q: %v, %v; want %v", c.t, c.cell, c.values, got, err, c.want)
		}
	}
}
