package ingest

import (
	"context"

	"fettle"
	"fettle/source/csv"
	"fettle/store"
)

// lookRows is how many rows Look shows.
const lookRows = 5

// Look shows the beginning of a table: its columns, the first rows, and where an
// import would put each column. It reads only. No column needs to fit.
func Look(ctx context.Context, db *store.DB, r *csv.Reader, opts ImportOptions) (fettle.ImportView, error) {
	first := r.Peek(firstRows)
	view := fettle.ImportView{
		Entity: opts.Entity, File: opts.File, DryRun: true, Mapping: map[string]string{}, Unmapped: []string{}, Rejects: []fettle.Reject{}, Merges: []fettle.MergedRow{}, Receipt: []fettle.ReceiptField{},
		Columns: r.Columns(), Rows: first[:min(lookRows, len(first))], HeadingLine: r.HeadingLine(), At: opts.Now,
	}
	told(&view, r)
	err := db.View(ctx, func(tx *store.Tx) error {
		m, err := settle(ctx, tx, r.Columns(), first, opts)
		if err != nil {
			return err
		}
		view.Mapping, view.Unmapped, view.Keys = m.names(), append(view.Unmapped, m.unmapped...), m.keys(opts)
		if view.Source, err = m.listFor(ctx, tx, first, opts); err != nil {
			return err
		}
		view.IDColumn, view.Employer = idColumn(view.Mapping), m.employer()
		offer := opts
		offer.CreateFields = true
		if offer.types, err = newTypes(r.Columns(), first, nil); err != nil {
			return err
		}
		all, err := settle(ctx, tx, r.Columns(), first, offer)
		view.NewFields = all.newFields()
		return err
	})
	return view, err
}

// told says of a file how it was read.
func told(v *fettle.ImportView, r *csv.Reader) {
	v.Encoding, v.Delimiter, v.Notes = r.Encoding(), r.Delimiter(), r.Notes()
	v.Sheets, v.Sheet = r.Sheets()
}
