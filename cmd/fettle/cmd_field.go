package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"fettle"
	"fettle/client"
)

type fieldSetCmd struct {
	Field        string   `arg:"" help:"Its key."`
	Entity       string   `required:"" enum:"people,companies" help:"people or companies."`
	Label        string   `help:"What people see."`
	Description  string   `help:"What it means."`
	Type         string   `help:"Text may become a select or multi_select, and these text."`
	Options      []string `sep:"," placeholder:"A,B" help:"All values that it knows, in their order."`
	AddOption    []string `sep:"none" placeholder:"VALUE" help:"One more value that it knows; again for further ones."`
	RemoveOption []string `sep:"none" placeholder:"VALUE" help:"A value that it knows no more. Records keep it, marked."`
	Currency     string   `placeholder:"EUR" help:"Its ISO code. Amounts stay as they are."`
}

func (c *fieldSetCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	all, err := api.Fields(ctx, fettle.Entity(c.Entity))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(f fettle.Field) bool { return f.Key == c.Field })
	if i < 0 {
		return fettle.Errorf(fettle.NotFound, "%s have no field %q", c.Entity, c.Field).WithHint("List them with: fettle field list --entity %s", c.Entity)
	}
	f := all[i]
	in := client.FieldInput{Label: f.Label, Type: f.Type, Description: f.Description, Key: f.KeyField, Options: f.Options, Currency: c.Currency}
	if c.Label != "" {
		in.Label = c.Label
	}
	if c.Description != "" {
		in.Description = c.Description
	}
	if c.Type != "" {
		in.Type = fettle.FieldType(c.Type)
	}
	if len(c.Options) > 0 {
		in.Options = c.Options
	}
	in.Options = append(slices.Clone(in.Options), c.AddOption...)
	in.Options = slices.DeleteFunc(in.Options, func(o string) bool {
		return slices.ContainsFunc(c.RemoveOption, func(r string) bool { return strings.EqualFold(r, o) })
	})
	if f, err = api.UpdateField(ctx, fettle.Entity(c.Entity), c.Field, in); err != nil {
		return err
	}
	return s.print(f, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "%s.%s (%s)\n", f.Entity, f.Key, f.Type)
		if len(f.Options) > 0 {
			_, _ = fmt.Fprintf(w, "  knows %s\n", strings.Join(f.Options, ", "))
		}
	})
}
