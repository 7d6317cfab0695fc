package engine

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/store"
)

// What an outlook goes by.
const (
	outlookDays    = 28   // of history
	outlookRecords = 2000 // that are replayed for it
	outlookAhead   = 365  // days
	fewDays        = 3    // whole days: with less it is said that there is too little to go by
	oneOff         = 5    // times the usual day: an import that is taken to come once
	backfill       = 3    // times the usual day: the first day of a history that began with a list
)

// flow is what came in on whole UTC days, oldest first.
type flow struct {
	first time.Time // the beginning of the first day
	micro []float64 // for what entered and changed
	young bool      // the history begins with the first day
}

// ahead is what a flow is expected to come to.
type ahead struct {
	week, weekend float64 // micro-credits on such a day
	growth        float64 // a day; 1: none
	from          time.Time
	said          []string
}

// look reads a flow: what came once is left out, weekends are told from other days
// where both were seen, and steady growth goes on. It is pure.
func (f flow) look() ahead {
	a := ahead{growth: 1}
	type dayOf struct {
		at    time.Time
		micro float64
	}
	var days []dayOf
	for i, m := range f.micro {
		days = append(days, dayOf{f.first.AddDate(0, 0, i), m})
	}
	usual := middle(f.micro)
	if f.young && len(days) > 1 && usual > 0 && days[0].micro > backfill*middle(f.micro[1:]) {
		a.said = append(a.said, "The first day of the history is left out: it brought "+spentText(days[0].micro)+", and is taken to be a first list.")
		days = days[1:]
	}
	kept := days[:0:0]
	for _, d := range days {
		if usual > 0 && d.micro > oneOff*usual && len(days) >= fewDays {
			a.said = append(a.said, d.at.Format("2 January")+" is left out: it brought "+spentText(d.micro)+", and is taken to come once.")
			continue
		}
		kept = append(kept, d)
	}
	var week, weekend []float64
	for _, d := range kept {
		if isWeekend(d.at) {
			weekend = append(weekend, d.micro)
		} else {
			week = append(week, d.micro)
		}
	}
	switch {
	case len(week) == 0:
		a.week, a.weekend = mean(weekend), mean(weekend)
	case len(weekend) == 0:
		a.week, a.weekend = mean(week), mean(week)
		a.said = append(a.said, "No weekend was seen yet: weekends are taken to be as the other days.")
	default:
		a.week, a.weekend = mean(week), mean(weekend)
	}
	if g, last := growth(week); g > 1 {
		a.growth, a.week = g, last
		if len(weekend) > 0 {
			a.weekend *= last / mean(week)
		} else {
			a.weekend = last
		}
		a.said = append(a.said, fmt.Sprintf("It grows by %.0f%% a day, and is taken to go on so.", 100*(g-1)))
	}
	a.from = f.first.AddDate(0, 0, len(f.micro)-1)
	return a
}

// growth finds steady growth a day, and what the last day comes to by it: every
// day, or week, is larger than the one before by about the same. 1 for none.
func growth(days []float64) (a, last float64) {
	if n := len(days); n >= 10 { // two working weeks
		before, now := mean(days[n-10:n-5]), mean(days[n-5:])
		if before > 0 && now/before > 1.08 {
			g := math.Pow(now/before, 1.0/7)
			return g, now * g * g * g // the middle of the week lies three days back
		}
		return 1, 0
	}
	if len(days) < fewDays {
		return 1, 0
	}
	low, high := math.Inf(1), 0.0
	for i := 1; i < len(days); i++ {
		if days[i-1] <= 0 {
			return 1, 0
		}
		r := days[i] / days[i-1]
		low, high = min(low, r), max(high, r)
	}
	if low < 1.1 || high/low > 1.25 {
		return 1, 0
	}
	g := math.Pow(days[len(days)-1]/days[0], 1/float64(len(days)-1))
	return g, days[len(days)-1]
}

// on is what the flow comes to on a day.
func (a ahead) on(day time.Time) float64 {
	each := a.week
	if isWeekend(day) {
		each = a.weekend
	}
	return each * math.Pow(a.growth, math.Min(day.Sub(a.from).Hours()/24, growsFor))
}

// growsFor is for how many days growth is taken to go on: nothing grows for ever.
const growsFor = 30

// outlook goes ahead day by day from now on: the first run now, the flow, and what
// was bought a refresh ago. left is what the limit leaves, below 0 for no limit
// that lasts.
func outlook(a ahead, first float64, refresh time.Duration, left float64, now time.Time) fettle.Outlook {
	out := fettle.Outlook{FirstRunCredits: judge.About(first), Assumptions: a.said}
	came := make([]float64, outlookAhead+1)
	later, firstLater := again(refresh)
	sum, flowed, due := first, 0.0, 0.0
	day := fettle.PerDay.Start(now)
	reach := func(before, micro float64, at time.Time) {
		if left >= 0 && out.LimitReachedAt == nil && before+micro > left && micro > 0 {
			when := at.Add(time.Duration((left - before) / micro * float64(24*time.Hour))).UTC().Truncate(time.Minute)
			out.LimitReachedAt = &when
		}
	}
	if left >= 0 && first > left {
		at := now.UTC().Truncate(time.Minute)
		out.LimitReachedAt = &at
	}
	for i := 1; i <= outlookAhead; i++ {
		came[i] = a.on(day.AddDate(0, 0, i-1))
		today := first * firstLater[i]
		for j := 1; j <= i; j++ {
			today += came[j] * later[i-j]
		}
		reach(sum, came[i]+today, now.AddDate(0, 0, i-1))
		sum += came[i] + today
		if part := min(1, max(0, month.Hours()/24-float64(i-1))); part > 0 {
			flowed, due = flowed+part*came[i], due+part*today
		}
	}
	out.PerDayCredits = judge.About(flowed / (month.Hours() / 24))
	out.RefreshCredits, out.PerMonthCredits = judge.About(due), judge.About(flowed+due)
	return out
}

// again says how often what was bought on a day is bought again so many days later,
// on the same day too: it was bought all day long. What was bought at the beginning
// of the first day, the first run, is bought again at one moment of a day.
func again(refresh time.Duration) (later, first []float64) {
	later, first = make([]float64, outlookAhead+2), make([]float64, outlookAhead+2)
	if refresh <= 0 {
		return later, first
	}
	every := refresh.Hours() / 24
	for k := 1; float64(k)*every <= outlookAhead; k++ {
		days := float64(k) * every
		whole, part := math.Modf(days)
		later[int(whole)] += 1 - part
		later[int(whole)+1] += part
		first[int(math.Ceil(days))]++
	}
	return later, first
}

// outlook replays the last days for an estimate. It gives nil where there is no
// past yet, or the definition cannot be replayed: the estimate says why.
func (e *Engine) outlook(ctx context.Context, tx *store.Tx, cur store.Enrichment, t *tally) (*fettle.Outlook, error) {
	now := t.now.UTC()
	to := fettle.PerDay.Start(now)
	from := to.AddDate(0, 0, -outlookDays)
	bt, err := e.replay(ctx, tx, cur, replayed{from: from, to: to, most: outlookRecords})
	if err != nil {
		if code := fettle.CodeOf(err); code == fettle.Refused || code == fettle.Invalid || code == fettle.NotFound {
			return nil, nil //nolint:nilnil // no outlook
		}
		return nil, err
	}
	f := flow{first: fettle.PerDay.Start(bt.From)}
	f.young = bt.HistorySince.After(from)
	for _, d := range bt.ByDay {
		if d.Day >= fettle.DayOf(to) {
			break
		}
		micro := float64(d.Credits)
		if n := d.Entered + d.Changed + d.Refreshed; n > 0 {
			micro *= float64(d.Entered+d.Changed) / float64(n)
		}
		f.micro = append(f.micro, micro)
	}
	left := -1.0
	if l := cur.Definition.Limit; l != nil && l.Credits != nil && l.Per == fettle.Lifetime && t.est.LimitLeftCredits != nil {
		left = float64(*t.est.LimitLeftCredits)
	}
	refresh := time.Duration(0)
	a := f.look()
	if cur.Definition.Follow {
		refresh = t.p.PaidEvery(rebought(cur.Definition, now))
	} else {
		a = ahead{growth: 1, said: []string{"It does not follow: only the first run is bought."}}
	}
	out := outlook(a, t.expect, refresh, left, now)
	if most, bounded := mostAMonth(cur.Definition, t.rowPrice(), now); bounded && float64(out.PerMonthCredits) > most {
		out.PerMonthCredits = judge.About(most)
		out.Assumptions = append(out.Assumptions, "More would be due: the limit of a run lets no more be spent at the ticks of a month.")
	}
	out.HistoryDays = len(f.micro)
	out.Assumptions = append([]string{
		fmt.Sprintf("The first run as estimated, then what entered and changed on the last %s, at today's prices.", many(int64(len(f.micro)), "whole day", "whole days")),
	}, out.Assumptions...)
	if len(f.micro) < fewDays {
		out.Assumptions = append(out.Assumptions, "That is too little to go by: look again after three whole days of history.")
	}
	return &out, nil
}

func isWeekend(t time.Time) bool { return t.Weekday() == time.Saturday || t.Weekday() == time.Sunday }

func mean(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	sum := 0.0
	for _, x := range list {
		sum += x
	}
	return sum / float64(len(list))
}

// middle is the median of those that are not 0.
func middle(list []float64) float64 {
	some := slices.DeleteFunc(slices.Clone(list), func(x float64) bool { return x == 0 })
	if len(some) == 0 {
		return 0
	}
	slices.Sort(some)
	return some[len(some)/2]
}

func spentText(micro float64) string { return rounded(judge.About(micro)).Words() }
