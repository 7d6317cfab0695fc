package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"fettle"
)

type enrichmentWhyCmd struct {
	enrichmentName
	Hours int    `placeholder:"N" help:"Of the last N hours; without it 24."`
	From  string `placeholder:"TIME" help:"From a day (2026-01-31, UTC) or a time on."`
	To    string `placeholder:"TIME" help:"Up to a day, which is part of it, or a time; without it until now."`
}

func (c *enrichmentWhyCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if c.Hours < 0 || c.Hours > 0 && c.From != "" {
		return fettle.Errorf(fettle.Invalid, "--hours is a number of hours up to now").WithHint("Give --hours N, or --from and --to.")
	}
	if c.Hours > 0 {
		c.From = time.Now().Add(-time.Duration(c.Hours) * time.Hour).UTC().Format(time.RFC3339)
	}
	v, err := api.WhyEnrichment(ctx, c.Name, c.From, c.To)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s spent %s in %s since %s", v.Enrichment, v.SettledCredits.Words(), plural(v.Calls, "charge", "charges"), v.From.Local().Format(time.DateTime))
		if v.Looked < v.Calls {
			_, _ = fmt.Fprintf(w, " (shares by %s of them)", thousands(v.Looked))
		}
		_, _ = fmt.Fprintln(w)
		for _, t := range v.Things {
			_, _ = fmt.Fprintf(w, "- %s\n", printable(t.Text))
			if t.Command != "" {
				_, _ = fmt.Fprintf(w, "  %s\n", printable(t.Command))
			}
		}
	})
}
