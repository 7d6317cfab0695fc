package engine

import (
	"strings"
	"testing"
	"time"

	"fettle"
	"fettle/ledger"
	"fettle/store"
)

func TestForecast(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	day := func(back int, credits int64) dayUse {
		since := fettle.PerDay.Start(now).AddDate(0, 0, -back)
		return dayUse{since: since, credits: fettle.Credits(credits) * fettle.Credit, records: credits}
	}
	spent := func(n int64) ledger.Balance {
		return ledger.Balance{Settled: fettle.Credits(n) * fettle.Credit, SettledRecords: n}
	}
	limit := func(n int64) ledger.Cap {
		c := fettle.Credits(n) * fettle.Credit
		return ledger.Cap{Credits: &c}
	}
	records := int64(130)
	for name, c := range map[string]struct {
		s       spending
		verdict string
		text    string
		at      time.Time
	}{
		"nothing left":                  {spending{cap: limit(10), used: spent(10)}, fettle.ForecastReached, "it is reached", time.Time{}},
		"lowered below what is used":    {spending{cap: limit(10), used: spent(11)}, fettle.ForecastReached, "it is reached", time.Time{}},
		"paused":                        {spending{cap: limit(10), off: "nothing is spent: it is paused", days: []dayUse{day(0, 5)}}, fettle.ForecastIdle, "it is paused", time.Time{}},
		"nothing spent":                 {spending{cap: limit(10)}, fettle.ForecastIdle, "nothing was spent in the last 7 days", time.Time{}},
		"spent long ago":                {spending{cap: limit(100), used: spent(10), days: []dayUse{day(5, 5), day(4, 5)}}, fettle.ForecastIdle, "nothing was spent since 6 March", time.Time{}},
		"one day, nothing waits":        {spending{cap: limit(100), used: spent(10), days: []dayUse{day(0, 10)}}, fettle.ForecastTooLittle, "all of it was spent on one day", time.Time{}},
		"begun just now":                {spending{cap: limit(1000), used: spent(10), rows: 9, days: []dayUse{{since: now.Add(-3 * time.Minute), credits: 10 * fettle.Credit}}}, fettle.ForecastTooLittle, "spending began 3 minutes ago", time.Time{}},
		"what waits fits":               {spending{cap: limit(100), used: spent(10), rows: 9, waits: &ledger.Room{Credits: 9 * fettle.Credit, Records: 9}, days: []dayUse{day(0, 10)}}, fettle.ForecastEnough, "the 9 rows that wait cost at most 9 credits", time.Time{}},
		"the pace of some days":         {spending{cap: limit(130), used: spent(60), days: []dayUse{day(2, 20), day(1, 20), day(0, 20)}}, fettle.ForecastAt, "reached in about 3 days", now.Add(70 * 60 * time.Hour / 60)},
		"the pace of today is faster":   {spending{cap: limit(108), used: spent(84), rows: 500, days: []dayUse{day(6, 12), day(0, 72)}}, fettle.ForecastAt, "reached in about 4 hours", now.Add(4 * time.Hour)},
		"records are used up before":    {spending{cap: ledger.Cap{Credits: limit(9999).Credits, Records: &records}, used: spent(60), days: []dayUse{day(2, 20), day(1, 20), day(0, 20)}}, fettle.ForecastAt, "reached in about 3 days", now.Add(70 * time.Hour)},
		"the period ends before":        {spending{cap: limit(130), used: spent(60), reset: now.AddDate(0, 0, 1), days: []dayUse{day(2, 20), day(1, 20), day(0, 20)}}, fettle.ForecastResetsFirst, "begins anew Wed 11 Mar 12:00 UTC, before it is reached", time.Time{}},
		"the period ends after":         {spending{cap: limit(130), used: spent(60), reset: now.AddDate(0, 0, 20), days: []dayUse{day(2, 20), day(1, 20), day(0, 20)}}, fettle.ForecastAt, "reached in about", now.Add(70 * time.Hour)},
		"further away than anyone asks": {spending{cap: limit(999_999), used: spent(60), days: []dayUse{day(2, 20), day(1, 20), day(0, 20)}}, fettle.ForecastFar, "more than a year away", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := forecast(c.s, now)
			if f.Verdict != c.verdict || !strings.Contains(f.Text, c.text) {
				t.Errorf("%s: %s", f.Verdict, f.Text)
			}
			if (f.At != nil) != (c.verdict == fettle.ForecastAt) {
				t.Errorf("the time is %v", f.At)
			}
			if f.At != nil && !c.at.IsZero() && f.At.Sub(c.at).Abs() > 2*time.Minute {
				t.Errorf("reached at %s, want %s", f.At, c.at)
			}
		})
	}
}

// TestForecastBand holds that the time that is told lies within the band, that the
// band is wider the more the days differ, and that too few days give none.
func TestForecastBand(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	limit, used := 400*fettle.Credit, ledger.Balance{Settled: 100 * fettle.Credit}
	of := func(credits ...int64) fettle.Forecast {
		s := spending{cap: ledger.Cap{Credits: &limit}, used: used}
		for i, c := range credits {
			if c > 0 {
				s.days = append(s.days, dayUse{since: fettle.PerDay.Start(now).AddDate(0, 0, i-len(credits)), credits: fettle.Credits(c) * fettle.Credit})
			}
		}
		return forecast(s, now)
	}
	few, same, near, wide, gaps := of(20, 30), of(20, 20, 20, 20), of(20, 22, 18, 20), of(5, 35, 10, 30), of(60, 0, 0, 0, 0, 20)
	if few.Verdict != fettle.ForecastAt || few.Band != nil {
		t.Errorf("two days have the band %+v", few.Band)
	}
	for name, f := range map[string]fettle.Forecast{"same": same, "near": near, "wide": wide, "gaps": gaps} {
		if f.At == nil || f.Band == nil {
			t.Fatalf("%s: no band: %+v", name, f)
		}
		b := f.Band
		if b.Earliest.After(*f.At) || b.Latest != nil && b.Latest.Before(*f.At) || b.LowPerDay > *f.CreditsPerDay || b.HighPerDay < *f.CreditsPerDay || b.Earliest.Before(now) {
			t.Errorf("%s: %+v does not hold %s at %s a day", name, b, f.At, f.CreditsPerDay)
		}
	}
	if n, w := near.Band.HighPerDay-near.Band.LowPerDay, wide.Band.HighPerDay-wide.Band.LowPerDay; n >= w {
		t.Errorf("days that differ by little have a band of %s, by much %s", n, w)
	}
	records := int64(130)
	byRecords := spending{cap: ledger.Cap{Credits: &limit, Records: &records}, used: used}
	for i, c := range []fettle.Credits{5, 35, 10, 30} {
		byRecords.days = append(byRecords.days, dayUse{since: fettle.PerDay.Start(now).AddDate(0, 0, i-4), credits: c * fettle.Credit, records: 40})
	}
	byRecords.used.SettledRecords = 100
	if f := forecast(byRecords, now); f.At == nil || f.At.Sub(now) > 24*time.Hour || f.Band != nil {
		t.Errorf("30 records are left: %+v, with the band %+v", f, f.Band)
	}
	if gaps.Band.Latest != nil {
		t.Errorf("with days of nothing it is reached by %s at the latest", gaps.Band.Latest)
	}
}

func TestExplainSpend(t *testing.T) {
	t.Parallel()
	to := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	from := to.AddDate(0, 0, -7)
	v := fettle.WhyView{From: from, To: to, BeforeFrom: from.AddDate(0, 0, -7)}
	c := fettle.Credit
	explainSpend(&v, []store.SpendPart{
		{EnrichmentID: 1, Enrichment: "emails", Version: 1, Cause: fettle.CauseStart, Provider: "one", Kind: "settle", Now: 0, Before: 100 * c, CallsBefore: 100},
		{EnrichmentID: 1, Enrichment: "emails", Version: 2, Cause: fettle.CauseEntered, Provider: "one", Kind: "settle", Now: 600 * c, Calls: 300},
		{EnrichmentID: 1, Enrichment: "emails", Version: 2, Cause: fettle.CauseRetry, Provider: "one", Kind: "resolve", Now: 3 * c, Calls: 2, Overrun: c},
		{EnrichmentID: 2, Enrichment: "titles", Version: 1, Cause: fettle.CauseInputChanged, Provider: "two", Model: "m", Kind: "settle", Now: 50 * c, Before: 60 * c, Calls: 50, CallsBefore: 60},
		{EnrichmentID: 9, Version: 1, Cause: fettle.CauseStart, Provider: "one", Kind: "settle", Now: c, Calls: 1},
	}, whyNames{map[string]string{"emails": "Work emails"}, map[string]string{"one": "The first"}})
	if v.SettledCredits != 654*c || v.BeforeCredits != 160*c || v.ChangeCredits != 494*c || v.Calls != 353 || v.BeforeCalls != 160 {
		t.Fatalf("%+v", v)
	}
	if want := "654 credits spent in these 7 days, 494 more than in the 7 days before (160): 4.1 times as much."; v.Summary != want {
		t.Error(v.Summary)
	}
	want := []string{
		"Work emails: 600 credits went to new members of its audience (300 charges); nothing before.",
		"Version 2 of Work emails, which is new, spent 603 credits in 302 charges.",
		"Work emails spent 603 credits in 302 charges, 92% of all; 100 before.",
		"The first billed 604 credits in 303 charges; 100 before.",
		"A charge of The first for Work emails was 2 credits on average, 1 before: that alone makes it 300 more.",
		"3 credits, because someone counted charges as spent that may have been billed; nothing before.",
		"Billed above the highest price that the provider had stated: 1 credit.",
		"titles spent 50 credits in 50 charges, 7% of all; 60 before.",
		"Work emails: 0 credits went to the records that were there when it was started or resumed (0 charges); 100 before.",
	}
	said := map[string]fettle.SpendDriver{}
	for i, d := range v.Drivers {
		said[d.Text] = d
		if i > 0 && d.ChangeCredits > v.Drivers[i-1].ChangeCredits {
			t.Errorf("%q comes after what added less", d.Text)
		}
	}
	for _, text := range want {
		if _, ok := said[text]; !ok {
			t.Errorf("does not say: %s", text)
		}
	}
	if t.Failed() {
		for _, d := range v.Drivers {
			t.Log(d.ChangeCredits, d.Text)
		}
	}
	if j := said[want[0]].Journal; j.Enrichment != "emails" || j.Cause != fettle.CauseEntered || !j.From.Equal(from) || !j.To.Equal(to) {
		t.Errorf("the sentence links to %+v", j)
	}
}

func TestExplainNothing(t *testing.T) {
	t.Parallel()
	to := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	v := fettle.WhyView{From: to.AddDate(0, 0, -1), To: to}
	explainSpend(&v, nil, whyNames{})
	if v.Summary != "Nothing was spent in these 24 hours, nor in the 24 hours before." || v.Drivers == nil || len(v.Drivers) != 0 {
		t.Errorf("%q %v", v.Summary, v.Drivers)
	}
}

func TestSpendNamesASignalAsPeopleDo(t *testing.T) {
	t.Parallel()
	x := &tracing{ruleNames: map[int64]string{1: "job-change"}, ruleLabels: map[string]string{"job-change": "Job change"}}
	for kind, want := range map[string]string{
		"signal": "for signals of Job change, told by crm.",
		"poll":   "for checks that the signal Job change asks for.",
	} {
		var s fettle.SpendThing
		if err := x.name(t.Context(), thing{kind: kind, name: "job-change", source: "crm"}, &s); err != nil || s.Text != want {
			t.Errorf("%q, %v; want %q", s.Text, err, want)
		}
	}
}
