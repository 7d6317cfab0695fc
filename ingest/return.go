package ingest

import (
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/past"
	"fettle/store"
)

// comeBack finds the records that were deleted once and are created again
// under their old id. Those that were suppressed still are.
func (u *upserter) comeBack(ctx context.Context) ([]int64, error) {
	var back []int64
	for _, r := range u.fresh {
		if r.ID > 0 {
			back = append(back, r.ID)
		}
	}
	if len(back) == 0 {
		return nil, nil
	}
	suppressed, err := u.tx.Suppressed(ctx, back)
	for _, id := range back {
		u.recs[id].Suppressed = suppressed[id]
	}
	return back, err
}

// lastValue is what a record held in a field when it was deleted, or was sent
// afterwards.
type lastValue struct {
	past.Change

	origin int64
}

// restore gives records that came back the values that were bought for them:
// their cells are paid for, and are not bought again. What the new rows say
// wins.
func (u *upserter) restore(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	bought, err := u.bought(ctx, ids)
	if err != nil || len(bought) == 0 {
		return err
	}
	log, err := u.tx.LogOf(ctx, ids)
	if err != nil {
		return err
	}
	last := map[store.CellKey]lastValue{}
	var fields []string
	for _, id := range ids {
		values, err := lastValues(log[id])
		if err != nil {
			return err
		}
		for field, v := range values {
			if bought[store.CellKey{Record: id, Field: field}] {
				last[store.CellKey{Record: id, Field: field}] = v
				fields = append(fields, field)
			}
		}
	}
	slices.Sort(fields)
	return u.giveBack(ctx, ids, slices.Compact(fields), last)
}

// bought gives the cells of records that were bought.
func (u *upserter) bought(ctx context.Context, ids []int64) (map[store.CellKey]bool, error) {
	cells, err := u.tx.Cells(ctx, ids)
	out := map[store.CellKey]bool{}
	for k, c := range cells {
		if c.BoughtUS > 0 {
			out[k] = true
		}
	}
	return out, err
}

// lastValues reads from the log what a record held when it was deleted last,
// and what was written for it while it was gone.
func lastValues(log []store.LoggedChange) (map[string]lastValue, error) {
	out := map[string]lastValue{}
	gone := false
	for _, c := range log {
		switch c.Kind {
		case store.ChangeCreate:
			gone = false
			continue
		case store.ChangeDelete:
			gone = true
			clear(out)
		default:
			if !gone {
				continue
			}
		}
		changes, err := past.Changes(c.Changes)
		if err != nil {
			return nil, err
		}
		for field, ch := range changes {
			v := lastValue{ch, ch.Origin}
			if c.Kind != store.ChangeDelete {
				v.Old, v.origin, v.Status = ch.New, c.Origin, ""
			}
			out[field] = v
		}
	}
	return out, nil
}

func (u *upserter) giveBack(ctx context.Context, ids []int64, fields []string, last map[store.CellKey]lastValue) error {
	types := map[string]fettle.FieldType{}
	all, err := u.tx.Fields(ctx, u.entity)
	if err != nil {
		return err
	}
	for _, f := range all {
		types[f.Key] = f.Type
	}
	fields = slices.DeleteFunc(fields, func(f string) bool { return types[f] == "" }) // deleted since
	if len(fields) == 0 {
		return nil
	}
	b, err := newBatch(ctx, u.tx, u.entity, u.origin, u.actor, time.UnixMicro(u.now), fields)
	if err != nil {
		return err
	}
	if err := b.load(ctx, slices.Clone(ids)); err != nil {
		return err
	}
	for _, id := range ids {
		for i, field := range fields {
			v, ok := last[store.CellKey{Record: id, Field: field}]
			if r := b.recs[id]; ok && r != nil {
				value, err := past.Value(types[field], v.Old)
				if err != nil {
					continue // the field's type was another one then
				}
				b.set(r, write{column: i, value: value, valid: wellFormed(b.fields[i], value), status: v.Status, policy: fettle.FillBlanks, origin: v.origin})
			}
		}
		if r := b.recs[id]; r != nil {
			b.logPending(r, 0)
		}
		delete(u.recs, id) // read again where later rows need it
	}
	b.book = u.book
	return b.flush(ctx)
}
