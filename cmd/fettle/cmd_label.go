package main

import (
	"context"
	"fmt"
	"io"

	"fettle/client"
)

// renameFlags are what every rename takes.
type renameFlags struct {
	Name  string `arg:"" help:"Its name, which stays: files, limits and the journal go by it."`
	Label string `required:"" placeholder:"TEXT" help:"What people call it, such as \"House Democrats\": one line, at most 120 characters."`
}

func (f renameFlags) print(s *session, v any, label string) error {
	return s.print(v, func(w io.Writer) { _, _ = fmt.Fprintf(w, "%s is called %s\n", f.Name, printable(label)) })
}

type audienceRenameCmd struct{ renameFlags }

func (c *audienceRenameCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.RenameAudience(ctx, c.Name, c.Label)
	if err != nil {
		return err
	}
	return c.print(s, v, v.Label)
}

type enrichmentRenameCmd struct{ renameFlags }

func (c *enrichmentRenameCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.RenameEnrichment(ctx, c.Name, c.Label)
	if err != nil {
		return err
	}
	return c.print(s, v, v.Label)
}

type signalRenameCmd struct{ renameFlags }

func (c *signalRenameCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.RenameSignalRule(ctx, c.Name, c.Label)
	if err != nil {
		return err
	}
	return c.print(s, v, v.Label)
}

type channelRenameCmd struct{ renameFlags }

func (c *channelRenameCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.ChangeChannel(ctx, c.Name, client.ChannelInput{Label: &c.Label})
	if err != nil {
		return err
	}
	return c.print(s, v, v.Label)
}
