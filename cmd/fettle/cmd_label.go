package main

import (
	"cmp"
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

type workspaceCmd struct {
	Show   workspaceShowCmd   `cmd:"" default:"1" help:"Its name, its version, who you are, and whether a process makes calls."`
	Rename workspaceRenameCmd `cmd:"" help:"Say what people call it: at sign-in, in the navigation, in titles. For admins."`
}

type workspaceShowCmd struct{}

func (workspaceShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.Status(ctx)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s, Fettle %s\n", printable(cmp.Or(v.Workspace, "A workspace without a name")), v.Version)
		_, _ = fmt.Fprintf(w, "You are %s, %s.\n", printable(v.Actor), v.Role)
		if !v.Following {
			_, _ = fmt.Fprintln(w, "Nobody is following: no process makes calls.")
		}
	})
}

type workspaceRenameCmd struct {
	Label string `required:"" placeholder:"TEXT" help:"What people call it, such as \"Acme GTM\": one line, at most 120 characters. Empty takes it away."`
}

func (c *workspaceRenameCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.NameWorkspace(ctx, c.Label)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		if v.Workspace == "" {
			_, _ = fmt.Fprintln(w, "The workspace has no name.")
			return
		}
		_, _ = fmt.Fprintf(w, "The workspace is called %s\n", printable(v.Workspace))
	})
}
