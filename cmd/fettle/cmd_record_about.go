package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"fettle"
)

type recordsAboutCmd struct {
	ID int64 `arg:"" help:"The record."`
}

func (c *recordsAboutCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.About(ctx, c.ID)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { showAbout(w, v) })
}

func showAbout(w io.Writer, v fettle.AboutView) {
	if v.Company != nil {
		_, _ = fmt.Fprintf(w, "company: %s (record %d)\n", printable(v.Company.Name), v.Company.ID)
	}
	if v.People != nil {
		_, _ = fmt.Fprintf(w, "people: %s\n", thousands(v.People.Total))
		for _, p := range v.People.Items {
			_, _ = fmt.Fprintf(w, "  %d %s\n", p.ID, printable(strings.Join(strings.Fields(p.Name+" "+p.Title), " ")))
		}
	}
	for _, a := range v.Audiences {
		_, _ = fmt.Fprintf(w, "in %s: %s\n", a.Name, printable(strings.Join(a.Why, "; ")))
	}
	for _, k := range v.Keys {
		shared := ""
		if k.Shared {
			shared = " (others have it too)"
		}
		_, _ = fmt.Fprintf(w, "known by %s%s\n", printable(k.Key), shared)
	}
	for _, n := range v.Notes {
		_, _ = fmt.Fprintf(w, "note by %s on %s: %s\n", printable(n.Actor), n.At.Format("2006-01-02"), printable(n.Text))
	}
	_, _ = fmt.Fprintf(w, "cost: %s in %s\n", v.Cost.Credits.Words(), plural(v.Cost.Calls, "call", "calls"))
	for _, p := range v.Cost.ByEnrichment {
		name := p.Enrichment
		if name == "" {
			name = "a deleted enrichment"
		}
		_, _ = fmt.Fprintf(w, "  %s by %s\n", p.Credits.Words(), name)
	}
}

type recordsNoteCmd struct {
	ID   int64  `arg:"" help:"The record."`
	Text string `arg:"" help:"What to write down."`
}

func (c *recordsNoteCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	n, err := api.AddNote(ctx, c.ID, c.Text)
	if err != nil {
		return err
	}
	return s.print(n, func(w io.Writer) { _, _ = fmt.Fprintf(w, "noted of record %d\n", c.ID) })
}
