package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"fettle"
	"fettle/client"
)

type destinationCmd struct {
	List   destinationListCmd   `cmd:"" default:"withargs" help:"List where records go and how that fares. Make one with: fettle apply -f FILE (kind: Destination)."`
	Show   destinationShowCmd   `cmd:"" help:"One destination: what is sent, and what became of the records."`
	Set    destinationSetCmd    `cmd:"" help:"Give a destination its key, another address or another label; what is left out stays."`
	Check  destinationCheckCmd  `cmd:"" help:"Dry run: read what is there, and count what would be written, and what not and why."`
	On     destinationOnCmd     `cmd:"" help:"Have records be sent: those of the audience, and those that enter it or change from now on."`
	Off    destinationOffCmd    `cmd:"" help:"Have nothing more be sent. What is on its way arrives."`
	Send   destinationSendCmd   `cmd:"" help:"Have all records of the audience be sent now."`
	Log    destinationLogCmd    `cmd:"" help:"What was tried and what came of it, newest first."`
	Replay destinationReplayCmd `cmd:"" help:"Send records again that were given up, refused or may have arrived."`
	Delete destinationDeleteCmd `cmd:"" help:"Take a destination away, with its log. What was written there stays."`
}

// fares says in a word or two how a destination fares.
func fares(v fettle.DestinationView) string {
	switch {
	case v.State == fettle.DestinationOff && v.Reason != "":
		return "off (" + v.Reason + ")"
	case v.State == fettle.DestinationOn && v.Filling:
		return "on, looks through the audience"
	}
	return string(v.State)
}

// outcomes writes how many records have each outcome.
func outcomes(of map[fettle.SendOutcome]int64) string {
	var parts []string
	for _, o := range fettle.SendOutcomes() {
		if of[o] > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", fettle.Thousands(of[o]), o))
		}
	}
	return strings.Join(parts, ", ")
}

type destinationListCmd struct{}

func (c *destinationListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Destinations(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("name", "label", "service", "to", "audience", "write", "state", "#waiting", "#written", "#failed", "last sent", "next", "why")
		for _, v := range all {
			g.row(v.Name, v.Label, v.Service, v.Host, v.Audience, v.Write, fares(v), v.Waiting, v.Written, v.Failed, v.SentAt, v.NextAt, v.Detail)
		}
		g.render(w, "nothing leaves: declare a destination and apply it (fettle apply -f FILE)")
	})
}

type destinationShowCmd struct {
	Name string `arg:"" help:"Which."`
}

func (c *destinationShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.Destination(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { printDestination(w, v) })
}

func printDestination(w io.Writer, v fettle.DestinationView) {
	_, _ = fmt.Fprintf(w, "%s: %s, to %s at %s\n", v.Label, fares(v), v.Service, v.Host)
	_, _ = fmt.Fprintf(w, "audience %s, when it %s, %s, id %s\n", v.Audience, strings.Join(v.On, " or "), strings.ReplaceAll(v.Write, "_", " "), v.ID)
	for _, k := range slices.Sorted(maps.Keys(v.Fields)) {
		_, _ = fmt.Fprintf(w, "  %s: %s\n", k, v.Fields[k])
	}
	_, _ = fmt.Fprintf(w, "%s waiting, %s written so far, %s to look at\n", fettle.Thousands(v.Waiting), fettle.Thousands(v.Written), fettle.Thousands(v.Failed))
	if text := outcomes(v.Outcomes); text != "" {
		_, _ = fmt.Fprintln(w, "records: "+text)
	}
	if v.NeedsKey && !v.HasKey {
		_, _ = fmt.Fprintf(w, "It has no key: fettle destination set %s --key …\n", v.Name)
	}
	if v.Detail != "" {
		_, _ = fmt.Fprintln(w, "last failure: "+printable(v.Detail))
	}
}

type destinationSetCmd struct {
	Name    string  `arg:"" help:"Which."`
	Key     *string `placeholder:"KEY" help:"The key of the service; - reads it from the standard input, '' takes it away."`
	BaseURL *string `name:"base-url" placeholder:"URL" help:"Where it is reached, if not where its definition says; '' for that. Another server takes the key away."`
	Label   *string `placeholder:"TEXT" help:"What people call it."`
}

func (c *destinationSetCmd) Run(ctx context.Context, s *session) error {
	if c.Key != nil && *c.Key == "-" {
		key, err := s.readSecret("Key of " + c.Name + ": ")
		if err != nil {
			return err
		}
		c.Key = &key
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.SetDestination(ctx, c.Name, client.DestinationInput{Label: c.Label, Key: c.Key, BaseURL: c.BaseURL})
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { printDestination(w, v) })
}

type destinationCheckCmd struct {
	Name    string `arg:"" help:"Which."`
	Records int    `placeholder:"N" help:"How many records of the audience are looked at; without it 1,000, at most 10,000."`
}

func (c *destinationCheckCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.CheckDestination(ctx, c.Name, c.Records)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s of %s looked at; nothing is written\n", fettle.Count(v.Looked, "record", "records"), fettle.Thousands(v.Audience))
		g := newGrid("what would become of them", "#records")
		for _, o := range fettle.SendOutcomes() {
			if v.Outcomes[o] > 0 {
				g.row(string(o), v.Outcomes[o])
			}
		}
		g.render(w, "no records")
		g = newGrid("sets", "#fills", "#replaces", "#keeps", "#same", "#blank here")
		for _, p := range v.Properties {
			g.row(p.Property, p.Fills, p.Replaces, p.Keeps, p.Same, p.Blank)
		}
		g.render(w, "")
		for _, x := range v.Samples {
			var parts []string
			for _, ch := range x.Changes {
				parts = append(parts, fmt.Sprintf("%s: %q → %q", ch.Property, printable(ch.Before), printable(ch.After)))
			}
			_, _ = fmt.Fprintf(w, "record %d (%s there): %s\n", x.RecordID, printable(x.RemoteID), strings.Join(parts, ", "))
		}
		_, _ = fmt.Fprintf(w, "%s to write them\n", fettle.Count(v.Calls, "request", "requests"))
	})
}

type destinationOnCmd struct {
	Name    string `arg:"" help:"Which."`
	NewOnly bool   `name:"new-only" help:"Not those that are in the audience already."`
}

func (c *destinationOnCmd) Run(ctx context.Context, s *session) error {
	return c.do(ctx, s, func(ctx context.Context, api *client.Client, confirm bool) (fettle.DestinationView, error) {
		return api.TurnOnDestination(ctx, c.Name, c.NewOnly, confirm)
	})
}

// do does what has to be confirmed, and says how the destination stands.
func (c *destinationOnCmd) do(ctx context.Context, s *session, act func(context.Context, *client.Client, bool) (fettle.DestinationView, error)) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var v fettle.DestinationView
	if err := s.confirming(func(confirm bool) error {
		v, err = act(ctx, api, confirm)
		return err
	}); err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { _, _ = fmt.Fprintf(w, "%s is %s\n", v.Label, fares(v)) })
}

type destinationOffCmd struct {
	Name string `arg:"" help:"Which."`
}

func (c *destinationOffCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.TurnOffDestination(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) { _, _ = fmt.Fprintf(w, "%s is off\n", v.Label) })
}

type destinationSendCmd struct {
	Name  string `arg:"" help:"Which."`
	Again bool   `help:"What was settled before is asked and written once more."`
}

func (c *destinationSendCmd) Run(ctx context.Context, s *session) error {
	return (&destinationOnCmd{}).do(ctx, s, func(ctx context.Context, api *client.Client, confirm bool) (fettle.DestinationView, error) {
		return api.SendDestination(ctx, c.Name, c.Again, confirm)
	})
}

type destinationLogCmd struct {
	Name    string `arg:"" help:"Which."`
	Outcome string `default:"" enum:",written,has_value,blank,no_id,shared_id,not_there,suppressed,refused,failed,tried_again,unknown" help:"Only these: written, refused, failed, …"`
	Record  int64  `placeholder:"ID" help:"Only those of this record."`
	Limit   int    `placeholder:"N" help:"How many; without it 50, or all as JSON."`
}

func (c *destinationLogCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, _, err := pages(most(c.Limit, 50, s.JSON), func(after string, limit int) (client.Page[fettle.SentView], error) {
		return api.Sent(ctx, c.Name, client.SentQuery{Outcome: c.Outcome, Record: c.Record, After: after, Limit: limit})
	})
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("at", "#record", "id there", "outcome", "#tries", "next", "what", "why")
		for _, v := range all {
			var what []string
			for _, ch := range v.Changes {
				what = append(what, ch.Property+": "+printable(ch.After))
			}
			g.row(v.At, v.RecordID, v.RemoteID, string(v.Outcome), v.Tries, v.NextAt, strings.Join(what, ", "), v.Message)
		}
		g.render(w, "nothing was sent yet")
	})
}

type destinationReplayCmd struct {
	Name    string  `arg:"" help:"Which."`
	Records []int64 `arg:"" optional:"" name:"record" help:"Ids of records."`
	Failed  bool    `help:"All that were given up, refused or may have arrived."`
}

func (c *destinationReplayCmd) Run(ctx context.Context, s *session) error {
	if (len(c.Records) == 0) != c.Failed {
		return fettle.Errorf(fettle.Invalid, "say which").WithHint("Give ids of records from `fettle destination log %s`, or --failed.", c.Name)
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var total client.Count
	for _, id := range append(c.Records, 0)[:max(1, len(c.Records))] {
		n, err := api.ReplaySent(ctx, c.Name, id)
		if err != nil {
			return err
		}
		total.Count += n.Count
	}
	return s.print(total, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s will be sent again\n", plural(total.Count, "record", "records"))
	})
}

type destinationDeleteCmd struct {
	Name string `arg:"" help:"Which."`
}

func (c *destinationDeleteCmd) Run(ctx context.Context, s *session) error {
	return removal{
		name: c.Name, asks: fmt.Sprintf("The destination %s is taken away, with its log", c.Name), says: c.Name + " is gone",
		there: func(ctx context.Context, api *client.Client) error {
			_, err := api.Destination(ctx, c.Name)
			return err
		},
		remove: func(ctx context.Context, api *client.Client) error { return api.DeleteDestination(ctx, c.Name) },
	}.take(ctx, s)
}
