package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"fettle"
)

type changesCmd struct {
	After  string `placeholder:"CURSOR" help:"Go on behind it: the next that was printed before; now: only what comes from here on; from the beginning without it."`
	Entity string `help:"People or companies; both without it."`
	Limit  int    `default:"100" placeholder:"N" help:"How many at most."`
	Follow bool   `short:"f" help:"Go on until stopped, one JSON object a line."`
}

// changesPause is how long --follow waits before it looks for more.
const changesPause = time.Second

func (c *changesCmd) Run(ctx context.Context, s *session) error {
	if c.Limit < 1 {
		return fettle.Errorf(fettle.Invalid, "--limit is %d", c.Limit).WithHint("Give the number of changes to list.")
	}
	if c.Follow {
		return c.follow(ctx, s)
	}
	page, err := c.page(ctx, s)
	if err != nil {
		return err
	}
	return s.print(page, func(w io.Writer) {
		g := newGrid("#id", "at", "what", "entity", "#record", "field", "old", "new", "source", "cause")
		for _, v := range page.Items {
			g.row(v.ID, v.At, v.Kind, string(v.Entity), v.RecordID, v.Field, shownValue(v.Old), shownValue(v.New), v.Source, v.Cause)
		}
		g.render(w, "nothing has changed")
		more := "go on later"
		if page.More {
			more = "there is more"
		}
		_, _ = fmt.Fprintf(w, "%s: fettle changes --after %s\n", more, page.Next)
	})
}

// page reads as many changes as were asked for.
func (c *changesCmd) page(ctx context.Context, s *session) (fettle.ChangePage, error) {
	all := fettle.ChangePage{Items: []fettle.ChangeView{}, Next: c.After, More: true}
	api, err := s.client(ctx)
	if err != nil {
		return all, err
	}
	for all.More && len(all.Items) < c.Limit {
		p, err := api.Changes(ctx, all.Next, fettle.Entity(c.Entity), min(maxPage, c.Limit-len(all.Items)))
		if err != nil {
			return all, err
		}
		p.Items = append(all.Items, p.Items...)
		all = p
	}
	return all, nil
}

// follow prints changes as they come.
func (c *changesCmd) follow(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	out := json.NewEncoder(s.stdout)
	for {
		p, err := api.Changes(ctx, c.After, fettle.Entity(c.Entity), maxPage)
		if err != nil {
			return err
		}
		for _, v := range p.Items {
			if err := out.Encode(v); err != nil {
				return err
			}
		}
		if c.After = p.Next; p.More {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(changesPause):
		}
	}
}

func shownValue(v any) string {
	if t, ok := v.(string); ok {
		return t
	}
	return fettle.FormatValue(v)
}
