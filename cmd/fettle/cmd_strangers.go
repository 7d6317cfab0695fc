package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"fettle"
	"fettle/client"
)

type strangersCmd struct {
	List   strangersListCmd   `cmd:"" default:"withargs" help:"List answers that were paid for and are about somebody else, newest first."`
	Show   strangersShowCmd   `cmd:"" help:"An answer beside what is known of the record, and what accepting it writes."`
	Accept strangersAcceptCmd `cmd:"" help:"Say that an answer is about the record: its values are written, free."`
	Reject strangersRejectCmd `cmd:"" help:"Say that an answer is about somebody else. The steps that were not asked yet are asked, at the price that is shown first."`
	Claims strangersClaimsCmd `cmd:"" help:"What to claim back from a provider, as CSV."`
}

type strangersListCmd struct {
	State      string `default:"held" enum:"held,accepted,rejected,all" help:"held, accepted, rejected or all."`
	Enrichment string `placeholder:"NAME" help:"Only those of this enrichment."`
	Provider   string `placeholder:"NAME" help:"Only those of this provider."`
	Record     int64  `placeholder:"ID" help:"Only those of this record."`
	Limit      int    `placeholder:"N" help:"How many; without it 50, or all as JSON."`
}

func (c *strangersListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	q := client.StrangersQuery{State: c.State, Enrichment: c.Enrichment, Provider: c.Provider, Record: c.Record}
	if q.State == "all" {
		q.State = ""
	}
	items, next, err := pages(most(c.Limit, 50, s.JSON), func(after string, limit int) (client.Page[fettle.StrangerView], error) {
		q.After, q.Limit = after, min(limit, 500)
		return api.Strangers(ctx, q)
	})
	if err != nil {
		return err
	}
	return printList(s, items, func(w io.Writer) {
		g := newGrid("#call", "#record", "name", "the answer is about", "why", "enrichment", "provider", "#credits", "state")
		for _, v := range items {
			g.row(v.Call, v.RecordID, v.Record, toldOf(v, "name"), v.Why, v.Enrichment, v.Provider, v.Billed, v.State)
		}
		g.render(w, "no answer is held back")
		if next {
			_, _ = fmt.Fprintln(w, "there are more: --limit")
		}
	})
}

// toldOf is what an answer says of one part.
func toldOf(v fettle.StrangerView, part string) string {
	for _, p := range v.Parts {
		if p.Part == part {
			return p.Answer
		}
	}
	return ""
}

// strangerArgs name an answer that was held back.
type strangerArgs struct {
	Call   int64 `arg:"" help:"The call, as the list shows it."`
	Record int64 `placeholder:"ID" help:"The record that it is held back for, where the call was made for another one."`
}

type strangersShowCmd struct{ strangerArgs }

func (c *strangersShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.Stranger(ctx, c.Call, c.Record)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "call %d to %s for record %d (%s) in %s: %s\n", v.Call, v.Provider, v.RecordID, v.Record, v.Enrichment, v.Why)
		_, _ = fmt.Fprintf(w, "%s, %s billed\n\n", v.State, v.Billed.Words())
		g := newGrid("", "known of the record", "the answer says", "")
		for _, p := range v.Parts {
			g.row(p.Part, p.Known, p.Answer, p.Is)
		}
		g.render(w, "")
		_, _ = fmt.Fprintln(w)
		values := newGrid("accepting writes", "value", "the record has")
		for _, x := range v.Values {
			values.row(x.Field, fettle.FormatValue(x.Value), fettle.FormatValue(x.Kept))
		}
		values.render(w, "accepting writes nothing")
	})
}

type strangersAcceptCmd struct{ strangerArgs }

func (c *strangersAcceptCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var d fettle.StrangerDecision
	if err := s.confirming(func(confirm bool) error {
		d, err = api.AcceptStranger(ctx, c.Call, c.Record, confirm)
		return err
	}); err != nil {
		return err
	}
	return s.print(d, func(w io.Writer) {
		if len(d.Written) == 0 {
			_, _ = fmt.Fprintln(w, "accepted. "+d.Message)
			return
		}
		_, _ = fmt.Fprintf(w, "accepted: %s of record %d (%s), free. Take it back: fettle undo take %s\n", strings.Join(d.Written, ", "), d.Stranger.RecordID, d.Stranger.Record, d.Undo)
	})
}

type strangersRejectCmd struct {
	strangerArgs

	NoRun bool `help:"Ask no step that was not asked yet."`
}

func (c *strangersRejectCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var d fettle.StrangerDecision
	if err := s.confirming(func(confirm bool) error {
		d, err = api.RejectStranger(ctx, c.Call, c.Record, !c.NoRun, confirm)
		return err
	}); err != nil {
		return err
	}
	return s.print(d, func(w io.Writer) {
		text := "rejected: it is never written."
		if d.Opened {
			text += " The steps that were not asked yet are asked now."
		}
		_, _ = fmt.Fprintln(w, text)
	})
}

type strangersClaimsCmd struct {
	Provider string `placeholder:"NAME" help:"Only calls of this provider."`
	Output   string `short:"o" placeholder:"FILE" default:"-" help:"Where to write; - for the standard output."`
}

func (c *strangersClaimsCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if c.Output == "-" {
		return api.ClaimsCSV(ctx, c.Provider, s.stdout)
	}
	return s.download(c.Output, func(w io.Writer) error { return api.ClaimsCSV(ctx, c.Provider, w) })
}
