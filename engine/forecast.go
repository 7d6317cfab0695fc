package engine

import (
	"fmt"
	"math"
	"time"

	"fettle"
	"fettle/ledger"
)

// What a forecast goes by.
const (
	paceDays   = 7                // whole UTC days behind today that count
	paceLeast  = 10 * time.Minute // less than this is too little to go by
	paceRecent = 24 * time.Hour   // nothing spent for so long: nothing spends
	paceMost   = 365 * 24 * time.Hour
	bandLeast  = 3    // whole days with spend: with fewer nothing is said of how they differ
	bandErrors = 1.28 // standard errors of the mean: about 8 of 10
)

// spending is what one scope spent lately, beside the limit that it may reach.
type spending struct {
	cap   ledger.Cap
	used  ledger.Balance // in the limit's period
	reset time.Time      // zero: the period does not end by itself
	days  []dayUse       // oldest first, each with spend; today's may be the last

	// off says why nothing spends, "" if something may. waits is what the rows
	// that wait to be bought cost at the most; nil where that is not known.
	off   string
	waits *ledger.Room
	rows  int64 // that wait, in scopes of which it is known; else whether any wait
}

// dayUse is what was used on one UTC day, and since when.
type dayUse struct {
	since   time.Time
	credits fettle.Credits
	records int64
}

// rate is a pace of spending.
type rate struct {
	since   time.Time
	credits float64 // micro-credits a second
	records float64 // a second
}

// forecast says when the limit will be reached at the recent pace: honestly,
// which is often that it cannot be said. It is pure.
func forecast(s spending, now time.Time) fettle.Forecast {
	f := fettle.Forecast{}
	if !s.reset.IsZero() {
		f.ResetsAt = &s.reset
	}
	left := s.cap.Left(s.used)
	if left.Credits == 0 || left.Records == 0 {
		f.Verdict, f.Text = fettle.ForecastReached, "it is reached"
		if f.ResetsAt != nil {
			f.Text += ", and begins anew " + moment(s.reset)
		}
		return f
	}
	if s.off != "" {
		f.Verdict, f.Text = fettle.ForecastIdle, s.off
		return f
	}
	if s.rows > 0 && s.waits != nil && s.waits.Credits <= left.Credits && s.waits.Records <= left.Records {
		f.Verdict = fettle.ForecastEnough
		f.Text = fmt.Sprintf("the %s that wait cost at most %s: they do not reach it", many(s.rows, "row", "rows"), s.waits.Credits.Words())
		return f
	}
	p, verdict, text := s.pace(now)
	if verdict != "" {
		f.Verdict, f.Text = verdict, text
		return f
	}
	perDay := fettle.Credits(p.credits * 86_400)
	records := math.Round(p.records*86_400*100) / 100
	f.Since, f.CreditsPerDay, f.RecordsPerDay = &p.since, &perDay, &records
	s.reach(&f, p, left, now)
	return f
}

// reach says when what is left is used up at a pace.
func (s spending) reach(f *fettle.Forecast, p rate, left ledger.Room, now time.Time) {
	seconds, byCredits := math.Inf(1), false
	if left.Credits != math.MaxInt64 && p.credits > 0 {
		seconds, byCredits = float64(left.Credits)/p.credits, true
	}
	if left.Records != math.MaxInt64 && p.records > 0 {
		if r := float64(left.Records) / p.records; r < seconds {
			seconds, byCredits = r, false
		}
	}
	basis := fmt.Sprintf("at %s a day, the pace since %s", rounded(*f.CreditsPerDay).Words(), moment(p.since))
	if !s.reset.IsZero() && seconds >= s.reset.Sub(now).Seconds() {
		f.Verdict, f.Text = fettle.ForecastResetsFirst, fmt.Sprintf("it begins anew %s, before it is reached %s", moment(s.reset), basis)
		return
	}
	if seconds > paceMost.Seconds() {
		f.Verdict, f.Text = fettle.ForecastFar, "more than a year away "+basis
		return
	}
	at := now.Add(time.Duration(seconds * float64(time.Second))).UTC().Truncate(time.Minute)
	f.Verdict, f.At = fettle.ForecastAt, &at
	f.Text = fmt.Sprintf("reached in about %s (%s) %s", span(at.Sub(now)), moment(at), basis)
	if byCredits { // the band is of credits: where records are used up before, it says nothing of that time
		f.Band = s.band(p, left.Credits, now)
	}
}

// pace is the faster of the average of the last days and, while rows wait, the
// pace of today: an early warning is the smaller mistake. Where neither can be
// told, it gives the verdict and why.
func (s spending) pace(now time.Time) (p rate, verdict, text string) {
	if len(s.days) == 0 {
		return p, fettle.ForecastIdle, fmt.Sprintf("nothing was spent in the last %d days", paceDays)
	}
	last := s.days[len(s.days)-1]
	today := !fettle.PerDay.Start(last.since).Before(fettle.PerDay.Start(now))
	if !today && now.Sub(fettle.PerDay.Next(last.since)) >= paceRecent {
		return p, fettle.ForecastIdle, "nothing was spent since " + last.since.UTC().Format("2 January")
	}
	if len(s.days) == 1 && s.rows == 0 {
		return p, fettle.ForecastTooLittle, "too little to go by: all of it was spent on one day, and nothing waits now"
	}
	p = paceOver(s.days, now)
	if today && s.rows > 0 {
		if t := paceOver(s.days[len(s.days)-1:], now); now.Sub(t.since) >= paceLeast && (t.credits > p.credits || now.Sub(p.since) < paceLeast) {
			p = t
		}
	}
	if now.Sub(p.since) < paceLeast {
		return p, fettle.ForecastTooLittle, fmt.Sprintf("too little to go by: spending began %s ago", span(now.Sub(p.since)))
	}
	if p.credits == 0 && p.records == 0 {
		return p, fettle.ForecastIdle, fmt.Sprintf("nothing was spent in the last %d days", paceDays)
	}
	return p, "", ""
}

func paceOver(days []dayUse, now time.Time) rate {
	p := rate{since: days[0].since}
	seconds := max(1, now.Sub(p.since).Seconds())
	for _, d := range days {
		p.credits += float64(d.credits) / seconds
		p.records += float64(d.records) / seconds
	}
	return p
}

// moment writes a time for a sentence.
func moment(t time.Time) string { return t.UTC().Format("Mon 2 Jan 15:04 UTC") }

// span writes a length of time as people say it.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "a minute"
	case d < 2*time.Hour:
		return many(int64(math.Round(d.Minutes())), "minute", "minutes")
	case d < 48*time.Hour:
		return many(int64(math.Round(d.Hours())), "hour", "hours")
	}
	return many(int64(math.Round(d.Hours()/24)), "day", "days")
}

// rounded drops what nobody reads of a computed amount.
func rounded(c fettle.Credits) fettle.Credits {
	switch {
	case c >= 100*fettle.Credit:
		return c / fettle.Credit * fettle.Credit
	case c >= fettle.Credit:
		return c / (fettle.Credit / 100) * (fettle.Credit / 100)
	}
	return c
}

// many counts things in words.
func many(n int64, one, several string) string {
	return fettle.Count(n, one, several)
}
