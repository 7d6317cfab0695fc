package schedule

import (
	"strings"
	"time"

	"github.com/hashicorp/cronexpr"

	"fettle"
)

// Times are the times of a schedule.
type Times struct {
	loc  *time.Location
	cron *cronexpr.Expression // nil: every
	days int                  // whole days; 0: part of a day
	part time.Duration        // of a day
	at   time.Duration        // since midnight
	from time.Time            // the day that is counted from, on the clock
	none bool                 // no tick before from
}

const (
	day = 24 * time.Hour

	// maxDays bounds whole days.
	maxDays = 366
	// overlap is how many times of a schedule a clock that is set back may show
	// twice: those of each minute of a day.
	overlap = 1500
)

// monday is the day that is counted from where none is said.
var monday = time.Date(1970, time.January, 5, 0, 0, 0, 0, time.UTC)

// Parse reads a schedule. The detail "key" of its errors names what is wrong.
func Parse(s fettle.Schedule) (Times, error) {
	t := Times{loc: time.UTC, from: monday}
	var err error
	if s.Zone != "" {
		if t.loc, err = time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
			return t, wrong("zone", "there is no time zone %q", s.Zone).WithHint("Write the name of a zone, such as Europe/Berlin or America/New_York, or leave it out for UTC.")
		}
	}
	if s.Cron != "" {
		return t, t.readCron(s)
	}
	if err := t.readEvery(s); err != nil {
		return t, err
	}
	if s.At != "" {
		at, err := time.Parse("15:04", s.At)
		if err != nil || len(s.At) != len("15:04") {
			return t, wrong("at", "%q is no time of the day", s.At).WithHint("Write hours and minutes, such as at: \"06:00\".")
		}
		t.at = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
	}
	if s.From != "" {
		if t.from, err = time.Parse(time.DateOnly, s.From); err != nil {
			return t, wrong("from", "%q is no day", s.From).WithHint("Write the first day, such as from: 2026-11-30.")
		}
		t.none = true
	}
	return t, nil
}

func wrong(key, format string, args ...any) *fettle.Error {
	return fettle.Errorf(fettle.Invalid, "schedule."+key+": "+format, args...).With("key", "schedule."+key)
}

func (t *Times) readEvery(s fettle.Schedule) error {
	every := time.Duration(s.Every)
	switch {
	case every == 0:
		return wrong("every", "a schedule says every, or cron").WithHint("Write {every: 7d, at: \"06:00\", zone: Europe/Berlin}, or {cron: \"0 6 * * 1\"}.")
	case every >= day && every%day == 0 && every <= maxDays*day:
		t.days = int(every / day)
	case every >= time.Minute && every < day && every%time.Minute == 0 && day%every == 0:
		t.part = every
	default:
		return wrong("every", "%s does not go into a day, nor is it whole days", s.Every).
			WithHint("Write 1d to %dd, or a part of a day: 12h, 8h, 6h, 4h, 3h, 2h, 1h, 30m, 20m, 15m, 10m, 5m, 1m. For other times write cron.", maxDays)
	}
	return nil
}

func (t *Times) readCron(s fettle.Schedule) (err error) {
	for _, x := range []struct {
		key string
		set bool
	}{{"every", s.Every != 0}, {"at", s.At != ""}, {"from", s.From != ""}} {
		if x.set {
			return wrong(x.key, "cron says when, and %s too", x.key).WithHint("Leave %s out, or cron.", x.key)
		}
	}
	const hint = "Write minute, hour, day, month and weekday, such as cron: \"0 6 * * 1\" for Mondays at 06:00."
	if n := len(strings.Fields(s.Cron)); n != 5 {
		return wrong("cron", "%q has %s, not five", s.Cron, fettle.Count(int64(n), "field", "fields")).WithHint(hint)
	}
	if t.cron, err = cronexpr.Parse(s.Cron); err != nil {
		return wrong("cron", "%q: %s", s.Cron, err).WithHint(hint)
	}
	if t.cron.Next(monday).IsZero() {
		return wrong("cron", "%q never comes", s.Cron).WithHint(hint)
	}
	return nil
}

// Location is the zone by whose clock the times are.
func (t Times) Location() *time.Location { return t.loc }

// Next is the first time after another; the zero time where there is none.
func (t Times) Next(after time.Time) time.Time {
	clock := onClock(after.In(t.loc))
	for range overlap {
		if clock = t.following(clock); clock.IsZero() {
			return time.Time{}
		}
		if at := first(clock, t.loc); at.After(after) {
			return at.UTC()
		}
	}
	return time.Time{}
}

// NextN are the next times after another, up to n.
func (t Times) NextN(after time.Time, n int) []time.Time {
	out := make([]time.Time, 0, n)
	for range n {
		if after = t.Next(after); after.IsZero() {
			break
		}
		out = append(out, after)
	}
	return out
}

// following is the first time of the schedule after another, both as a clock
// shows them that is never set.
func (t Times) following(clock time.Time) time.Time {
	if t.cron != nil {
		return t.cron.Next(clock)
	}
	midnight := clock.Truncate(day)
	if t.none && midnight.Before(t.from) {
		midnight, clock = t.from, t.from.Add(-1)
	}
	if t.days == 0 {
		begin := midnight.Add(t.at % t.part)
		if clock.Before(begin) {
			return begin
		}
		next := begin.Add(clock.Sub(begin).Truncate(t.part) + t.part)
		if tomorrow := midnight.Add(day); !next.Before(tomorrow) {
			return tomorrow.Add(t.at % t.part)
		}
		return next
	}
	since := int(midnight.Sub(t.from) / day)
	rest := (since%t.days + t.days) % t.days
	if rest == 0 {
		if at := midnight.Add(t.at); at.After(clock) {
			return at
		}
	}
	return midnight.Add(time.Duration(t.days-rest)*day + t.at)
}

// onClock is what a clock shows at a time, as if it were UTC.
func onClock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// first is when the clock of a zone first shows a time, or a later one.
func first(clock time.Time, loc *time.Location) time.Time {
	t := time.Date(clock.Year(), clock.Month(), clock.Day(), clock.Hour(), clock.Minute(), 0, 0, loc)
	start, end := t.ZoneBounds()
	switch shown := onClock(t); {
	case shown.After(clock): // the clock was set forward over it
		return start
	case shown.Before(clock):
		return end
	}
	if start.IsZero() {
		return t
	}
	_, now := t.Zone()
	_, before := start.Add(-time.Second).Zone()
	if earlier := t.Add(time.Duration(now-before) * time.Second); earlier.Before(start) {
		return earlier // the clock was set back, and shows it twice
	}
	return t
}
