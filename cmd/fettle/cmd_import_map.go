package main

import (
	"context"
	"fmt"
	"io"

	"fettle"
	"fettle/client"
)

type importMapCmd struct {
	ID      int64    `arg:"" help:"The import; fettle import list has the numbers."`
	Columns []string `arg:"" sep:"none" name:"column=field,…" help:"Where columns go. A field that is not there is made, of the type that the values have, or of the one behind a colon: \"Score=score:number\"."`
	Strict  bool     `help:"Reject a row with a value that its field cannot hold, instead of leaving that value out."`
	DryRun  bool     `help:"Say what would happen, and write nothing."`
	NoRun   bool     `help:"Live enrichments do not follow what is written."`
}

func (c *importMapCmd) Run(ctx context.Context, s *session) error {
	mapping, err := parseMap(c.Columns)
	if err != nil {
		return err
	}
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	var view fettle.ImportView
	err = s.confirming(func(confirm bool) error {
		view, err = api.MapImport(ctx, c.ID, client.MapImport{Map: mapping, Strict: c.Strict, DryRun: c.DryRun, NoRun: c.NoRun, Confirm: confirm})
		return err
	})
	if err != nil {
		return err
	}
	return s.print(view, func(w io.Writer) {
		if !view.DryRun {
			_, _ = fmt.Fprintf(w, "import %d, of columns of import %d\n", view.ID, view.Of)
		}
		printImport(w, view)
	})
}
