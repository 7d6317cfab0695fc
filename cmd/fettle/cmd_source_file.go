package main

import (
	"context"
	"fmt"
	"io"

	"fettle"
	"fettle/client"
)

type sourceReadCmd struct {
	Name       string `arg:"" help:"Which."`
	DryRun     bool   `help:"Say what would happen, and write nothing."`
	NewColumns bool   `help:"Its columns may be others than those of the file before."`
	NoRun      bool   `help:"Live enrichments do not follow what is imported."`
}

func (c *sourceReadCmd) Run(ctx context.Context, s *session) error {
	var v fettle.SourceReading
	err := s.confirming(func(confirm bool) error {
		api, err := s.client(ctx)
		if err != nil {
			return err
		}
		v, err = api.ReadSource(ctx, c.Name, client.ReadingInput{DryRun: c.DryRun, NewColumns: c.NewColumns, NoRun: c.NoRun, Confirm: confirm})
		return err
	})
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		if v.Import != nil {
			printImport(w, *v.Import)
		}
	})
}

type sourceSetCmd struct {
	Name   string `arg:"" help:"Which."`
	Secret string `required:"" placeholder:"TEXT" help:"What is sent in the header with which its file is fetched, such as \"Bearer …\"; - reads it from the standard input, '' takes it away."`
}

func (c *sourceSetCmd) Run(ctx context.Context, s *session) error {
	if c.Secret == "-" {
		secret, err := s.readSecret("Secret of " + c.Name + ": ")
		if err != nil {
			return err
		}
		c.Secret = secret
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	v, err := api.SetSourceSecret(ctx, c.Name, c.Secret)
	if err != nil {
		return err
	}
	return s.print(v, func(w io.Writer) {
		said := "has no secret"
		if v.Read != nil && v.Read.HasSecret {
			said = "has a secret"
		}
		_, _ = fmt.Fprintf(w, "%s %s\n", v.Label, said)
	})
}
