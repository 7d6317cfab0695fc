package engine

import (
	"context"
	"io"

	"fettle"
	"fettle/source/csv"
	"fettle/store"
)

// ExportOptions says how a table is written.
type ExportOptions struct {
	Raw   bool // cells that a spreadsheet would run as formulas stay as they are
	Excel bool // begins with a byte order mark, by which Excel knows UTF-8

	Only   []int64 // of the records of the query: these alone, if any is named
	Except []int64 // and not these
}

// takes gives the test for what is written of a query's records.
func (o ExportOptions) takes() func(id int64) bool {
	only, not := setOf(o.Only), setOf(o.Except)
	return func(id int64) bool { return (len(only) == 0 || only[id]) && !not[id] }
}

// Export writes the records of a query as CSV, headed by the keys of the
// fields (none named: all), and gives how many. Cells that a spreadsheet would
// run as formulas are neutralised unless it is raw. It reads page by page, each as of
// its own moment: an export of millions holds nothing up.
func (e *Engine) Export(ctx context.Context, actor fettle.Actor, from Query, how ExportOptions, w io.Writer) (int64, error) {
	if err := actor.Require(fettle.Viewer, "export records"); err != nil {
		return 0, err
	}
	from.After, from.Offset = "", 0
	l, err := e.listing(ctx, from)
	if err != nil {
		return 0, err
	}
	q := l.query
	q.Limit = store.MaxPage
	out, err := csv.NewWriter(w, csv.WriterOptions{Raw: how.Raw, BOM: how.Excel})
	if err != nil {
		return 0, err
	}
	if err := out.Write(q.Fields); err != nil {
		return 0, err
	}
	n, err := e.exportPages(ctx, q, how.takes(), out)
	if err != nil {
		return n, err
	}
	return n, out.Flush()
}

func (e *Engine) exportPages(ctx context.Context, q store.Query, takes func(int64) bool, out *csv.Writer) (int64, error) {
	cells := make([]string, len(q.Fields))
	for n := int64(0); ; {
		var page []*store.Record
		var next string
		err := e.db.View(ctx, func(tx *store.Tx) (err error) {
			page, next, err = tx.Page(ctx, q)
			return err
		})
		if err != nil {
			return n, err
		}
		for _, r := range page {
			if !takes(r.ID) {
				continue
			}
			for i, key := range q.Fields {
				cells[i] = fettle.FormatValue(r.Value(key))
			}
			if err := out.Write(cells); err != nil {
				return n, err
			}
			n++
		}
		if next == "" {
			return n, nil
		}
		q.After = next
	}
}
