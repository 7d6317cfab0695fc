package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"fettle"
	"fettle/client"
)

type undoCmd struct {
	List undoListCmd `cmd:"" default:"withargs" help:"List what was changed as one, newest first."`
	Show undoShowCmd `cmd:"" help:"One of them, with the newest of its changes."`
	Take undoTakeCmd `cmd:"" help:"Take it back. What was changed since stays, and is listed. Taking an undo back does the thing again."`
}

type undoListCmd struct {
	Kind  string `default:"" enum:",edit,import,run,upsert,add,merge,split,suppress,delete,undo" help:"Only edit, import, run, upsert (sent through the API), add (typed), merge, split, suppress, delete or undo."`
	By    string `placeholder:"NAME" help:"Only by this person or token."`
	Since string `placeholder:"WHEN" help:"From then on: 30d, a date or a time."`
	Until string `placeholder:"WHEN" help:"Until then: a date, which is included, or a time."`
	Limit int    `placeholder:"N" help:"How many; without it 50, or all as JSON."`
}

func (c *undoListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, _, err := pages(most(c.Limit, 50, s.JSON), func(after string, limit int) (client.Page[fettle.ChangeSetView], error) {
		return api.ChangeSets(ctx, client.SetsQuery{Kind: c.Kind, By: c.By, Since: c.Since, Until: c.Until}, after, min(500, limit)) // a page of it is shorter than others
	})
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("id", "at", "by", "what", "changed", "state")
		for _, v := range all {
			g.row(v.ID, v.At, v.Actor, printable(v.What), setChanged(v), setState(v))
		}
		none := "nothing was changed yet"
		if c.Kind+c.By+c.Since+c.Until != "" {
			none = "no such change; leave --kind, --by, --since or --until out to see others"
		}
		g.render(w, none)
		_, _ = fmt.Fprintln(w, "take one back: fettle undo take ID --dry-run")
	})
}

// setChanged says how much a change set changed: values, or else records.
func setChanged(v fettle.ChangeSetView) string {
	switch {
	case v.Cells > 0:
		return plural(v.Cells, "value", "values")
	case v.Records > 0:
		return plural(v.Records, "record", "records")
	}
	return ""
}

// setState says in a few words how a change set stands.
func setState(v fettle.ChangeSetView) string {
	switch {
	case v.TakenBackBy != "":
		return "taken back by " + v.TakenBackBy
	case v.Broken:
		return "broke off"
	case v.CannotBe != "":
		return v.CannotBe
	}
	return ""
}

type undoShowCmd struct {
	ID string `arg:"" help:"Its kind and number, such as run-12."`
}

func (c *undoShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.ChangeSet(ctx, c.ID)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s: %s, by %s at %s\n", v.ID, printable(v.What), v.Actor, v.At.Format("2006-01-02 15:04"))
		if v.Result != nil {
			printTaken(w, *v.Result)
		}
		g := newGrid("#record", "what", "field", "old", "new")
		for _, x := range v.Changes {
			g.row(x.RecordID, x.Kind, x.Field, shownValue(x.Old), shownValue(x.New))
		}
		g.render(w, "no changes of values")
		if v.CannotBe != "" {
			_, _ = fmt.Fprintf(w, "it cannot be taken back: %s\n", v.CannotBe)
			return
		}
		_, _ = fmt.Fprintf(w, "take it back: fettle undo take %s --dry-run\n", v.ID)
	})
}

type undoTakeCmd struct {
	ID     string `arg:"" help:"Its kind and number, such as run-12."`
	DryRun bool   `help:"Say what would be taken back and what would be left, and change nothing."`
}

func (c *undoTakeCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var v fettle.TakeBackView
	if c.DryRun {
		v, err = api.TakeBack(ctx, c.ID, true, false)
	} else {
		err = s.confirming(func(confirm bool) error {
			v, err = api.TakeBack(ctx, c.ID, false, confirm)
			return err
		})
	}
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		printTaken(w, v)
		if v.ID != "" {
			_, _ = fmt.Fprintf(w, "do it again: fettle undo take %s\n", v.ID)
		}
	})
}

// shownLeft is how many of the values that stay are printed.
const shownLeft = 20

// printTaken says what taking something back came to, or would.
func printTaken(w io.Writer, v fettle.TakeBackView) {
	verb := "took back"
	if v.DryRun {
		verb = "would take back"
	}
	_, _ = fmt.Fprintf(w, "%s %s (%s): %s\n", verb, v.Of, printable(v.What), v)
	if len(v.Left) > 0 {
		g := newGrid("#record", "field", "why it stays")
		for _, x := range v.Left[:min(shownLeft, len(v.Left))] {
			g.row(x.RecordID, x.Field, printable(x.Reason))
		}
		g.render(w, "")
		if more := v.LeftCount - int64(min(shownLeft, len(v.Left))); more > 0 {
			_, _ = fmt.Fprintf(w, "and %s more\n", thousands(more))
		}
	}
	for _, q := range v.WouldRun {
		_, _ = fmt.Fprintf(w, "%s into %s: %s to buy, at most %s\n", plural(q.Rows, "row", "rows"), q.Enrichment, thousands(q.ToBuy), q.HighCredits.Words())
	}
	if len(v.Warnings) > 0 {
		_, _ = fmt.Fprintln(w, strings.Join(v.Warnings, "\n"))
	}
}
