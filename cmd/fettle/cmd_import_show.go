package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"fettle"
)

type importShowCmd struct {
	ID int64 `arg:"" optional:"" help:"The import; the newest one that was not taken back without it."`
}

func (c *importShowCmd) Run(ctx context.Context, s *session) error {
	api, err := s.client(ctx)
	if err != nil {
		return err
	}
	view, err := api.ImportByID(ctx, c.ID)
	if err != nil {
		return err
	}
	return s.print(view, func(w io.Writer) {
		_, _ = fmt.Fprintf(w, "import %d of %s, %s: %s\n", view.ID, printable(view.File), view.At.Format("2006-01-02 15:04"), view.State)
		printImport(w, view)
	})
}

// printReceipt says of each field how much of its column the table holds, and
// why that is less.
func printReceipt(w io.Writer, v fettle.ImportView) {
	if len(v.Receipt) == 0 || v.Read == 0 {
		return
	}
	table := "#table"
	if v.DryRun {
		table = "#table would"
	}
	_, _ = fmt.Fprintln(w, "receipt: how many cells the file fills, and how many records hold what it says")
	g := newGrid("column", "field", "#file", table, "differs")
	for _, f := range v.Receipt {
		why := make([]string, len(f.Differs))
		for i, d := range f.Differs {
			why[i] = thousands(d.Rows) + " " + d.Reason
		}
		g.row(printable(f.Column), f.Field, f.File, f.Table, strings.Join(why, ", "))
	}
	g.render(w, "")
}
