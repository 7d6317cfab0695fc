package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"fettle"
)

type enrichmentProgressCmd struct {
	enrichmentName
}

func (c *enrichmentProgressCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.Progress(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		g := newGrid("from", "#rows done", "#found")
		for _, p := range v.Points {
			g.row(p.At, p.Rows, p.Found)
		}
		g.render(w, "no row has ended yet")
		_, _ = fmt.Fprintf(w, "%s in all, in stretches of %s\n\n", plural(v.DoneRows, "row", "rows"), stretchText(v.BucketSeconds))
		showSteps(w, v)
		_, _ = fmt.Fprintln(w)
		g = newGrid("from", "#credits")
		if v.Spend.BeforeCredits != 0 {
			g.row("before", v.Spend.BeforeCredits)
		}
		for _, p := range v.Spend.Points {
			g.row(p.At, p.Credits)
		}
		g.render(w, "nothing was spent yet")
		_, _ = fmt.Fprintf(w, "%s in all, in stretches of %s\n", v.Spend.UsedCredits.Words(), stretchText(v.Spend.BucketSeconds))
	})
}

func showSteps(w io.Writer, v fettle.EnrichmentProgress) {
	g := newGrid("#step", "asks", "#asked", "#found", "hit rate", "#credits", "#per found")
	for _, p := range v.Steps {
		asks := p.Provider
		if p.Model != "" {
			asks += " " + p.Model
		}
		if p.Earlier {
			asks += " (earlier version)"
		}
		rate := ""
		if p.Asked > 0 {
			rate = percent(float64(p.Found) / float64(p.Asked))
		}
		g.row(p.Step, asks, p.Asked, p.Found, rate, p.SpentCredits, p.CostPerFound)
	}
	if v.OtherCredits != 0 {
		g.row("", "counted as spent by a person, or answered late", "", "", "", v.OtherCredits, "")
	}
	g.render(w, "no steps")
}

// stretchText is a length of time in words.
func stretchText(seconds int64) string {
	switch d := time.Duration(seconds) * time.Second; {
	case d >= 24*time.Hour:
		return plural(int64(d.Hours())/24, "day (UTC)", "days (UTC)")
	case d >= time.Hour:
		return plural(int64(d.Hours()), "hour", "hours")
	case d >= time.Minute:
		return plural(int64(d.Minutes()), "minute", "minutes")
	}
	return plural(seconds, "second", "seconds")
}

type creditsDaysCmd struct {
	From string `placeholder:"DAY" help:"From a day (2026-01-31, UTC) on; without it the last 30 days."`
	To   string `placeholder:"DAY" help:"Up to a day, which is part of it; without it today."`
}

func (c *creditsDaysCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.SpendByDay(ctx, c.From, c.To)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		g := newGrid("day", "enrichment", "#credits", "#records")
		for _, d := range v.Days {
			g.row(string(d.Day), nameOf(d.Enrichment, d.Deleted), d.SettledCredits, d.Records)
		}
		g.render(w, "nothing was spent")
		_, _ = fmt.Fprintf(w, "%s from %s to %s\n", v.TotalCredits.Words(), v.From, v.To)
	})
}

// forecastText is a forecast, with how far it may be off.
func forecastText(f fettle.Forecast) string {
	if f.Band == nil {
		return f.Text
	}
	latest := "or not within a year"
	if f.Band.Latest != nil {
		latest = "at the latest " + f.Band.Latest.Format("Mon 2 Jan")
	}
	return fmt.Sprintf("%s; at the earliest %s, %s", f.Text, f.Band.Earliest.Format("Mon 2 Jan"), latest)
}
