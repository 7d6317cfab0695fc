package past

import (
	"context"
	"math"
	"slices"

	"fettle"
	"fettle/store"
)

// Fills is how many records there were, and how many of them held each field.
type Fills struct {
	Records int64
	Filled  map[string]int64
}

// Fill counts the members of then in the next range of ids, and what they held.
// Those that were not written about since are counted where they are stored; the
// others are taken out of that, and counted as they were.
func (p *Audience) Fill(ctx context.Context, fields []fettle.Field, f *Fills) (done bool, err error) {
	s, err := p.next(ctx)
	if err != nil {
		return false, err
	}
	if err := p.fillStored(ctx, s, fields, f); err != nil {
		return false, err
	}
	for ids := range slices.Chunk(s.touched, pageSize) {
		was, err := p.membersOf(ctx, ids)
		if err != nil {
			return false, err
		}
		f.Records += int64(len(was))
		for _, r := range was {
			for _, x := range fields {
				if r.Values[x.Key] != nil {
					f.Filled[x.Key]++
				}
			}
		}
	}
	return s.upto == math.MaxInt64, nil
}

// fillStored counts the members of a range that were not written about since.
func (p *Audience) fillStored(ctx context.Context, s stretch, fields []fettle.Field, f *Fills) error {
	if len(s.members) == 0 {
		return nil
	}
	keys := make([]string, len(fields))
	for i, x := range fields {
		keys[i] = x.Key
	}
	scope := store.HubScope{Entity: p.entity, Where: p.where, First: s.from + 1, Last: s.members[len(s.members)-1]}
	records, filled, err := p.tx.HubFilled(ctx, scope, keys)
	if err != nil {
		return err
	}
	var moved []int64
	for _, id := range s.touched {
		if _, is := slices.BinarySearch(s.members, id); is {
			moved = append(moved, id)
		}
	}
	f.Records += records - int64(len(moved))
	for key, n := range filled {
		f.Filled[key] += n
	}
	now, err := recordsNow(ctx, p.tx, p.entity, moved, fields)
	if err != nil {
		return err
	}
	for _, r := range now {
		for _, x := range fields {
			if r.Values[x.Key] != nil {
				f.Filled[x.Key]--
			}
		}
	}
	return nil
}
