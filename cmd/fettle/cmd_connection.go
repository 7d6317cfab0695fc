package main

import (
	"context"
	"fmt"
	"io"

	"fettle"
	"fettle/client"
)

type providerConnectCmd struct {
	Name string `arg:"" placeholder:"PROVIDER@CONNECTION" help:"The provider and the new connection's name, such as llm/openai@local."`
	URL  string `name:"url" placeholder:"URL" help:"Its address, where it is not the provider's own."`
	Key  bool   `help:"Read its key from the standard input, or ask for it."`
	Unit string `placeholder:"N" help:"What one of the provider's units costs through it, in credits."`
}

// Run adds the connection. Its key is never on the command line: it would be in
// the shell's history.
func (c *providerConnectCmd) Run(ctx context.Context, s *session) error {
	in := client.Connection{}
	if c.URL != "" {
		in.BaseURL = &c.URL
	}
	if c.Unit != "" {
		n, err := fettle.ParseCredits(c.Unit)
		if err != nil {
			return err
		}
		in.UnitCredits = &n
	}
	if c.Key {
		key, err := s.readSecret("Key of " + c.Name + ": ")
		if err != nil {
			return err
		}
		if key == "" {
			return fettle.Errorf(fettle.Invalid, "no key was given").WithHint("Pipe it in: fettle provider connect %s --key < file, or leave --key out.", c.Name)
		}
		in.Key = &key
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	p, err := api.AddConnection(ctx, c.Name, in)
	if err != nil {
		return err
	}
	return s.print(p, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s is at %s: steps name it with provider: %s\n", p.Name, printable(p.BaseURL), asked(p))
		if !p.Ready {
			_, _ = fmt.Fprintln(w, printable("It is not ready: "+p.Why))
		}
	})
}

// asked is how a step names a connection: with one of its operations.
func asked(p client.Provider) string {
	if len(p.Operations) == 0 {
		return p.Name
	}
	return p.Operations[0].ID
}

type providerDisconnectCmd struct {
	Name string `arg:"" placeholder:"PROVIDER@CONNECTION" help:"The connection."`
}

func (c *providerDisconnectCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	if err := api.RemoveConnection(ctx, c.Name); err != nil {
		return err
	}
	return s.print(map[string]string{"disconnected": c.Name}, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s is disconnected; what it was asked stays known\n", c.Name)
	})
}

type providerSimulateCmd struct {
	State string `arg:"" optional:"" enum:"on,off," default:"" placeholder:"on|off" help:"on or off; without it, how it stands."`
}

func (c *providerSimulateCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.Simulated(ctx)
	if c.State != "" {
		v, err = api.SetSimulated(ctx, c.State == "on")
	}
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		if !v.On {
			_, _ = fmt.Fprintln(w, "the simulated provider is off")
			return
		}
		_, _ = fmt.Fprintln(w, "the simulated provider is on: steps name it with provider: sandbox/find_email or llm/sandbox; its answers are made up, and nothing is billed")
	})
}

type providerModelsCmd struct {
	Name string `arg:"" help:"The provider, or one of its connections: provider@connection."`
}

func (c *providerModelsCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Models(ctx, c.Name)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("model", "price known")
		for _, m := range all {
			g.row(m.Model, m.Priced)
		}
		g.render(w, "no models")
	})
}
