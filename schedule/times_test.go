package schedule_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fettle"
	"fettle/schedule"
)

func every(t testing.TB, s string) fettle.Interval {
	t.Helper()
	i, err := fettle.ParseInterval(s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// kind is a schedule, and which minutes of a clock are its times.
type kind struct {
	s    fettle.Schedule
	says func(clock time.Time) bool
}

func clockIs(h, m int) func(time.Time) bool {
	return func(c time.Time) bool { return c.Hour() == h && c.Minute() == m }
}

func kinds(t testing.TB) []kind {
	t.Helper()
	mondays := func(c time.Time) bool { return c.Weekday() == time.Monday && clockIs(6, 0)(c) }
	return []kind{
		{fettle.Schedule{Every: every(t, "7d"), At: "06:00"}, mondays},
		{fettle.Schedule{Cron: "0 6 * * 1"}, mondays},
		{fettle.Schedule{Every: every(t, "1d"), At: "02:30"}, clockIs(2, 30)},
		{fettle.Schedule{Cron: "30 2 * * *"}, clockIs(2, 30)},
		{fettle.Schedule{Every: every(t, "1d")}, clockIs(0, 0)},
		{fettle.Schedule{Every: every(t, "6h"), At: "02:15"}, func(c time.Time) bool { return c.Hour()%6 == 2 && c.Minute() == 15 }},
		{fettle.Schedule{Every: every(t, "15m")}, func(c time.Time) bool { return c.Minute()%15 == 0 }},
		{fettle.Schedule{Cron: "* * * * *"}, func(time.Time) bool { return true }},
		{fettle.Schedule{Cron: "5 0 29 2,3 *"}, func(c time.Time) bool {
			return (c.Month() == time.February || c.Month() == time.March) && c.Day() == 29 && clockIs(0, 5)(c)
		}},
	}
}

// walked are the times of schedules between two, found by looking at the clock
// each minute: a time is there when the clock shows it for the first time, or has
// gone past it.
func walked(all []kind, loc *time.Location, from, to time.Time) [][]time.Time {
	clock := func(t time.Time) time.Time {
		_, east := t.In(loc).Zone()
		return t.UTC().Add(time.Duration(east) * time.Second)
	}
	out := make([][]time.Time, len(all))
	due := make([]bool, len(all))
	shown := clock(from.Add(-26 * time.Hour))
	for at := from.Add(-26 * time.Hour); !at.After(to); at = at.Add(time.Minute) {
		clear(due)
		for now := clock(at); shown.Before(now); {
			shown = shown.Add(time.Minute)
			for i, k := range all {
				due[i] = due[i] || k.says(shown)
			}
		}
		for i, is := range due {
			if is && at.After(from) {
				out[i] = append(out[i], at)
			}
		}
	}
	return out
}

// TestTheTimesOfASchedule compares the times with a walk along the clock, over
// 90 days that hold both changes of the clock, in zones where it is set by an
// hour, by half of one, at midnight, and over a whole day.
func TestTheTimesOfASchedule(t *testing.T) {
	t.Parallel()
	all := kinds(t)
	zones := []struct {
		name string
		days []string // what lies in the middle of the 90 days
	}{
		{"Europe/Berlin", []string{"2026-03-29", "2026-10-25"}},
		{"Australia/Sydney", []string{"2026-04-05", "2026-10-04"}},
		{"Australia/Lord_Howe", []string{"2026-04-05", "2026-10-04"}},
		{"America/Sao_Paulo", []string{"2017-10-15", "2018-02-18"}},
		{"Pacific/Apia", []string{"2011-12-30"}},
		{"Asia/Kolkata", []string{"2026-01-01"}},
	}
	for _, z := range zones {
		loc, err := time.LoadLocation(z.name)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range z.days {
			middle, err := time.Parse(time.DateOnly, d)
			if err != nil {
				t.Fatal(err)
			}
			from, to := middle.AddDate(0, 0, -45), middle.AddDate(0, 0, 45)
			walks := walked(all, loc, from, to)
			for i, k := range all {
				k.s.Zone = z.name
				times, err := schedule.Parse(k.s)
				if err != nil {
					t.Fatal(err)
				}
				want, begin, end := walks[i], from, to
				if len(want) > 2000 { // every few minutes: the days around the change
					begin, end = middle.AddDate(0, 0, -2), middle.AddDate(0, 0, 2)
					want = slices.DeleteFunc(want, func(x time.Time) bool { return !x.After(begin) || x.After(end) })
				}
				var got []time.Time
				for at := times.Next(begin); !at.IsZero() && !at.After(end); at = times.Next(at) {
					got = append(got, at)
				}
				if !slices.EqualFunc(got, want, time.Time.Equal) {
					t.Errorf("%s around %s: %d times, want %d; %s", k.s.Text(), d, len(got), len(want), differ(got, want))
				}
			}
		}
	}
}

func differ(got, want []time.Time) string {
	for i := range min(len(got), len(want)) {
		if !got[i].Equal(want[i]) {
			return "first " + got[i].String() + ", want " + want[i].String()
		}
	}
	return "the first are the same"
}

// TestTheNextTimeFromAnywhere asks for the next time from any instant: it is the
// first of the walk that lies after it.
func TestTheNextTimeFromAnywhere(t *testing.T) {
	t.Parallel()
	all := kinds(t)
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom([]string{"Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"}).Draw(t, "zone")
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		k := rapid.SampledFrom(all[:8]).Draw(t, "kind")
		k.s.Zone = zone
		times, err := schedule.Parse(k.s)
		if err != nil {
			t.Fatal(err)
		}
		near := rapid.SampledFrom([]int64{1774746000, 1792890000, 1775314800, 1508036400, 1518919200}).Draw(t, "a change of a clock")
		after := time.Unix(near+rapid.Int64Range(-3*86400, 3*86400).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		want := walked([]kind{k}, loc, after.Truncate(time.Minute).Add(-time.Minute), after.AddDate(0, 0, 8))[0]
		want = slices.DeleteFunc(want, func(x time.Time) bool { return !x.After(after) })
		if got := times.Next(after); len(want) == 0 || !got.Equal(want[0]) {
			t.Fatalf("%s after %s: %s, want %v", k.s.Text(), after, got, want[:min(1, len(want))])
		}
	})
}

// TestWhatTheClockDoesNotShow pins the rule by its examples.
func TestWhatTheClockDoesNotShow(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ zone, at, after, want, then string }{
		{"Europe/Berlin", "02:30", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},       // 02:30 is not there: 03:00
		{"Europe/Berlin", "02:30", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},       // twice: the first
		{"Australia/Sydney", "02:30", "2026-10-03T00:00:00Z", "2026-10-03T16:00:00Z", "2026-10-04T15:30:00Z"},    // not there: 03:00
		{"Australia/Sydney", "02:30", "2026-04-04T00:00:00Z", "2026-04-04T15:30:00Z", "2026-04-05T16:30:00Z"},    // twice
		{"Australia/Lord_Howe", "02:15", "2026-10-03T00:00:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}, // half an hour
		{"America/Sao_Paulo", "00:00", "2017-10-14T12:00:00Z", "2017-10-15T03:00:00Z", "2017-10-16T02:00:00Z"},   // no midnight
		{"Europe/Berlin", "06:00", "2026-03-28T12:00:00Z", "2026-03-29T04:00:00Z", "2026-03-30T04:00:00Z"},       // an hour less between them
	} {
		times, err := schedule.Parse(fettle.Schedule{Every: every(t, "1d"), At: x.at, Zone: x.zone})
		if err != nil {
			t.Fatal(err)
		}
		after, err := time.Parse(time.RFC3339, x.after)
		if err != nil {
			t.Fatal(err)
		}
		got := times.NextN(after, 2)
		if got[0].Format(time.RFC3339) != x.want || got[1].Format(time.RFC3339) != x.then {
			t.Errorf("%s in %s after %s: %v, want %s and %s", x.at, x.zone, x.after, got, x.want, x.then)
		}
	}
}

func TestWholeDaysAreCountedFromADay(t *testing.T) {
	t.Parallel()
	after := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC) // a Sunday
	for _, x := range []struct{ every, from, want, then string }{
		{"7d", "", "2026-11-30", "2026-12-07"}, // Mondays
		{"14d", "2026-12-02", "2026-12-02", "2026-12-16"},
		{"14d", "2026-11-25", "2026-12-09", "2026-12-23"},
		{"3d", "2026-11-29", "2026-12-02", "2026-12-05"},
		{"12h", "2027-01-01", "2027-01-01", "2027-01-01"},
	} {
		times, err := schedule.Parse(fettle.Schedule{Every: every(t, x.every), From: x.from, At: "06:00"})
		if err != nil {
			t.Fatal(err)
		}
		got := times.NextN(after, 2)
		if got[0].Format(time.DateOnly) != x.want || got[1].Format(time.DateOnly) != x.then || got[0].Hour() != 6 {
			t.Errorf("every %s from %q: %v, want %s and %s", x.every, x.from, got, x.want, x.then)
		}
	}
}

func TestWhatIsNoSchedule(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		s   fettle.Schedule
		key string
	}{
		{fettle.Schedule{}, "every"},
		{fettle.Schedule{Every: every(t, "5h")}, "every"},
		{fettle.Schedule{Every: every(t, "36h")}, "every"},
		{fettle.Schedule{Every: every(t, "30s")}, "every"},
		{fettle.Schedule{Every: every(t, "367d")}, "every"},
		{fettle.Schedule{Every: every(t, "7d"), At: "25:00"}, "at"},
		{fettle.Schedule{Every: every(t, "7d"), At: "6:00"}, "at"},
		{fettle.Schedule{Every: every(t, "7d"), At: "noon"}, "at"},
		{fettle.Schedule{Every: every(t, "7d"), From: "30.11.2026"}, "from"},
		{fettle.Schedule{Every: every(t, "7d"), Zone: "Europe/Atlantis"}, "zone"},
		{fettle.Schedule{Every: every(t, "7d"), Zone: "Local"}, "zone"},
		{fettle.Schedule{Every: every(t, "7d"), Zone: "../etc/passwd"}, "zone"},
		{fettle.Schedule{Cron: "0 6 * *"}, "cron"},
		{fettle.Schedule{Cron: "@daily"}, "cron"},
		{fettle.Schedule{Cron: "TZ=UTC 0 6 * * *"}, "cron"},
		{fettle.Schedule{Cron: "61 6 * * *"}, "cron"},
		{fettle.Schedule{Cron: "0 0 31 2 *"}, "cron"},
		{fettle.Schedule{Cron: "0 6 * * 1", Every: every(t, "7d")}, "every"},
		{fettle.Schedule{Cron: "0 6 * * 1", At: "06:00"}, "at"},
	} {
		_, err := schedule.Parse(x.s)
		e := fettle.AsError(err)
		if err == nil || e.Code != fettle.Invalid || e.Hint == "" || e.Details["key"] != "schedule."+x.key {
			t.Errorf("%+v: %v (key %v, hint %q)", x.s, err, e.Details["key"], e.Hint)
		}
	}
}
