package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"fettle"
	"fettle/client"
)

type fieldValuesCmd struct {
	Field    string        `arg:"" help:"Its key; company.KEY is one of a person's company."`
	Entity   string        `required:"" enum:"people,companies" help:"people or companies."`
	Audience string        `help:"Only the values of its records."`
	Where    string        `help:"CEL over a record; narrows further."`
	Text     string        `help:"Only values that hold it, whatever its case."`
	Limit    int           `default:"20" help:"How many values, 1 to 1,000."`
	Wait     time.Duration `default:"5s" help:"How long to look through records at the most, up to 10s."`
}

func (c *fieldValuesCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.FieldValues(ctx, client.ValuesQuery{
		Entity: fettle.Entity(c.Entity), Field: c.Field, Audience: c.Audience, Where: c.Where, Text: c.Text, Limit: c.Limit, Wait: c.Wait,
	})
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		g := newGrid("value", "#records")
		for _, x := range v.Items {
			g.row(fettle.FormatValue(x.Value), x.Count)
		}
		g.render(w, "no values")
		if v.Others.Values > 0 {
			_, _ = fmt.Fprintf(w, "%s in %s\n", fettle.Count(v.Others.Values, "more value", "more values"), fettle.Count(v.Others.Records, "record", "records"))
		}
		if v.Blank > 0 {
			_, _ = fmt.Fprintf(w, "%s blank\n", fettle.Thousands(v.Blank))
		}
		if !v.Exact {
			_, _ = fmt.Fprintf(w, "Counted in %s from everywhere among them, not in all: look for longer with --wait, or narrow with --audience.\n", fettle.Count(v.Records, "record", "records"))
		}
	})
}
