package ingest

import (
	"context"
	"slices"

	"fettle"
	"fettle/identity"
	"fettle/source/csv"
	"fettle/store"
)

// laterWrite is one page on its way.
type laterWrite struct {
	l       *later
	b       *batch
	counts  store.ImportCounts
	first   map[int64]firstRow // the first row on each record of the page
	held    map[int64][]bool   // which fields a record had, before
	keys    []writtenKey
	further []int // which of the keys stand beside a value
	rejects []store.ImportReject
	aside   []store.ImportAside
	changed []WouldBe
	news    newValues
	grown   map[string]*fettle.Field // selects that have learned values
}

func (w *laterWrite) run(ctx context.Context, tx *store.Tx, rows []laterRow) (err error) {
	l := w.l
	if w.b, err = newBatch(ctx, tx, l.of.Entity, l.origin, l.opts.Actor, l.opts.Now, w.real()); err != nil {
		return err
	}
	w.b.addVirtual(w.virtual())
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.record
	}
	if err := w.b.load(ctx, ids); err != nil {
		return err
	}
	w.hold()
	if len(w.counts.Loads) == 0 {
		w.counts.Loads = make([]store.ImportLoad, len(l.mapping.mapped))
	}
	said := map[int64][][]any{}
	for _, r := range rows {
		if row := w.row(r); row != nil {
			said[r.record] = append(said[r.record], row.Values)
		}
	}
	for id, values := range said {
		if err := w.settle(w.b.recs[id]); err != nil {
			return err
		}
		w.weigh(id, values)
	}
	return w.finish(ctx, tx)
}

// real are the mapped fields that are there; virtual those of a dry run that are
// not made.
func (w *laterWrite) real() []string {
	return slices.DeleteFunc(w.l.mapping.fields(), func(key string) bool { return w.isVirtual(key) })
}

func (w *laterWrite) virtual() []fettle.Field {
	if w.l.opts.DryRun {
		return w.l.mapping.create
	}
	return nil
}

func (w *laterWrite) isVirtual(key string) bool {
	_, ok := fieldByKey(w.virtual(), key)
	return ok
}

func (w *laterWrite) hold() {
	w.held = make(map[int64][]bool, len(w.b.recs))
	for id, r := range w.b.recs {
		held := make([]bool, len(w.l.mapping.mapped))
		for i, t := range w.l.mapping.mapped {
			held[i] = r.Values[w.b.index[t.field.Key]] != nil
		}
		w.held[id] = held
	}
}

// row puts a row into its record; nil if nothing of it goes in.
func (w *laterWrite) row(r laterRow) *Row {
	m := &w.l.mapping
	line := csv.Row{Line: r.line, Cells: r.cells}
	row, _, reject := m.values(line)
	w.counts.Read++
	rec := w.b.recs[r.record]
	if reject.Reason == "" && rec == nil {
		reject = fettle.Reject{Line: r.line, Reason: "its record was deleted"}
	}
	if reject.Reason != "" {
		out := m.rejected(line, reject)
		w.rejects = append(w.rejects, out.ImportReject)
		w.counts.Rejected++
		for _, i := range out.held {
			w.counts.Loads[i].File++
			w.counts.Loads[i].Rejected++
		}
		return nil
	}
	for _, i := range row.blanks {
		w.counts.Loads[i].File++
		w.counts.Loads[i].Blank++
	}
	for _, a := range row.aside {
		w.counts.SetAside++
		if row.Values[m.at[a.Field]] != nil {
			continue // one of several values of the cell, whose first arrived
		}
		w.counts.Loads[m.at[a.Field]].File++
		w.counts.Loads[m.at[a.Field]].Aside++
	}
	w.aside = append(w.aside, asides([]Row{row}, []int64{r.record})...)
	w.choose(&row)
	for i, v := range row.Values {
		if v == nil {
			continue
		}
		w.counts.Loads[i].File++
		key := m.mapped[i].field.Key
		valid := row.Invalid == nil || !row.Invalid[i]
		if i := w.b.index[key]; keepsOld(w.b.fields[i], rec.Values[i], v, fettle.Overwrite) && !isInvalid(rec.Invalid, key) {
			before := len(w.keys)
			w.claimed(rec, key, v)
			for n := before; n < len(w.keys); n++ {
				w.further = append(w.further, n)
			}
		} else if w.b.set(rec, write{column: i, value: v, valid: valid, policy: fettle.Overwrite}) {
			w.claimed(rec, key, v)
		}
		for _, k := range furtherKeys(w.l.of.Entity, key, row.further[i], w.valueOf(rec)) {
			w.further = append(w.further, len(w.keys))
			w.keys = append(w.keys, writtenKey{heldKey{k, rec}, len(w.keys)})
		}
	}
	_, before := w.l.met.at(r.record)
	if _, twice := w.first[r.record]; twice || before {
		w.counts.Merged++
		return &row
	}
	w.first[r.record] = firstRow{line: r.line}
	return &row
}

// choose looks up what a row says of selects. One that is made now learns its
// values, as it does in an import.
func (w *laterWrite) choose(row *Row) {
	for i, t := range w.l.mapping.mapped {
		f := &w.b.fields[w.b.index[t.field.Key]]
		if !f.Type.Choices() {
			continue
		}
		_, made := fieldByKey(w.l.mapping.create, f.Key)
		before := len(f.Options)
		if w.news.choose(row, i, f, made); len(f.Options) > before {
			w.grown[f.Key] = f
		}
	}
}

// valueOf reads what a record holds of the fields that are at hand.
func (w *laterWrite) valueOf(r *record) func(string) any {
	return func(field string) any {
		if i, ok := w.b.index[field]; ok {
			return r.Values[i]
		}
		return nil
	}
}

// claimed takes down the keys that a value is, ids of the import's source
// included.
func (w *laterWrite) claimed(r *record, field string, value any) {
	for _, k := range keysOf(w.l.of.Entity, w.l.record.Source, func(f string) any {
		if f == field {
			return value
		}
		return nil
	}, identity.Options{}) {
		w.keys = append(w.keys, writtenKey{heldKey{k, r}, len(w.keys)})
	}
}

// settle counts a record as changed or not, and makes its entry of the log.
func (w *laterWrite) settle(r *record) error {
	outcome := Unchanged
	if text := w.b.changes(r); text != "" {
		if p := w.l.preview; p != nil {
			if err := p.saw(r.ID, w.first[r.ID].line, "", text); err != nil {
				return err
			}
		}
		w.b.log(r, store.ChangeUpdate, 0, text)
		outcome = Updated
		values := make([]any, len(w.l.mapping.mapped))
		for i, t := range w.l.mapping.mapped {
			values[i] = r.Values[w.b.index[t.field.Key]]
		}
		w.changed = append(w.changed, WouldBe{ID: r.ID, Values: values})
	} else {
		r.written, r.relink = false, false
	}
	f, first := w.first[r.ID]
	switch {
	case !first: // counted with an earlier page
	case outcome == Updated:
		w.counts.Updated++
	default:
		w.counts.Unchanged++
	}
	if first {
		w.first[r.ID] = firstRow{f.line, outcome}
	}
	return nil
}

// weigh compares what the rows said of a record with what it holds.
func (w *laterWrite) weigh(id int64, rows [][]any) {
	_, before := w.l.met.at(id)
	for i, t := range w.l.mapping.mapped {
		l := &w.counts.Loads[i]
		l.Column, l.Field = w.l.mapping.columns[t.column], t.field.Key
		n, holds := int64(0), false
		for _, values := range rows {
			if v := values[i]; v != nil {
				n++
				holds = holds || saysSame(t.field, w.b.recs[id].Values[w.b.index[t.field.Key]], v)
			}
		}
		switch {
		case n == 0:
		case before && w.held[id][i]:
			l.Shared += n
		case holds:
			l.Table++
			l.Shared += n - 1
		default:
			l.Kept += n
		}
	}
}

// finish writes the page, the logs last.
func (w *laterWrite) finish(ctx context.Context, tx *store.Tx) error {
	out := make([]Written, len(w.keys))
	if err := w.b.claim(ctx, w.keys, out); err != nil {
		return err
	}
	for _, o := range out {
		if o.Conflict != 0 {
			w.counts.Conflicts++
		}
	}
	if w.l.opts.DryRun {
		return nil
	}
	if err := w.keepFurther(ctx, tx); err != nil {
		return err
	}
	for _, f := range w.grown {
		if err := tx.PutOptions(ctx, *f); err != nil {
			return err
		}
	}
	if err := tx.AddImportRejects(ctx, w.l.record.ID, w.rejects); err != nil {
		return err
	}
	if err := tx.AddImportAside(ctx, w.l.record.ID, w.aside); err != nil {
		return err
	}
	next := w.l.record
	next.Counts = w.counts
	if err := tx.UpdateImport(ctx, &next); err != nil {
		return err
	}
	return w.b.finish(ctx)
}

// keepFurther writes down which of the keys that records got stand beside a value.
func (w *laterWrite) keepFurther(ctx context.Context, tx *store.Tx) error {
	var added, again []store.MatchKey
	for _, i := range w.further {
		k := w.keys[i]
		m := store.MatchKey{Key: keyText(w.l.of.Entity, k.key), Record: k.holder.ID}
		if slices.Contains(w.b.newKeys, k.heldKey) {
			added = append(added, m)
		} else {
			again = append(again, m)
		}
	}
	if err := tx.AddFurtherKeys(ctx, added, w.b.origin, 0); err != nil {
		return err
	}
	return tx.SayFurtherKeys(ctx, again, w.b.origin, 0)
}
