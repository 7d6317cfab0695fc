package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"fettle"
	"fettle/client"
)

type creditsCmd struct {
	Summary  creditsSummaryCmd  `cmd:"" default:"withargs" help:"Granted, spent, reserved and left."`
	Journal  creditsJournalCmd  `cmd:"" help:"Every charge, explained."`
	By       creditsByCmd       `cmd:"" help:"Spend by enrichment, provider, model, cause or day."`
	Days     creditsDaysCmd     `cmd:"" help:"Spend by day and enrichment."`
	Forecast creditsForecastCmd `cmd:"" help:"When each limit will be reached, the soonest first."`
	Why      creditsWhyCmd      `cmd:"" help:"What drove the spend of the last days, beside the days before."`
	Grant    creditsGrantCmd    `cmd:"" help:"Add credits to the balance."`
}

type creditsSummaryCmd struct{}

func (c *creditsSummaryCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.Credits(ctx)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { showCredits(w, v) })
}

func showCredits(w io.Writer, v fettle.CreditsView) {
	available := "nothing was granted: only limits bind"
	if v.AvailableCredits != nil {
		available = credits(*v.AvailableCredits)
	}
	kv := []any{"granted", v.GrantedCredits, "spent", v.SettledCredits, "reserved", v.ReservedCredits, "may have been billed", v.UnknownCredits}
	if v.OverrunCredits > 0 {
		kv = append(kv, "billed above the stated maximum", v.OverrunCredits)
	}
	kv = append(kv, "available", available, "saved", v.SavedCredits, "one credit is", "US$"+v.CreditUSD, "spending is paused", v.SpendingPaused)
	for i := range v.Limits {
		kv = append(kv, "limit", limitText(&v.Limits[i]))
	}
	pairs(w, kv...)
}

type creditsJournalCmd struct {
	Enrichment string       `help:"Only of an enrichment."`
	OfVersion  int64        `placeholder:"N" help:"Only of this version of the enrichment."`
	Provider   string       `help:"Only of a provider."`
	Model      string       `help:"Only of an AI model."`
	Cause      fettle.Cause `help:"Only for a cause: start, entered, input_changed, refresh, retry, rerun or pilot."`
	Record     int64        `help:"Only of a record."`
	Kind       string       `help:"reserve, settle, release, unknown, resolve, late or grant; charges without it."`
	From       string       `placeholder:"TIME" help:"From a day (2026-01-31, UTC) or a time (2026-01-31T15:04:05Z) on."`
	To         string       `placeholder:"TIME" help:"Up to a day, which is part of it, or a time."`
	Limit      int          `placeholder:"N" help:"How many; without it 100, or all with --json."`
	Output     string       `short:"o" placeholder:"FILE" help:"Write all of it as CSV; - for the standard output."`
}

func (c *creditsJournalCmd) query() client.JournalQuery {
	return client.JournalQuery{
		Enrichment: c.Enrichment, Version: c.OfVersion, Provider: c.Provider, Model: c.Model, Cause: c.Cause, Record: c.Record, Kind: c.Kind, From: c.From, To: c.To,
	}
}

func (c *creditsJournalCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if c.Output != "" {
		return s.download(c.Output, func(w io.Writer) error { return api.JournalCSV(ctx, c.query(), w) })
	}
	items, next, err := pages(most(c.Limit, 100, s.JSON), func(after string, limit int) (client.Page[fettle.JournalEntry], error) {
		q := c.query()
		q.After, q.Limit = after, limit
		return api.Journal(ctx, q)
	})
	if err != nil {
		return err
	}
	return printList(s, items, func(w io.Writer) {
		g := newGrid("at", "kind", "enrichment", "record", "fields", "provider", "cause", "#try", "#credits")
		for _, j := range items {
			provider := fettle.ConnectionName(j.Provider, j.Connection)
			if j.Model != "" {
				provider += " " + j.Model
			}
			g.row(j.At, j.Kind, fmt.Sprintf("%s v%d", nameOf(j.Enrichment, j.Deleted), j.Version), strings.TrimSpace(fmt.Sprintf("%d %s", j.RecordID, j.Record)), strings.Join(j.Fields, " "), provider, string(j.Cause), j.Try, j.AmountCredits)
		}
		g.render(w, "nothing was charged yet")
		if next {
			_, _ = fmt.Fprintln(w, "… and more (--limit)")
		}
	})
}

type creditsByCmd struct {
	Group string `arg:"" enum:"enrichment,provider,model,cause,day" help:"enrichment, provider, model, cause or day."`
}

func (c *creditsByCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.SpendBy(ctx, c.Group)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid(c.Group, "#calls", "#found", "#credits", "#per found")
		for _, v := range all {
			g.row(nameOf(v.Key, v.Deleted), v.Calls, v.Found, v.SettledCredits, v.CostPerFound)
		}
		g.render(w, "nothing was spent yet")
	})
}

// nameOf marks the name of what was deleted.
func nameOf(name string, deleted bool) string {
	if deleted && name != "deleted" {
		return name + " (deleted)"
	}
	return name
}

type creditsForecastCmd struct{}

func (c *creditsForecastCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Forecasts(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("of", "", "limit", "#used", "#left", "forecast")
		for _, l := range all {
			used, left := usedText(l.LimitView)
			g.row(l.Scope, l.Key, limitText(&l.LimitView), used, left, forecastText(l.Forecast))
		}
		g.render(w, "no limits")
	})
}

type creditsWhyCmd struct {
	From string `placeholder:"TIME" help:"From a day (2026-01-31, UTC) or a time on; without it the last seven days."`
	To   string `placeholder:"TIME" help:"Up to a day, which is part of it, or a time; without it until now."`
}

func (c *creditsWhyCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.WhySpend(ctx, c.From, c.To)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintln(w, v.Summary)
		for _, d := range v.Drivers {
			_, _ = fmt.Fprintf(w, "- %s\n", printable(d.Text))
		}
	})
}

type creditsGrantCmd struct {
	Amount string `arg:"" help:"How many credits."`
	Note   string `help:"What for."`
}

func (c *creditsGrantCmd) Run(ctx context.Context, s *session) error {
	n, err := fettle.ParseCredits(c.Amount)
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.Grant(ctx, n, c.Note, "")
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { showCredits(w, v) })
}
