package engine

import (
	"context"
	"io"
	"strconv"

	"fettle"
	"fettle/source/csv"
	"fettle/store"
)

// AsideCSV writes the values that an import set aside: the line, the column, the
// field, the value and the reason.
func (e *Engine) AsideCSV(ctx context.Context, actor fettle.Actor, id int64, w io.Writer) error {
	if err := actor.Require(fettle.Viewer, "see imports"); err != nil {
		return err
	}
	out, err := csv.NewWriter(w, csv.WriterOptions{})
	if err != nil {
		return err
	}
	if err := out.Write([]string{"line", "column", "field", "value", "reason"}); err != nil {
		return err
	}
	for after := (fettle.Aside{}); ; {
		var page []fettle.Aside
		err := e.db.View(ctx, func(tx *store.Tx) (err error) {
			if _, err := tx.Import(ctx, id); err != nil {
				return err
			}
			page, err = tx.ImportAsides(ctx, id, after, store.MaxPage)
			return err
		})
		if err != nil {
			return err
		}
		for _, a := range page {
			if err := out.Write([]string{strconv.Itoa(a.Line), a.Column, a.Field, a.Value, a.Reason}); err != nil {
				return err
			}
			after = a
		}
		if len(page) < store.MaxPage {
			return out.Flush()
		}
	}
}
