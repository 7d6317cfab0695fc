package engine

import (
	"time"

	"fettle"
	"fettle/schedule"
)

// month is the mean length of one.
const month = 3044 * 24 * time.Hour / 100

// rebought is how long after a purchase a value is bought again, on average: where
// what is due leaves at ticks, at the first tick at which it is all but due. 0 where
// it is not.
func rebought(d fettle.Definition, now time.Time) time.Duration {
	period := time.Duration(d.Refresh)
	between := betweenTicks(d, now)
	if period <= 0 || between <= 0 {
		return period
	}
	due := period - d.Lead(d.Refresh)
	ticks := max(1, int64((due+between-1)/between))
	return time.Duration(ticks * int64(between))
}

// betweenTicks is the mean time between two ticks of a schedule over the next year; 0
// where there is none, or no second tick.
func betweenTicks(d fettle.Definition, now time.Time) time.Duration {
	if d.Schedule == nil {
		return 0
	}
	times, err := schedule.Parse(*d.Schedule)
	if err != nil {
		return 0
	}
	const most = 400 // ticks; of more often the first are like the others
	first := times.Next(now)
	last, n := first, 0
	for end := now.AddDate(1, 0, 0); n < most; n++ {
		next := times.Next(last)
		if next.IsZero() || next.After(end) && n > 0 {
			break
		}
		last = next
	}
	if n == 0 {
		return 0
	}
	return (last.Sub(first) / time.Duration(n)).Round(time.Minute)
}

// mostAMonth is what a limit of each run lets the ticks of a month spend, at a price
// of a row; false where there is no such limit or no schedule.
func mostAMonth(d fettle.Definition, perRow fettle.Credits, now time.Time) (most float64, bounded bool) {
	l, between := d.Limit, betweenTicks(d, now)
	if l == nil || l.None || l.Per != fettle.PerRun || between == 0 {
		return 0, false
	}
	if l.Credits != nil {
		most, bounded = float64(*l.Credits), true
	}
	if l.Records != nil {
		if c := float64(*l.Records) * float64(perRow); !bounded || c < most {
			most, bounded = c, true
		}
	}
	return most * float64(month) / float64(between), bounded
}
