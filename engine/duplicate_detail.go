package engine

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/store"
)

// Duplicate gives two records side by side, listed or not, with what speaks for
// and against their being one and which of them is better kept.
func (e *Engine) Duplicate(ctx context.Context, actor fettle.Actor, a, b int64) (fettle.DuplicateDetail, error) {
	var d fettle.DuplicateDetail
	if err := actor.Require(fettle.Viewer, "see duplicates"); err != nil {
		return d, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		t, err := findTwo(ctx, tx, a, b)
		if err != nil {
			return err
		}
		d = fettle.DuplicateDetail{Fields: []fettle.DuplicateField{}}
		if d.DuplicateView, err = viewOf(ctx, tx, t); err != nil {
			return err
		}
		if d.Sides, err = sides(ctx, tx, t); err != nil {
			return err
		}
		if d.Fields, err = sideBySide(ctx, tx, t); err != nil {
			return err
		}
		d.Survivor, d.Why = betterKept(t, d.Sides)
		return nil
	})
	return d, err
}

// sides sums up the two records.
func sides(ctx context.Context, tx *store.Tx, t two) ([]fettle.DuplicateSide, error) {
	keys, err := tx.KeysOf(ctx, t.ids[:])
	if err != nil {
		return nil, err
	}
	shared, err := tx.SharedBy(ctx, t.ids[:])
	if err != nil {
		return nil, err
	}
	cells, err := tx.Cells(ctx, t.ids[:])
	if err != nil {
		return nil, err
	}
	out := make([]fettle.DuplicateSide, 2)
	for i, r := range t.recs {
		s := fettle.DuplicateSide{ID: r.ID, Name: recordName(r), Keys: []string{}, CreatedAt: time.UnixMicro(r.CreatedAtUS).UTC()}
		for _, text := range slices.Concat(keys[r.ID], shared[r.ID]) {
			if name := ingest.KeyName(text); name != text {
				s.Keys = append(s.Keys, name)
			}
		}
		for _, f := range t.fields {
			if r.Value(f.Key) != nil {
				s.Filled++
			}
			if cells[store.CellKey{Record: r.ID, Field: f.Key}].Paid() {
				s.Bought++
			}
		}
		out[i] = s
	}
	return out, nil
}

// sideBySide compares the values of the two, fields that both leave blank aside.
func sideBySide(ctx context.Context, tx *store.Tx, t two) ([]fettle.DuplicateField, error) {
	var from [2]map[string]int64
	var ids []int64
	for i, r := range t.recs {
		var err error
		if from[i], err = r.Origins(); err != nil {
			return nil, err
		}
		for _, id := range from[i] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	known, err := tx.OriginsByID(ctx, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	source := func(i int, field string) string {
		if t.recs[i].Value(field) == nil {
			return ""
		}
		id, named := from[i][field]
		if !named {
			id = from[i][""]
		}
		return known[id].Label()
	}
	keys := ingest.KeyFields(t.entity)
	out := []fettle.DuplicateField{}
	for _, f := range t.fields {
		left, right := t.recs[0].Value(f.Key), t.recs[1].Value(f.Key)
		if left == nil && right == nil {
			continue
		}
		out = append(out, fettle.DuplicateField{
			Field: f.Key, Label: f.Label, Value: left, Other: right, Same: left != nil && right != nil && fettle.FormatValue(left) == fettle.FormatValue(right),
			Source: source(0, f.Key), OtherSource: source(1, f.Key), Key: slices.Contains(keys, f.Key),
		})
	}
	return out, nil
}

// betterKept says which of two records is better kept: the one that has an id of
// its own, then the one that more was bought for, then the fuller, then the
// older.
func betterKept(t two, s []fettle.DuplicateSide) (int64, string) {
	has := func(i int) int {
		if t.recs[i].Value("external_id") != nil {
			return 1
		}
		return 0
	}
	for _, rule := range []struct {
		left, right int
		why         string
	}{
		{has(0), has(1), "it has an id in its list"},
		{s[0].Bought, s[1].Bought, "more was bought for it"},
		{s[0].Filled, s[1].Filled, "it has more values"},
	} {
		if c := cmp.Compare(rule.left, rule.right); c > 0 {
			return t.ids[0], rule.why
		} else if c < 0 {
			return t.ids[1], rule.why
		}
	}
	return min(t.ids[0], t.ids[1]), "it is older"
}
