package ingest

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/store"
)

// choose brings values of selects into the spelling of their fields, marks those
// that a field does not know, and counts them; or makes them known.
func (u *upserter) choose(ctx context.Context) error {
	for i, key := range u.in.Fields {
		f := &u.fields[u.columnOf[i]]
		if !f.Type.Choices() {
			continue
		}
		create := u.in.CreateValues || slices.Contains(u.in.learns, key)
		before := len(f.Options)
		for n := range u.in.Rows {
			u.result.news.choose(&u.in.Rows[n], i, f, create)
		}
		if len(f.Options) > before && u.in.DryRun == nil {
			if err := u.tx.PutOptions(ctx, *f); err != nil {
				return err
			}
		}
	}
	return nil
}

// choose does so for one value of a row.
func (n *newValues) choose(row *Row, i int, f *fettle.Field, create bool) {
	v, ok := row.Values[i].(string)
	if !ok || v == "" {
		return
	}
	chosen, unknown := f.Choose(v)
	if chosen == "" {
		row.Values[i] = nil
		return
	}
	left := 0
	for _, x := range unknown {
		made := create && len(f.Options) < fettle.MaxOptions && fettle.CheckOption(x) == nil
		if made {
			f.Options = append(slices.Clone(f.Options), x)
		} else {
			left++
		}
		n.count(f.Key, x, made)
	}
	if len(unknown) > 0 {
		chosen, _ = f.Choose(chosen)
	}
	row.Values[i] = chosen
	if left > 0 && row.Invalid == nil {
		row.Invalid = make([]bool, len(row.Values))
	}
	if row.Invalid != nil {
		row.Invalid[i] = left > 0
	}
}

// chosen is choose for one value that is written into a record that exists.
func chosen(f *fettle.Field, value any, valid bool) (any, bool) {
	v, ok := value.(string)
	if !ok || !f.Type.Choices() {
		return value, valid
	}
	v, unknown := f.Choose(v)
	if v == "" {
		return nil, valid
	}
	return v, valid && len(unknown) == 0
}

// newValues counts the values that selects did not know, and those that were
// made known to them.
type newValues map[string]*fieldNews

type fieldNews struct {
	rows    map[string]int64
	created bool
	other   int64
}

// mostNews is how many different values of a field are counted apart.
const mostNews = 1000

func (n *newValues) of(field string) *fieldNews {
	if *n == nil {
		*n = newValues{}
	}
	f := (*n)[field]
	if f == nil {
		f = &fieldNews{rows: map[string]int64{}}
		(*n)[field] = f
	}
	return f
}

func (n *newValues) count(field, value string, created bool) {
	f := n.of(field)
	f.add(value, 1)
	f.created = f.created || created
}

func (f *fieldNews) add(value string, rows int64) {
	if _, ok := f.rows[value]; !ok && len(f.rows) >= mostNews {
		f.other += rows
		return
	}
	f.rows[value] += rows
}

// merge adds those of a further batch. Where they were made known, only the
// first row of each was new.
func (n *newValues) merge(more newValues) {
	for field, m := range more {
		f := n.of(field)
		f.created, f.other = f.created || m.created, f.other+m.other
		for v, rows := range m.rows {
			f.add(v, rows)
		}
	}
}

// list gives what was counted, the most frequent first.
func (n newValues) list() []fettle.NewValues {
	var out []fettle.NewValues
	for _, field := range slices.Sorted(maps.Keys(n)) {
		v := fettle.NewValues{Field: field, Created: n[field].created, Other: n[field].other}
		for value, rows := range n[field].rows {
			v.Values = append(v.Values, fettle.NewValue{Value: value, Rows: rows})
		}
		slices.SortFunc(v.Values, func(a, b fettle.NewValue) int {
			return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Value, b.Value))
		})
		out = append(out, v)
	}
	return out
}

// NewValues lists the values that selects did not know.
func (r *UpsertResult) NewValues() []fettle.NewValues { return r.news.list() }

// Remark looks again at which values of a select its field knows, of records
// above an id: marked leaves it at those that are marked. It gives the id to go
// on from, 0 at the end. It is no change of a value, and not logged.
func Remark(ctx context.Context, tx *store.Tx, f fettle.Field, after int64, marked bool) (next int64, err error) {
	list, err := tx.ChoicesHeld(ctx, f.Entity, f.Key, after, marked, MaxRows)
	if err != nil || len(list) == 0 {
		return 0, err
	}
	var changed []store.HeldChoice
	for _, h := range list {
		known := true
		if f.Type.Choices() {
			_, unknown := f.Choose(h.Value)
			known = len(unknown) == 0
		}
		if is := isInvalid(h.Invalid, f.Key); is == known {
			h.Invalid = markInvalid(h.Invalid, f.Key, !known)
			changed = append(changed, h)
		}
	}
	if len(list) == MaxRows {
		next = list[len(list)-1].Record
	}
	return next, tx.PutMarks(ctx, f.Entity, changed)
}
