package ingest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/store"
)

// LaterOptions says which columns of a past import get a field.
type LaterOptions struct {
	Import    int64
	Map       map[string]string // column → "field" or "field:type"; a field that is not there is made
	DryRun    bool              // writes nothing
	Preview   bool              // of a dry run: the answer shows what would change
	NoRun     bool              // live enrichments do not follow what is written
	Answered  bool              // what it opens counts in the own limit of the actor
	Confirmed bool              // the actor said yes to what it opens
	Strict    bool              // a value that its field cannot hold rejects its row, instead of being set aside
	Actor     string
	Now       time.Time

	OnBatch func(ctx context.Context, fields []string, w []WouldBe) error   // the records that a batch changed; an error ends it
	OnEnd   func(ctx context.Context, tx *store.Tx, imp store.Import) error // by the transaction that ends it
}

// MapLater puts columns that an import left out into fields, from the rows that
// it kept. It is an import of its own, whose source is that of the first, and
// writes as one does: over everything but what was set by hand. It makes no record
// and merges none: a value that is the key of another record is stored all the
// same, and listed as a conflict. Rows whose record was deleted are rejected;
// those of a record that was merged away go to the survivor.
func MapLater(ctx context.Context, db *store.DB, opts LaterOptions) (fettle.ImportView, error) {
	l := &later{db: db, opts: opts}
	if opts.DryRun && opts.Preview {
		l.preview = newPreview()
	}
	if err := l.begin(ctx); err != nil {
		return fettle.ImportView{}, err
	}
	err := l.pages(ctx, l.write)
	if end := l.end(context.WithoutCancel(ctx), err); end != nil {
		err = errors.Join(err, end)
	}
	v := ImportView(l.record)
	v.DryRun, v.NewFields, v.NewValues = opts.DryRun, l.mapping.newFields(), l.news.list()
	v.Rejects, v.Aside = append(v.Rejects, l.rejects...), l.aside
	l.preview.into(&v)
	return v, err
}

type later struct {
	db      *store.DB
	opts    LaterOptions
	of      store.Import
	mapping mapping
	record  store.Import
	origin  int64
	met     met
	preview *preview
	news    newValues
	rejects []fettle.Reject
	aside   []fettle.Aside
}

// laterRows is how many rows one transaction writes.
const laterRows = 1000

// begin settles the mapping by what the rows hold, makes fields, and records the
// import.
func (l *later) begin(ctx context.Context) error {
	err := l.db.View(ctx, func(tx *store.Tx) (err error) {
		if l.of, err = tx.Import(ctx, l.opts.Import); err != nil {
			return err
		}
		return l.refuse()
	})
	if err != nil {
		return err
	}
	columns := slices.Concat(l.of.Counts.Unmapped, slices.Collect(maps.Keys(l.of.Mapping)))
	slices.Sort(columns)
	l.mapping = mapping{columns: columns, strict: l.opts.Strict}
	first, types, err := l.look(ctx)
	if err != nil {
		return err
	}
	how := ImportOptions{Entity: l.of.Entity, Map: l.opts.Map, CreateFields: true, types: types}
	settle := func(tx *store.Tx) error {
		l.mapping = mapping{columns: columns, strict: l.opts.Strict, at: map[string]int{}}
		fields, err := tx.Fields(ctx, l.of.Entity)
		if err != nil {
			return err
		}
		chosen, err := l.mapping.chosen(fields, how)
		if err != nil {
			return err
		}
		for i, c := range columns {
			if f, ok := chosen[c]; ok {
				l.mapping.at[f.Key] = len(l.mapping.mapped)
				l.mapping.mapped = append(l.mapping.mapped, target{i, f})
			}
		}
		l.mapping.learn(first)
		source := l.of.Source
		if source == unnamed { // ids that come now are of a list of their own
			source = l.mapping.list(ImportOptions{})
		}
		l.record = store.Import{
			Entity: l.of.Entity, Source: source, File: l.of.File, Mapping: l.mapping.names(), State: store.ImportRunning, NoRun: l.opts.NoRun,
			Actor: l.opts.Actor, CreatedUS: l.opts.Now.UnixMicro(), Of: l.of.ID,
		}
		return nil
	}
	if l.opts.DryRun {
		return l.db.View(ctx, settle)
	}
	return l.db.Update(ctx, func(tx *store.Tx) error {
		if err := settle(tx); err != nil {
			return err
		}
		return l.open(ctx, tx)
	})
}

// refuse says why columns of the import cannot be mapped.
func (l *later) refuse() error {
	switch {
	case l.of.Of != 0:
		return fettle.Errorf(fettle.Refused, "import %d has no rows of its own: it mapped columns of import %d", l.of.ID, l.of.Of).
			WithHint("Map columns of that one (fettle import map %d).", l.of.Of)
	case l.of.State == store.ImportUndone || l.of.State == store.ImportUndoing:
		return fettle.Errorf(fettle.Refused, "import %d was taken back", l.of.ID).WithHint("Import the file again.")
	case l.of.State == store.ImportRunning && !l.of.Interrupted(time.Now()):
		return fettle.Errorf(fettle.Refused, "import %d still runs", l.of.ID).WithHint("Wait until it is done.")
	case len(l.opts.Map) == 0 && len(l.of.Counts.Unmapped) == 0:
		return fettle.Errorf(fettle.Invalid, "no column is named").WithHint("The import left out no column.")
	case len(l.opts.Map) == 0:
		return fettle.Errorf(fettle.Invalid, "no column is named").WithHint("Columns that were left out: %s.", list(l.of.Counts.Unmapped))
	}
	return nil
}

// open makes the fields and records the import that begins.
func (l *later) open(ctx context.Context, tx *store.Tx) (err error) {
	for _, f := range l.mapping.create {
		if err := tx.AddField(ctx, f); err != nil {
			return err
		}
	}
	if l.record.Counts.FirstChange, err = tx.NextID(ctx, store.SeqChange); err != nil {
		return err
	}
	if err := tx.AddImport(ctx, &l.record); err != nil {
		return err
	}
	from := store.Origin{Kind: store.OriginImport, Name: l.record.Source, RefID: l.record.ID, Day: fettle.DayOf(l.opts.Now), NoRun: l.opts.NoRun}
	switch {
	case l.opts.Answered:
		from.Version = store.Answered
	case l.opts.Confirmed:
		from.Version = store.Confirmed
	}
	l.origin, err = tx.OriginID(ctx, from)
	return err
}

// look reads through the kept rows: the first of them, and the type that the
// values of each column have.
func (l *later) look(ctx context.Context) (first [][]string, types map[string]kind, err error) {
	columns := l.mapping.columns
	guesses := map[int]*guess{}
	err = l.pages(ctx, func(_ context.Context, rows []laterRow) error {
		if len(first) == 0 {
			for _, r := range rows {
				first = append(first, r.cells)
			}
			values := make([]string, 0, len(first))
			for i, c := range columns {
				if _, said := l.opts.Map[c]; !said {
					continue
				}
				values = values[:0]
				for _, cells := range first {
					values = append(values, cells[i])
				}
				guesses[i] = newGuess(c, values)
			}
			return nil
		}
		for _, r := range rows {
			for i, g := range guesses {
				g.see(r.cells[i])
			}
		}
		return nil
	})
	types = map[string]kind{}
	for i, g := range guesses {
		types[columns[i]] = g.kind()
	}
	return first, types, err
}

// laterRow is a kept row, with one cell for each column.
type laterRow struct {
	line   int
	record int64
	cells  []string
}

// pages reads the kept rows that hold something in a column that is mapped.
func (l *later) pages(ctx context.Context, each func(ctx context.Context, rows []laterRow) error) error {
	at := make(map[string]int, len(l.mapping.columns))
	for i, c := range l.mapping.columns {
		at[c] = i
	}
	for after := int64(-1); ; {
		var kept []store.ImportRow
		err := l.db.View(ctx, func(tx *store.Tx) (err error) {
			kept, err = tx.ImportRowsAfter(ctx, l.of.ID, after, laterRows)
			return err
		})
		if err != nil || len(kept) == 0 {
			return err
		}
		var rows []laterRow
		for _, k := range kept {
			after = k.Line
			raw := map[string]string{}
			if err := json.Unmarshal([]byte(k.Raw), &raw); err != nil {
				return err
			}
			row := laterRow{line: int(k.Line), record: k.Record, cells: make([]string, len(l.mapping.columns))}
			holds := false
			for c, text := range raw {
				if i, ok := at[c]; ok {
					row.cells[i] = text
					_, said := l.opts.Map[c]
					holds = holds || said
				}
			}
			if holds {
				rows = append(rows, row)
			}
		}
		if len(rows) > 0 {
			if err := each(ctx, rows); err != nil {
				return err
			}
		}
	}
}

// write writes one page of rows.
func (l *later) write(ctx context.Context, rows []laterRow) error {
	var w *laterWrite
	verb := l.db.Update
	if l.opts.DryRun {
		verb = l.db.View
	}
	err := verb(ctx, func(tx *store.Tx) (err error) {
		w = &laterWrite{l: l, counts: l.record.Counts, first: map[int64]firstRow{}, grown: map[string]*fettle.Field{}}
		w.counts.Loads = slices.Clone(w.counts.Loads)
		return w.run(ctx, tx, rows)
	})
	if err != nil {
		return err
	}
	l.record.Counts = w.counts
	l.news.merge(w.news)
	for id, f := range w.first {
		l.met.put(id, f)
	}
	for _, r := range w.rejects[:min(len(w.rejects), shownRejects-len(l.rejects))] {
		l.rejects = append(l.rejects, r.Reject)
	}
	for _, a := range w.aside[:min(len(w.aside), shownRejects-len(l.aside))] {
		l.aside = append(l.aside, a.Aside)
	}
	if l.opts.OnBatch != nil && len(w.changed) > 0 {
		return l.opts.OnBatch(ctx, l.mapping.fields(), w.changed)
	}
	return nil
}

// end records how it ended.
func (l *later) end(ctx context.Context, failed error) error {
	l.record.State, l.record.EndedUS = store.ImportDone, time.Now().UnixMicro()
	if failed != nil {
		l.record.State = store.ImportFailed
	}
	if l.opts.DryRun {
		return nil
	}
	return l.db.Update(ctx, func(tx *store.Tx) (err error) {
		l.record.Counts.Told = &store.ImportTold{NewFields: l.mapping.newFields(), NewValues: l.news.list()}
		if l.record.Counts.EndChange, err = tx.NextID(ctx, store.SeqChange); err != nil {
			return err
		}
		if l.opts.OnEnd != nil {
			if err := l.opts.OnEnd(ctx, tx, l.record); err != nil {
				return err
			}
		}
		return tx.UpdateImport(ctx, &l.record)
	})
}
