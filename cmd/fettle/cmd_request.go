package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"fettle"
)

type requestCmd struct {
	List    requestListCmd    `cmd:"" default:"withargs" help:"List what somebody asked to raise."`
	New     requestNewCmd     `cmd:"" help:"Ask that a limit be raised: the one that binds, to what all rows fit, unless said."`
	Show    requestShowCmd    `cmd:"" help:"Show a request, with its price then and now."`
	Approve requestApproveCmd `cmd:"" help:"Set the limit to what was asked, once. The run goes on on the asker's account."`
	Refuse  requestRefuseCmd  `cmd:"" help:"Refuse a request, or withdraw your own."`
}

type requestListCmd struct {
	All bool `help:"Also those that were decided, or have expired."`
}

func (c *requestListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Requests(ctx, c.All)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("#id", "state", "asker", "enrichment", "limit", "was", "asked", "reason")
		for _, r := range all {
			g.row(strconv.FormatInt(r.ID, 10), string(r.State), r.Asker, r.Enrichment, requestLimit(r), r.Was.Words(), r.Words(), r.Reason)
		}
		g.render(w, "no requests")
	})
}

func requestLimit(r fettle.RequestView) string {
	return strings.TrimSpace(r.Scope+" "+r.Key) + ", " + string(r.Per)
}

type requestNewCmd struct {
	Enrichment string `arg:"" help:"The enrichment that a limit keeps from going on."`
	Reason     string `required:"" placeholder:"TEXT" help:"What it is for: whoever approves it reads that."`
	Credits    string `placeholder:"N" help:"What the limit is to be in all, in credits."`
	Records    *int64 `placeholder:"N" help:"Or in records."`
	Scope      string `enum:",workspace,budget,provider,person,enrichment" default:"" placeholder:"SCOPE" help:"Which limit: workspace, budget, provider, person or enrichment; without it the one that binds."`
	Key        string `placeholder:"NAME" help:"Which budget, provider or person."`
	Per        string `enum:",lifetime,day,month,run" default:"" placeholder:"PERIOD" help:"Which of several: lifetime, day, month or run."`
}

func (c *requestNewCmd) Run(ctx context.Context, s *session) error {
	in := fettle.AskInput{
		Enrichment: c.Enrichment, Reason: c.Reason, LimitName: fettle.LimitName{Scope: c.Scope, Key: c.Key, Per: fettle.Period(c.Per)},
		Amount: fettle.Amount{Records: c.Records},
	}
	if c.Credits != "" {
		n, err := fettle.ParseCredits(c.Credits)
		if err != nil {
			return err
		}
		in.Credits = &n
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.AskMore(ctx, in)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { printRequest(w, v) })
}

func printRequest(w io.Writer, v fettle.RequestView) {
	_, _ = fmt.Fprintf(w, "request %d (%s): %s asks that the limit of %s be %s (it was %s)\n", v.ID, v.State, v.Asker, requestLimit(v), v.Words(), v.Was.Words())
	_, _ = fmt.Fprintf(w, "   for %s: %s\n", v.Enrichment, printable(v.Reason))
	_, _ = fmt.Fprintf(w, "   then  %s\n", requestPrice(v.Then))
	if v.Now != nil {
		_, _ = fmt.Fprintf(w, "   now   %s\n", requestPrice(*v.Now))
	}
	for _, c := range v.Changed {
		_, _ = fmt.Fprintf(w, "   since then %s\n", c)
	}
	switch {
	case v.DecidedBy != "":
		_, _ = fmt.Fprintf(w, "   %s by %s %s\n", v.State, v.DecidedBy, printable(v.Note))
	case v.State == fettle.RequestOpen:
		_, _ = fmt.Fprintf(w, "   another admin decides until %s\n", v.ExpiresAt.Format("2006-01-02 15:04"))
	}
	if v.Message != "" {
		_, _ = fmt.Fprintln(w, v.Message)
	}
}

func requestPrice(p fettle.RequestPrice) string {
	return fmt.Sprintf("%s, about %s, at most %s", plural(p.Rows, "row", "rows"), p.ExpectedCredits.Words(), p.HighCredits.Words())
}

// requestID names a request.
type requestID struct {
	ID int64 `arg:"" help:"Its number."`
}

type requestShowCmd struct{ requestID }

func (c *requestShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.Request(ctx, c.ID)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { printRequest(w, v) })
}

type requestApproveCmd struct{ requestID }

func (c *requestApproveCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	now, err := api.Request(ctx, c.ID)
	if err != nil {
		return err
	}
	var v fettle.RequestView
	err = s.confirming(func(confirm bool) (err error) {
		seen := ""
		if confirm {
			seen = now.EstimateID
		}
		v, err = api.ApproveRequest(ctx, c.ID, seen)
		return err
	})
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { printRequest(w, v) })
}

type requestRefuseCmd struct {
	requestID
	Note string `placeholder:"TEXT" help:"Why: who asked reads it."`
}

func (c *requestRefuseCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.RefuseRequest(ctx, c.ID, c.Note)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { printRequest(w, v) })
}
