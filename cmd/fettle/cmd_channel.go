package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"fettle"
	"fettle/client"
)

type channelCmd struct {
	List   channelListCmd   `cmd:"" default:"withargs" help:"List channels and how deliveries to them go."`
	Add    channelAddCmd    `cmd:"" help:"Make a channel: a signed webhook, Slack, or e-mail."`
	Set    channelSetCmd    `cmd:"" help:"Change a channel; what is left out stays."`
	Test   channelTestCmd   `cmd:"" help:"Send a made-up event, and say what became of it."`
	Log    channelLogCmd    `cmd:"" help:"List the messages of a channel, newest first, and what became of each."`
	Replay channelReplayCmd `cmd:"" help:"Send messages again under their ids."`
	Events channelEventsCmd `cmd:"" help:"List the events that there are, and what their data holds."`
	Rename channelRenameCmd `cmd:"" help:"Give a channel another label; its name stays."`
	Delete channelDeleteCmd `cmd:"" help:"Take a channel away, with its log and what waits for it."`
}

// channelFlags say what a channel is to be.
type channelFlags struct {
	Webhook    *string  `placeholder:"URL" help:"The address of a program. It gets every event by itself, signed as the Standard Webhooks specification says."`
	Slack      *string  `placeholder:"URL" help:"The address of an incoming webhook of Slack, or of a chat that takes the same."`
	Email      []string `placeholder:"A,B" help:"The addresses of people."`
	SMTP       *string  `name:"smtp" placeholder:"URL" help:"The mail server of --email: smtp://USER:PASSWORD@HOST:587?from=ADDRESS. Default: FETTLE_SMTP of the process that sends."`
	Secret     *string  `placeholder:"whsec_…" help:"What signs for a webhook. Without it one is made, and shown once."`
	On         *string  `placeholder:"EVENT,…" help:"Only these events, such as enrichment.limit_reached, enrichment.* or record.entered:AUDIENCE; '' for the usual ones. See: fettle channel events"`
	Owner      *string  `placeholder:"EMAIL" help:"Only what belongs to this person: who an enrichment's run is on the account of, or whom --owner-field names. '' for everything."`
	OwnerField *string  `placeholder:"FIELD" help:"The field of a record that says whose it is, for events about records: with --owner only that person's are told, without it all, each with its owner. '' for none."`
	Every      string   `placeholder:"30m" help:"How long events of a kind are gathered for people, after the first. Default: 30m."`
}

func (f channelFlags) input(name string) (client.ChannelInput, error) {
	in := client.ChannelInput{Name: name, Webhook: f.Webhook, Slack: f.Slack, Email: f.Email, SMTP: f.SMTP, Secret: f.Secret, Owner: f.Owner, OwnerField: f.OwnerField}
	if f.On != nil {
		on := strings.FieldsFunc(*f.On, func(r rune) bool { return r == ',' || r == ' ' })
		in.Events = &on
	}
	if f.Every != "" {
		every, err := fettle.ParseInterval(f.Every)
		if err != nil {
			return in, err
		}
		in.Every = &every
	}
	return in, nil
}

type channelListCmd struct{}

func (c *channelListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Channels(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("name", "label", "kind", "to", "on", "owner", "owner field", "state", "waiting", "given up", "last sent", "why")
		for _, v := range all {
			g.row(v.Name, v.Label, string(v.Kind), v.Target, strings.Join(v.Events, " "), v.Owner, v.OwnerField, string(v.State), v.Waiting, v.Failed, v.SentAt, v.Detail)
		}
		g.render(w, "nobody is told: fettle channel add NAME --slack URL | --email A,B | --webhook URL")
	})
}

type channelAddCmd struct {
	Name  string  `arg:"" optional:"" help:"Its name. Without it one is made of --label."`
	Label *string `placeholder:"TEXT" help:"What people call it, such as \"Sales team\"."`
	channelFlags
}

func (c *channelAddCmd) Run(ctx context.Context, s *session) error {
	in, err := c.input(c.Name)
	if err != nil {
		return err
	}
	in.Label = c.Label
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.CreateChannel(ctx, in)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s sends to %s; try it: fettle channel test %s\n", v.Name, v.Target, v.Name)
		printSecret(w, v)
	})
}

func printSecret(w io.Writer, v fettle.ChannelView) {
	if v.Secret != "" {
		_, _ = fmt.Fprintf(w, "The signing secret, shown this once: %s\n", v.Secret)
	}
}

type channelSetCmd struct {
	Name string `arg:"" help:"Which."`
	channelFlags
}

func (c *channelSetCmd) Run(ctx context.Context, s *session) error {
	in, err := c.input("")
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.ChangeChannel(ctx, c.Name, in)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		if v.State == fettle.ChannelNoAddress {
			_, _ = fmt.Fprintf(w, "%s is told nothing before it has an address: fettle channel set %s --%s URL\n", v.Name, v.Name, v.Kind)
			return
		}
		_, _ = fmt.Fprintf(w, "%s sends to %s\n", v.Name, v.Target)
		printSecret(w, v)
	})
}

type channelTestCmd struct {
	Name string `arg:"" help:"Which."`
}

func (c *channelTestCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.TestChannel(ctx, c.Name)
	if err != nil {
		return err
	}
	if err := s.print(v, func(w io.Writer) {
		if v.State == "sent" {
			_, _ = fmt.Fprintf(w, "arrived: %s\n", v.ID)
			return
		}
		_, _ = fmt.Fprintf(s.stderr, "fettle: it did not arrive: %s\n", printable(v.Error))
	}); err != nil || v.State == "sent" {
		return err
	}
	return quiet(fettle.Unavailable.Exit())
}

type channelLogCmd struct {
	Name  string `arg:"" help:"Which."`
	State string `default:"" enum:",pending,sent,failed,dropped" help:"Only pending, sent, failed or dropped."`
	Limit int    `placeholder:"N" help:"How many; without it 50, or all as JSON."`
}

func (c *channelLogCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, _, err := pages(most(c.Limit, 50, s.JSON), func(after string, limit int) (client.Page[fettle.DeliveryView], error) {
		return api.Deliveries(ctx, c.Name, c.State, after, limit)
	})
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("at", "id", "event", "events", "state", "tries", "next", "error", "message")
		for _, v := range all {
			g.row(v.At, v.ID, string(v.Type), v.Events, v.State, v.Tries, v.NextAt, v.Error, v.Message)
		}
		g.render(w, "nothing was sent yet")
	})
}

type channelReplayCmd struct {
	Name   string   `arg:"" help:"Which."`
	IDs    []string `arg:"" optional:"" name:"id" help:"Ids of messages, as the log shows them."`
	Failed bool     `help:"All that were given up."`
}

func (c *channelReplayCmd) Run(ctx context.Context, s *session) error {
	if (len(c.IDs) == 0) != c.Failed {
		return fettle.Errorf(fettle.Invalid, "say which").WithHint("Give ids from `fettle channel log %s`, or --failed.", c.Name)
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var total client.Count
	for i := range max(1, len(c.IDs)) {
		id := ""
		if !c.Failed {
			id = c.IDs[i]
		}
		n, err := api.Replay(ctx, c.Name, id)
		if err != nil {
			return err
		}
		total.Count += n.Count
		for c.Failed && n.Count == maxPage { // there may be more; what fails again at once is left for later
			if n, err = api.Replay(ctx, c.Name, ""); err != nil {
				return err
			}
			total.Count += n.Count
		}
	}
	return s.print(total, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s will be sent again\n", plural(total.Count, "message", "messages"))
	})
}

type channelEventsCmd struct{}

func (c *channelEventsCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.EventTypes(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("event", "says that", "data")
		for _, k := range all {
			name := string(k.Type)
			if k.PerAudience {
				name = fettle.EnteredIn("AUDIENCE")
			}
			g.row(name, strings.ReplaceAll(k.Says, "`", ""), strings.Join(k.Data, " "))
		}
		g.render(w, "")
	})
}

type channelDeleteCmd struct {
	Name string `arg:"" help:"Which."`
}

func (c *channelDeleteCmd) Run(ctx context.Context, s *session) error {
	return removal{
		name: c.Name, asks: fmt.Sprintf("The channel %s is taken away, with its log and what waits for it", c.Name), says: c.Name + " is gone",
		there: func(ctx context.Context, api *client.Client) error {
			all, err := api.Channels(ctx)
			return among(all, err, func(v fettle.ChannelView) bool { return v.Name == c.Name },
				fettle.Errorf(fettle.NotFound, "there is no channel %q", c.Name).WithHint("fettle channel list lists them."))
		},
		remove: func(ctx context.Context, api *client.Client) error { return api.DeleteChannel(ctx, c.Name) },
	}.take(ctx, s)
}
