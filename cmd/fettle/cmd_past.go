package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"fettle"
)

type enrichmentBacktestCmd struct {
	enrichmentName
	Days  int  `default:"90" help:"How many days are replayed."`
	AsRun bool `help:"As it was live and paused, under its limit of the time."`
}

func (c *enrichmentBacktestCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	b, err := api.Backtest(ctx, c.Name, c.Days, c.AsRun)
	if err != nil {
		return err
	}
	return s.print(b, func(w io.Writer) { showBacktest(w, b) })
}

func showBacktest(w io.Writer, b fettle.Backtest) {
	g := newGrid("day", "#entered", "#changed", "#refreshed", "#credits")
	quiet := 0
	for _, d := range b.ByDay {
		if d.Entered+d.Changed+d.Refreshed == 0 && d.Credits == 0 {
			quiet++
			continue
		}
		g.row(string(d.Day), d.Entered, d.Changed, d.Refreshed, d.Credits)
	}
	g.render(w, "nothing would have been bought on any day")
	if quiet > 0 && quiet < len(b.ByDay) {
		_, _ = fmt.Fprintf(w, "and %s without anything\n", plural(int64(quiet), "day", "days"))
	}
	reached := "not within these days"
	if b.LimitReachedAt != nil {
		reached = cell(b.LimitReachedAt)
	}
	month := "not known: these are less than three days"
	if c := b.PerMonthCredits; c != nil {
		month = c.Words() + ", without the first run"
	}
	_, _ = fmt.Fprintln(w)
	pairs(w, "from", b.From, "to", b.To, "first run", fmt.Sprintf("%s, %s", plural(b.FirstRunRows, "row", "rows"), b.FirstRunCredits.Words()),
		"in all", b.Credits.Words()+" for "+plural(b.Calls, "row", "rows"), "a month", month, "limit reached", reached)
	if p := b.Poll; p != nil {
		signals := p.Basis
		if p.Low != nil && p.High != nil {
			signals = fmt.Sprintf("%s to %s (%s)", thousands(*p.Low), thousands(*p.High), p.Basis)
		}
		pairs(w, "checks", p.Checks, "signals", signals)
	}
	_, _ = fmt.Fprintln(w, "\nNothing was spent. It goes by:")
	for _, a := range b.Assumptions {
		_, _ = fmt.Fprintln(w, "- "+a)
	}
}

// showOutlook says what an enrichment would spend once it is live.
func showOutlook(w io.Writer, o *fettle.Outlook) {
	if o == nil {
		return
	}
	reached := "not within a year"
	if o.LimitReachedAt != nil {
		reached = "around " + cell(o.LimitReachedAt)
	}
	pairs(w, "once live", fmt.Sprintf("%s a day for what enters and changes, %s in the first month for what is refreshed, %s in all beside the first run",
		o.PerDayCredits.Words(), credits(o.RefreshCredits), credits(o.PerMonthCredits)), "limit reached", reached)
	for _, a := range o.Assumptions {
		_, _ = fmt.Fprintf(w, "forecast by: %s\n", printable(a))
	}
}

type audienceMovesCmd struct {
	Name   string `arg:"" help:"The audience."`
	From   string `placeholder:"DATE" help:"From the end of a day in UTC (2026-02-01) on, or from a time; without it the last 7 days, or as far as it is known."`
	To     string `placeholder:"DATE" help:"Likewise; now without it."`
	Filter string `enum:"today,then" default:"today" help:"By today's filter, or by the one that it had at each moment."`
	After  string `placeholder:"CURSOR" help:"Go on after the page before."`
	Limit  int    `default:"200" help:"How many a page has."`
}

func (c *audienceMovesCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	m, err := api.AudienceMoves(ctx, c.Name, c.From, c.To, c.Filter, c.After, c.Limit)
	if err != nil {
		return err
	}
	return s.print(m, func(w io.Writer) {
		g := newGrid("at", "", "#record", "name", "cause", "")
		type line struct {
			fettle.AudienceMove

			how string
		}
		var all []line
		for _, x := range m.Entered {
			all = append(all, line{x, "entered"})
		}
		for _, x := range m.Left {
			all = append(all, line{x, "left"})
		}
		slices.SortStableFunc(all, func(a, b line) int { return a.At.Compare(b.At) })
		for _, x := range all {
			g.row(x.At, x.how, x.RecordID, x.Name, x.Cause, x.Text)
		}
		g.render(w, "nobody entered or left")
		if m.Erased > 0 {
			_, _ = fmt.Fprintf(w, "%s erased since, not included\n", thousands(m.Erased))
		}
		_, _ = fmt.Fprintf(w, "%s entered, %s left; the history begins at %s\n", thousands(int64(len(m.Entered))), thousands(int64(len(m.Left))), cell(m.HistorySince))
		if m.Next != "" {
			_, _ = fmt.Fprintf(w, "go on: fettle audience moves %s --from %s --to %s --filter %s --limit %d --after %s\n",
				m.Audience, cmp.Or(c.From, m.From.Format(time.RFC3339Nano)), cmp.Or(c.To, m.To.Format(time.RFC3339Nano)), m.Filter, c.Limit, m.Next)
		}
	})
}
