package ingest

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/identity"
	"fettle/past"
	"fettle/store"
)

// giving is a value that a field is to get back.
type giving struct {
	record *record
	column int
	change past.Change
	newest bool // of the set's entries about the cell: it is counted once
}

func (g giving) cell(b *batch) store.CellKey {
	return store.CellKey{Record: g.record.ID, Field: b.fields[g.column].Key}
}

// restore puts old values back, newest entry first.
func (t *taker) restore(ctx context.Context, entries []store.ChangeEvent) error {
	b, err := t.batchFor(ctx, entries)
	if err != nil {
		return err
	}
	var gone []int64
	for _, c := range entries {
		if b.recs[c.Record] == nil {
			gone = append(gone, c.Record)
		}
	}
	away, err := t.whereabouts(ctx, gone)
	if err != nil {
		return err
	}
	if err := t.marks(ctx, entries, away); err != nil {
		return err
	}
	var give []giving
	for _, c := range entries {
		if give, err = t.entry(ctx, b, c, away, give); err != nil {
			return err
		}
	}
	if give, err = t.markCells(ctx, b, give); err != nil {
		return err
	}
	return t.giveBack(ctx, b, give)
}

// batchFor reads the records of entries, with the fields that they are about.
func (t *taker) batchFor(ctx context.Context, entries []store.ChangeEvent) (*batch, error) {
	entity := entries[0].Entity
	all, err := t.tx.Fields(ctx, entity)
	if err != nil {
		return nil, err
	}
	var fields []string
	moved := entity == fettle.People && slices.ContainsFunc(entries, func(c store.ChangeEvent) bool { return c.Names(past.CompanyField) })
	for _, f := range all {
		finds := moved && slices.Contains(employerFields[:], f.Key) // the company is found anew
		if finds || slices.ContainsFunc(entries, func(c store.ChangeEvent) bool { return c.Names(f.Key) }) {
			fields = append(fields, f.Key)
		}
	}
	b, err := newBatch(ctx, t.tx, entity, t.in.Origin, t.in.Actor, t.in.Now, fields)
	if err != nil {
		return nil, err
	}
	b.hand, b.exact, b.unsays = true, true, !t.in.Again
	ids := make([]int64, len(entries))
	for i, c := range entries {
		ids[i] = c.Record
	}
	return b, b.load(ctx, ids)
}

// entry decides what of an entry is given back.
func (t *taker) entry(ctx context.Context, b *batch, c store.ChangeEvent, away map[int64]string, give []giving) ([]giving, error) {
	changes, err := past.Changes(c.Changes)
	if err != nil {
		return nil, err
	}
	r := b.recs[c.Record]
	for _, field := range sortedFields(changes) {
		i, known := b.index[field]
		if !known {
			if field == past.CompanyField && r != nil && !t.in.DryRun { // found anew, by what is said then
				r.relink, r.written = true, true
			}
			continue
		}
		by, again := t.since(c.LoggedChange, field)
		switch {
		case by != nil && again:
			continue // the newer entry of the set decides
		case by != nil:
			why, err := t.changedBy(ctx, by)
			if err != nil {
				return nil, err
			}
			t.leave(c.Record, field, "%s", why)
			continue
		case r == nil:
			if !again {
				t.leave(c.Record, field, "%s", away[c.Record])
			}
			continue
		}
		give = append(give, giving{record: r, column: i, change: changes[field], newest: !again})
	}
	return give, nil
}

func sortedFields(changes map[string]past.Change) []string {
	out := make([]string, 0, len(changes))
	for f := range changes {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

// markCells marks the cells of what a run wrote as taken back, before their
// values go: a call that holds one of them is waited for by nobody, its value
// stays and is listed. The undo of an undo takes the marks off.
func (t *taker) markCells(ctx context.Context, b *batch, give []giving) ([]giving, error) {
	if !t.in.Cells && !t.in.Restore || len(give) == 0 {
		return give, nil
	}
	keys := make([]store.CellKey, len(give))
	ids := make([]int64, len(give))
	for i, g := range give {
		keys[i], ids[i] = g.cell(b), g.record.ID
	}
	slices.SortFunc(keys, func(x, y store.CellKey) int { return compareCells(x, y) })
	keys = slices.Compact(keys)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if t.in.Restore {
		if t.in.DryRun {
			return give, nil
		}
		return give, t.tx.GiveBackCells(ctx, keys)
	}
	if !t.in.DryRun {
		if err := t.tx.TakeBackCells(ctx, t.in.Undo, keys); err != nil {
			return nil, err
		}
	}
	cells, err := t.tx.Cells(ctx, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(give, func(g giving) bool {
		held := cells[g.cell(b)].Hold != ""
		if held && g.newest {
			t.leave(g.record.ID, b.fields[g.column].Key, "a call for it is under way, or may have been billed")
		}
		return held
	}), nil
}

func compareCells(x, y store.CellKey) int {
	switch {
	case x.Record < y.Record, x.Record == y.Record && x.Field < y.Field:
		return -1
	case x == y:
		return 0
	}
	return 1
}

// giveBack writes what is given back.
func (t *taker) giveBack(ctx context.Context, b *batch, give []giving) error {
	var keys []writtenKey
	touched := map[*record]bool{}
	for _, g := range give {
		f := b.fields[g.column]
		value, valid, ok := oldValue(f, g.change)
		if !ok {
			if g.newest {
				t.leave(g.record.ID, f.Key, "the field is of another type now")
			}
			continue
		}
		t.dropKey(b, g, value)
		b.set(g.record, write{
			column: g.column, value: value, valid: valid, status: g.change.Status, policy: fettle.OverwriteAll, blanks: true, origin: g.change.Origin,
		})
		if value == nil && !t.in.Cells {
			g.record.origins.forget(f.Key)
		}
		for _, k := range t.keysOf(b, f.Key, value) {
			keys = append(keys, writtenKey{heldKey{k, g.record}, len(keys)})
		}
		touched[g.record] = true
		if g.newest {
			t.res.Restored++
			if value == nil {
				t.res.Blanked++
			}
		}
	}
	t.res.Records += int64(len(touched))
	if t.in.DryRun {
		t.wouldBe(b, touched)
		return nil
	}
	for r := range touched {
		b.logPending(r, 0)
	}
	others, err := t.tx.FurtherKeys(ctx, t.keys, nil)
	if err != nil {
		return err
	}
	gone := slices.DeleteFunc(t.keys, func(k store.MatchKey) bool { return others[k] }) // somebody gave them beside a value
	t.keys, t.gone = nil, append(t.gone, gone...)
	if err := t.tx.RemoveMatchKeys(ctx, gone); err != nil {
		return err
	}
	if err := unshare(ctx, t.tx, gone); err != nil {
		return err
	}
	if err := b.claim(ctx, keys, make([]Written, len(keys))); err != nil {
		return err
	}
	if t.in.Again && t.in.Source != "" { // a row that was sent shares a key that leads to another record
		if err := b.shareAgain(ctx, slices.Collect(maps.Keys(touched))); err != nil {
			return err
		}
	}
	if err := t.endRows(ctx, touched); err != nil {
		return err
	}
	return b.finish(ctx)
}

// dropKey notes the match keys that a record got with a value that goes.
func (t *taker) dropKey(b *batch, g giving, comes any) {
	field := b.fields[g.column].Key
	stay := t.keysOf(b, field, comes)
	for _, k := range t.keysOf(b, field, g.record.Values[g.column]) {
		if !slices.Contains(stay, k) {
			t.keys = append(t.keys, store.MatchKey{Key: keyText(b.entity, k), Record: g.record.ID})
		}
	}
}

// keysOf gives the match keys that a value of a field is. An id is one of a source.
func (t *taker) keysOf(b *batch, field string, value any) []identity.Key {
	if field != "external_id" || t.in.Source == "" {
		if k, is := keyOf(b.entity, field, value, false); is {
			return []identity.Key{k}
		}
		return nil
	}
	return keysOf(b.entity, t.in.Source, func(f string) any {
		if f == field {
			return value
		}
		return nil
	}, identity.Options{})
}

// oldValue is what a field held, in its form of today.
func oldValue(f fettle.Field, c past.Change) (value any, valid, ok bool) {
	v, err := past.Value(f.Type, c.Old)
	if err != nil {
		return nil, false, false
	}
	if v == nil {
		return nil, true, true
	}
	_, valid, err = identity.CleanValue(f.Type, v)
	return v, valid || err != nil, true
}

// wouldBe keeps the records of a dry run as they would be.
func (t *taker) wouldBe(b *batch, touched map[*record]bool) {
	if len(touched) == 0 {
		return
	}
	g := WouldBeGroup{Entity: b.entity, Fields: fieldKeys(b.fields)}
	for r := range touched {
		g.Records = append(g.Records, WouldBe{ID: r.ID, Values: slices.Clone(r.Values)})
	}
	slices.SortFunc(g.Records, func(x, y WouldBe) int { return cmp.Compare(x.ID, y.ID) })
	t.res.Would = append(t.res.Would, g)
}

// endRows says of the rows of a run that their value was taken back, and of an
// undo of that, that it is there again.
func (t *taker) endRows(ctx context.Context, touched map[*record]bool) error {
	if t.in.Enrich == 0 {
		return nil
	}
	ids := make([]int64, 0, len(touched))
	for r := range touched {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	rows, err := t.tx.RowsOf(ctx, t.in.Enrich, ids)
	if err != nil {
		return err
	}
	var old, now []store.Row
	for _, id := range ids {
		r, ok := rows[id]
		n := r
		switch {
		case !ok || r.State != fettle.RowDone:
			continue
		case t.in.Restore && r.Outcome == fettle.TakenBack:
			n.Outcome = fettle.Reused
			if r.Paid {
				n.Outcome = fettle.Found
			}
		case t.in.Cells && (r.Outcome == fettle.Found || r.Outcome == fettle.Reused):
			n.Outcome = fettle.TakenBack
		default:
			continue
		}
		n.Detail, n.UpdatedUS = "", t.in.Now.UnixMicro()
		old, now = append(old, r), append(now, n)
	}
	return t.tx.PutRows(ctx, old, now)
}
