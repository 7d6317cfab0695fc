package main

import (
	"context"
	"fmt"
	"io"

	"fettle"
	"fettle/client"
)

type enrichmentRunsCmd struct {
	enrichmentName
	ID    int64  `arg:"" optional:"" help:"One run: what it overwrote, and why that was allowed."`
	After string `placeholder:"CURSOR" help:"Go on after the page before."`
	Limit int    `default:"20" help:"How many a page has."`
}

func (c *enrichmentRunsCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if c.ID != 0 {
		return c.one(ctx, s, api)
	}
	p, err := api.Runs(ctx, c.Name, c.After, c.Limit)
	if err != nil {
		return err
	}
	return s.print(p, func(w io.Writer) {
		g := newGrid("run", "kind", "started", "by", "#spent", "#records paid", "#filled", "#overwritten", "#empty over value")
		for _, r := range p.Items {
			g.row(r.ID, r.Kind, r.StartedAt, r.Actor, credits(r.SpentCredits), r.PaidRecords, counted(r.Fills), counted(r.Overwrites), counted(r.EmptyOverValue))
		}
		g.render(w, "it has not run yet")
		goOn(w, p.Next)
	})
}

// runShown is a run with a page of what it overwrote.
type runShown struct {
	fettle.RunView

	OverwritesList []fettle.RunOverwrite `json:"overwrites_list"`
	Next           string                `json:"next,omitempty"`
}

func (c *enrichmentRunsCmd) one(ctx context.Context, s *session, api *client.Client) error {
	r, err := api.Run(ctx, c.Name, c.ID)
	if err != nil {
		return err
	}
	p, err := api.Overwrites(ctx, c.Name, c.ID, c.After, c.Limit)
	for err == nil && len(p.Items) == 0 && p.Next != "" { // so much of the log is read at once
		p, err = api.Overwrites(ctx, c.Name, c.ID, p.Next, c.Limit)
	}
	if err != nil {
		return err
	}
	return s.print(runShown{r, p.Items, p.Next}, func(w io.Writer) {
		ended := "it goes on"
		if r.EndedAt != nil {
			ended = cell(r.EndedAt)
		}
		pairs(w, "run", fmt.Sprintf("%d, %s of %s", r.ID, r.Kind, r.Enrichment), "by", r.Actor, "started", r.StartedAt, "ended", ended,
			"spent", r.SpentCredits.Words(), "filled", counted(r.Fills), "overwritten", counted(r.Overwrites), "empty over value", counted(r.EmptyOverValue),
			"take it back", "fettle undo take "+r.Set)
		_, _ = fmt.Fprintln(w)
		g := newGrid("#record", "name", "field", "before", "after", "allowed because")
		for _, x := range p.Items {
			g.row(x.RecordID, x.Record, x.Field, x.Before, x.After, x.Why)
		}
		g.render(w, "it overwrote nothing")
		goOn(w, p.Next)
	})
}

// counted is a count, or that there is none.
func counted(n *int64) string {
	if n == nil {
		return "not counted"
	}
	return thousands(*n)
}

func goOn(w io.Writer, next string) {
	if next != "" {
		_, _ = fmt.Fprintf(w, "more: --after %s\n", next)
	}
}

type enrichmentDueCmd struct {
	enrichmentName
}

func (c *enrichmentDueCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.Due(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		g := newGrid("week from", "#rows due", "#credits")
		for _, d := range v.Weeks {
			g.row(d.From.Format("2006-01-02"), d.Rows, credits(d.ExpectedCredits))
		}
		g.render(w, "nothing")
		_, _ = fmt.Fprintf(w, "At %s a row, today's price.", v.PerRowCredits.Words())
		if v.OverdueRows > 0 {
			_, _ = fmt.Fprintf(w, " The first week has %s whose time has passed.", plural(v.OverdueRows, "row", "rows"))
		}
		if v.Paused {
			_, _ = fmt.Fprint(w, " It is not live: nothing is asked before it is.")
		}
		_, _ = fmt.Fprintln(w)
		for _, a := range v.Assumptions {
			_, _ = fmt.Fprintln(w, "- "+a)
		}
	})
}
