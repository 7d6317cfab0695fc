package engine

import (
	"fmt"
	"math"
	"time"

	"fettle"
)

// band is between which paces spending is likely to go on: the average of the last
// days and, while it is faster, that of today, each day as different from the others
// as they were. Nil where too few days were seen. It is pure.
func (s spending) band(p rate, left fettle.Credits, now time.Time) *fettle.Band {
	mean, off, n := s.daily(now)
	if n < bandLeast {
		return nil
	}
	pace := p.credits * 86_400
	low, high := max(0, min(mean-off, pace)), max(mean+off, pace)
	if high-low < high/100 {
		return nil // every day was as the others
	}
	b := &fettle.Band{LowPerDay: fettle.Credits(low), HighPerDay: fettle.Credits(high), Earliest: after(now, left, high)}
	b.Text = fmt.Sprintf("between %s and %s credits a day, as the last %s differed; about 8 of 10 times it stays within", rounded(b.LowPerDay).Text(), rounded(b.HighPerDay).Text(), many(int64(n), "day", "days"))
	if latest := after(now, left, low); latest.Sub(now) <= paceMost {
		b.Latest = &latest
	}
	return b
}

// daily is the mean of what was used a day, in micro-credits, how far the true one
// may be off, and of how many days. Days without use since the first count; today,
// which is not over, and the first day, of which the beginning is missing, do not.
func (s spending) daily(now time.Time) (mean, off float64, n int) {
	if len(s.days) == 0 {
		return 0, 0, 0
	}
	used := map[int64]float64{}
	for _, d := range s.days {
		used[fettle.PerDay.Start(d.since).Unix()] += float64(d.credits)
	}
	today := fettle.PerDay.Start(now)
	var all []float64
	for at := fettle.PerDay.Start(s.days[0].since); at.Before(today); at = fettle.PerDay.Next(at) {
		if at.Before(s.days[0].since) { // it began within the day
			continue
		}
		all = append(all, used[at.Unix()])
		mean += used[at.Unix()]
	}
	if n = len(all); n < 2 {
		return 0, 0, n
	}
	mean /= float64(n)
	for _, x := range all {
		off += (x - mean) * (x - mean)
	}
	return mean, bandErrors * math.Sqrt(off/float64(n-1)/float64(n)), n
}

// after is when credits are used up at a pace a day; far beyond what is looked at
// where there is none.
func after(now time.Time, left fettle.Credits, perDay float64) time.Time {
	days := 2 * paceMost.Hours() / 24
	if perDay > 0 {
		days = min(days, float64(left)/perDay)
	}
	return now.Add(time.Duration(days * 24 * float64(time.Hour))).UTC().Truncate(time.Minute)
}
