package engine

import (
	"testing"
	"time"

	"fettle"
)

// TestWhatAMonthCanCost: what is bought again leaves at the ticks of a schedule, and
// no tick spends more than the limit of a run.
func TestWhatAMonthCanCost(t *testing.T) {
	const day = 24 * time.Hour
	days := func(n int) fettle.Interval { return fettle.Interval(time.Duration(n) * day) }
	each := func(n int) *fettle.Schedule { return &fettle.Schedule{Every: days(n), At: "06:00"} }
	monthly := &fettle.Schedule{Cron: "0 6 1 * *", Zone: "Europe/Berlin"}
	perRun := func(n int64) *fettle.Limit {
		c := fettle.Credits(n) * fettle.Credit
		return &fettle.Limit{Credits: &c, Per: fettle.PerRun}
	}
	records := int64(30)
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		d        fettle.Definition
		rebought float64 // days
		most     int64   // credits a month, of rows of 2 credits; 0: no bound
	}{
		"no refresh":                   {fettle.Definition{Schedule: each(7)}, 0, 0},
		"no schedule":                  {fettle.Definition{Refresh: days(30), Limit: perRun(10)}, 30, 0},
		"on the fifth Monday":          {fettle.Definition{Refresh: days(30), Schedule: each(7)}, 35, 0},
		"all but due at each tick":     {fettle.Definition{Refresh: days(7), Schedule: each(7)}, 7, 0},
		"each day, at each third tick": {fettle.Definition{Refresh: days(1), Schedule: each(3), Limit: perRun(10)}, 3, 101},
		"once a month":                 {fettle.Definition{Refresh: days(7), Schedule: monthly, Limit: perRun(100)}, 30.42, 100},
		"records":                      {fettle.Definition{Schedule: monthly, Limit: &fettle.Limit{Records: &records, Per: fettle.PerRun}}, 0, 60},
		"another limit":                {fettle.Definition{Schedule: monthly, Limit: &fettle.Limit{Credits: perRun(1).Credits, Per: fettle.PerDay}}, 0, 0},
	}
	for name, c := range cases {
		if got := rebought(c.d, now).Hours() / 24; got < c.rebought-0.1 || got > c.rebought+0.1 {
			t.Errorf("%s: bought again after %.2f days, want %.2f", name, got, c.rebought)
		}
		most, bounded := mostAMonth(c.d, 2*fettle.Credit, now)
		if got := most / float64(fettle.Credit); bounded != (c.most > 0) || got < float64(c.most)-1 || got > float64(c.most)+1 {
			t.Errorf("%s: at most %.1f credits a month (bounded: %t), want %d", name, got, bounded, c.most)
		}
	}
}
