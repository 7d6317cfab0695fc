package engine

import (
	"math"
	"testing"
	"time"

	"fettle"
)

// TestOutlook stages pasts of three whole days and more, and compares when the limit
// is said to be reached with when it is: each within 15%.
func TestOutlook(t *testing.T) {
	t.Parallel()
	monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	steady := func(time.Time, int) float64 { return 40 }
	for name, c := range map[string]struct {
		from    time.Time
		days    int
		limit   float64
		refresh time.Duration
		flow    func(at time.Time, i int) float64
	}{
		"steady":                    {from: monday, days: 3, limit: 500, flow: steady},
		"steady, refreshed":         {from: monday, days: 3, limit: 1500, refresh: 7 * 24 * time.Hour, flow: steady},
		"steady, four times a day":  {from: monday, days: 3, limit: 6000, refresh: 6 * time.Hour, flow: steady},
		"steady, each 36 hours":     {from: monday, days: 3, limit: 2500, refresh: 36 * time.Hour, flow: steady},
		"steady, each 10 days":      {from: monday, days: 3, limit: 2500, refresh: 10 * 24 * time.Hour, flow: steady},
		"steady for weeks":          {from: monday, days: 21, limit: 2000, flow: steady},
		"weekdays, a weekend seen":  {from: monday.AddDate(0, 0, 3), days: 3, limit: 1000, flow: func(at time.Time, _ int) float64 { return onWeekdays(at, 40) }},
		"weekdays, asked on Sunday": {from: monday, days: 6, limit: 1000, flow: func(at time.Time, _ int) float64 { return onWeekdays(at, 40) }},
		"growth of 20% a day":       {from: monday, days: 3, limit: 300, flow: func(_ time.Time, i int) float64 { return 10 * math.Pow(1.2, float64(i)) }},
		"growth of 20% a week":      {from: monday, days: 21, limit: 3000, flow: func(at time.Time, i int) float64 { return onWeekdays(at, 40*math.Pow(1.2, float64(i)/7)) }},
		"a backfill of 300, then 10 a day": {from: monday, days: 3, limit: 400, flow: func(_ time.Time, i int) float64 {
			return map[bool]float64{true: 300, false: 10}[i == 0]
		}},
		"one import of ten times the usual": {from: monday, days: 5, limit: 600, flow: func(_ time.Time, i int) float64 {
			return map[bool]float64{true: 400, false: 40}[i == 3]
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := flow{first: c.from, young: true}
			for i := range c.days {
				f.micro = append(f.micro, c.flow(c.from.AddDate(0, 0, i), i)*float64(fettle.Credit))
			}
			now := c.from.AddDate(0, 0, c.days)
			got := outlook(f.look(), 100*float64(fettle.Credit), c.refresh, c.limit*float64(fettle.Credit), now)
			want := reachedBy(c.flow, c.from, c.days, c.refresh, c.limit)
			if got.LimitReachedAt == nil {
				t.Fatalf("not reached: %+v", got)
			}
			if days := got.LimitReachedAt.Sub(now).Hours() / 24; math.Abs(days-want) > 0.15*want {
				t.Errorf("reached in %.1f days, and it is in %.1f: %v", days, want, got.Assumptions)
			}
		})
	}
}

func onWeekdays(at time.Time, n float64) float64 {
	if isWeekend(at) {
		return 0
	}
	return n
}

// reachedBy lives through it, hour by hour: after how many days the limit is reached,
// with a first run of 100.
func reachedBy(flow func(time.Time, int) float64, from time.Time, days int, refresh time.Duration, limit float64) float64 {
	sum, bought := 100.0, []float64{100}
	for hour := 1; ; hour++ {
		i := (hour - 1) / 24
		n := flow(from.AddDate(0, 0, days+i), days+i) / 24
		if step := int(refresh.Hours()); step > 0 && hour >= step {
			n += bought[hour-step]
		}
		bought = append(bought, n)
		if sum+n > limit {
			return (float64(hour-1) + (limit-sum)/n) / 24
		}
		sum += n
	}
}
