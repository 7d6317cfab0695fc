package main

import (
	"context"
	"fmt"
	"io"

	"fettle"
	"fettle/client"
)

type playCmd struct {
	List playListCmd `cmd:"" default:"withargs" help:"What there is to begin with."`
	Show playShowCmd `cmd:"" help:"What a play is made of: its documents."`
	Add  playAddCmd  `cmd:"" help:"Add what a play is made of to the workspace. It buys nothing before its enrichments are started."`
}

type playListCmd struct{}

func (c *playListCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Plays(ctx)
	if err != nil {
		return err
	}
	return printList(s, all, func(w io.Writer) {
		g := newGrid("name", "what it does")
		for _, p := range all {
			g.row(p.Name, p.Title)
		}
		g.render(w, "no plays")
	})
}

type playName struct {
	Name string `arg:"" help:"The play."`
}

type playShowCmd struct{ playName }

func (c *playShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	p, err := api.Play(ctx, c.Name)
	if err != nil {
		return err
	}
	return s.print(p, func(w io.Writer) { _, _ = io.WriteString(w, p.Documents) })
}

type playAddCmd struct{ playName }

func (c *playAddCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	p, err := api.Play(ctx, c.Name)
	if err != nil {
		return err
	}
	var changes []client.Change
	err = s.confirming(func(confirm bool) error {
		changes, err = api.Apply(ctx, client.Documents{Text: p.Documents, Confirm: confirm})
		return err
	})
	if err != nil {
		return fettle.AsError(err).With("play", p.Name)
	}
	return printList(s, changes, func(w io.Writer) {
		showChanges(w, changes, map[string]string{"create": "created", "update": "updated"})
		_, _ = fmt.Fprintln(w, p.About)
	})
}
