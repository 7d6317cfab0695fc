package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"fettle"
	"fettle/client"
)

type limitCmd struct {
	List   limitListCmd   `cmd:"" default:"withargs" help:"List limits."`
	Set    limitSetCmd    `cmd:"" help:"Set a limit of the workspace, a budget, a provider or a person."`
	Pilots limitPilotsCmd `cmd:"" help:"Show or set what the pilots of each person who may not spend may buy a day."`
}

type limitPilotsCmd struct {
	Rows    *int64 `placeholder:"N" help:"Rows a person a day."`
	Credits string `placeholder:"N" help:"Credits a person a day."`
}

func (c *limitPilotsCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.PilotAllowance(ctx)
	if err != nil {
		return err
	}
	if c.Rows != nil || c.Credits != "" {
		set := v.PilotAllowance
		if c.Rows != nil {
			set.Rows = *c.Rows
		}
		if c.Credits != "" {
			if set.Credits, err = fettle.ParseCredits(c.Credits); err != nil {
				return err
			}
		}
		if v, err = api.SetPilotAllowance(ctx, set); err != nil {
			return err
		}
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "Pilots of each person who may not spend: %s and %s a day.\n", plural(v.Rows, "row", "rows"), v.Credits.Words())
		if v.Binds {
			_, _ = fmt.Fprintf(w, "You have %s and %s left today.\n", plural(v.LeftRows, "row", "rows"), v.LeftCredits.Words())
		}
	})
}

type limitListCmd struct{}

func (c *limitListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Limits(ctx)
	if err != nil {
		return err
	}
	return s.printLimits(all)
}

func (s *session) printLimits(all []client.ScopedLimit) error {
	return printList(s, all, func(w io.Writer) {
		g := newGrid("of", "", "limit", "#used", "#left")
		for _, l := range all {
			used, left := usedText(l.LimitView)
			g.row(l.Scope, l.Key, limitText(&l.LimitView), used, left)
		}
		g.render(w, "no limits")
	})
}

// usedText says what is used and left of a limit, in what it is set in.
func usedText(l fettle.LimitView) (used, left string) {
	var uses, rest []string
	if l.Credits != nil || l.Records == nil {
		uses = append(uses, credits(l.UsedCredits))
	}
	if l.LeftCredits != nil {
		rest = append(rest, credits(*l.LeftCredits))
	}
	if l.Records != nil {
		uses = append(uses, plural(l.UsedRecords, "record", "records"))
		rest = append(rest, plural(max(0, *l.Records-l.UsedRecords), "record", "records"))
	}
	return strings.Join(uses, ", "), strings.Join(rest, ", ")
}

type limitSetCmd struct {
	Scope string `arg:"" enum:"workspace,budget,provider,person" help:"workspace, budget, provider or person."`
	Key   string `arg:"" optional:"" help:"Which budget, provider or person."`
	limitFlags
}

func (c *limitSetCmd) Run(ctx context.Context, s *session) error {
	l, err := c.limit()
	if err != nil {
		return err
	}
	if (c.Key == "") != (c.Scope == "workspace") {
		return fettle.Errorf(fettle.Invalid, "a limit of the %s takes its name", c.Scope).WithHint("Say: fettle limit set workspace, or fettle limit set budget NAME, provider NAME or person NAME.")
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.SetLimit(ctx, c.Scope, c.Key, l)
	if err != nil {
		return err
	}
	return s.printLimits(all)
}

type unknownCmd struct {
	List    unknownListCmd    `cmd:"" default:"withargs" help:"List calls that may have been billed."`
	Resolve unknownResolveCmd `cmd:"" help:"Say what became of them."`
}

type unknownListCmd struct {
	Enrichment string `help:"Only of an enrichment."`
}

func (c *unknownListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Unknowns(ctx, c.Enrichment)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("#id", "at", "enrichment", "record", "fields", "provider", "#held", "message")
		for _, u := range all {
			g.row(fmt.Sprint(u.ID), u.At, u.Enrichment, fmt.Sprintf("%d %s", u.RecordID, u.Record), strings.Join(u.Fields, " "), u.Provider, u.HeldCredits, u.Message)
		}
		g.render(w, "nothing is unknown")
	})
}

type unknownResolveCmd struct {
	IDs       []int64 `arg:"" optional:"" name:"id" help:"Which; or --all."`
	All       bool    `help:"All of them."`
	Retry     bool    `xor:"how" help:"Ask again. The held credits count as spent; it may be paid twice."`
	WriteOff  bool    `xor:"how" help:"Count the held credits as spent and let it be."`
	NotBilled bool    `xor:"how" help:"It was not billed: give the held credits back."`
	Found     string  `xor:"how" placeholder:"VALUE" help:"It was billed and this is its value; with --credits."`
	Credits   string  `placeholder:"N" help:"What was billed, with --found."`
}

func (c *unknownResolveCmd) resolution() (fettle.Resolution, error) {
	switch {
	case c.Retry:
		return fettle.Resolution{Action: "retry"}, nil
	case c.WriteOff:
		return fettle.Resolution{Action: "write_off"}, nil
	case c.NotBilled:
		return fettle.Resolution{Action: "not_billed"}, nil
	case c.Found != "":
		n, err := fettle.ParseCredits(c.Credits)
		if err != nil {
			return fettle.Resolution{}, fettle.Errorf(fettle.Invalid, "--found needs --credits: what was billed").WithHint("Say: --found VALUE --credits N.")
		}
		return fettle.Resolution{Action: "found", Value: &c.Found, Credits: &n}, nil
	}
	return fettle.Resolution{}, fettle.Errorf(fettle.Invalid, "say what became of them").WithHint("One of --retry, --write-off, --not-billed, or --found VALUE --credits N.")
}

func (c *unknownResolveCmd) Run(ctx context.Context, s *session) error {
	r, err := c.resolution()
	if err != nil {
		return err
	}
	if (len(c.IDs) == 0) != c.All {
		return fettle.Errorf(fettle.Invalid, "say which").WithHint("Give ids from `fettle unknown list`, or --all.")
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	n, err := api.Resolve(ctx, c.IDs, c.All, r)
	if err != nil {
		return err
	}
	return s.print(n, func(w io.Writer) { _, _ = fmt.Fprintf(w, "%s resolved\n", plural(n.Count, "call", "calls")) })
}

type notifyCmd struct {
	Unread bool `help:"Only those that were not read."`
	Read   bool `help:"Mark them as read."`
}

func (c *notifyCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Notifications(ctx, c.Unread)
	if err != nil {
		return err
	}
	if c.Read {
		if err := api.MarkRead(ctx, []int64{}); err != nil {
			return err
		}
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("at", "kind", "enrichment", "message", "read")
		for _, n := range all {
			g.row(n.At, n.Kind, n.Enrichment, n.Message, n.Read)
		}
		g.render(w, "no notifications")
	})
}

type auditCmd struct{}

func (c *auditCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.Audit(ctx)
	if err != nil {
		return err
	}
	err = s.print(v, func(w io.Writer) {
		for _, check := range v.Checks {
			mark := "✓"
			if !check.OK {
				mark = "✗"
			}
			_, _ = fmt.Fprintf(w, "%s %s: %s\n", mark, check.Name, printable(check.Detail))
		}
	})
	if err == nil && !v.OK {
		return quiet(fettle.Internal.Exit())
	}
	return err
}
