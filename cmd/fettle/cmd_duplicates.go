package main

import (
	"context"
	"io"

	"fettle"
)

type duplicatesCmd struct {
	List duplicatesListCmd `cmd:"" default:"withargs" help:"List pairs of records that share a key and are kept apart."`
}

type duplicatesListCmd struct {
	Entity string `default:"people" enum:"people,companies" help:"People or companies."`
	Before int64  `placeholder:"ID" help:"Go on below the pair with this number."`
}

func (c *duplicatesListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Conflicts(ctx, fettle.Entity(c.Entity), c.Before)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("#id", "#record", "name", "#other", "other name", "both have", "differs", "source", "at")
		for _, v := range all {
			g.row(v.ID, v.RecordID, v.Name, v.OtherID, v.Other, v.Key, v.Reason, v.Source, v.At)
		}
		g.render(w, "no two records share a key")
	})
}
