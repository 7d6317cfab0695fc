package ingest

import (
	"context"
	"slices"

	"fettle/identity"
	"fettle/store"
)

// apartKey is the reason of a conflict between records that a person said are
// not one.
const apartKey identity.KeyKind = "apart"

// loadApart reads which of the records people said are not one.
func (u *upserter) loadApart(ctx context.Context, ids []int64) error {
	pairs, err := u.tx.ApartFrom(ctx, slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return id <= 0 }))
	for _, p := range pairs {
		if u.apart == nil {
			u.apart = map[[2]int64]bool{}
		}
		u.apart[p] = true
	}
	return err
}

// keepApart takes those out of the records that a row would make one that a
// person said are not: they are conflicts.
func (u *upserter) keepApart(d identity.Decision, keys []identity.Key) identity.Decision {
	if len(u.apart) == 0 || len(d.Merge) == 0 {
		return d
	}
	one := []int64{d.Record}
	for _, other := range d.Merge {
		if !slices.ContainsFunc(one, func(id int64) bool { return u.apart[store.Ordered(id, other)] }) {
			one = append(one, other)
			continue
		}
		for _, k := range keys {
			if u.at[k] == other {
				d.Conflicts = append(d.Conflicts, identity.Conflict{Key: k, Record: other, Differs: apartKey})
			}
		}
	}
	d.Merge = one[1:]
	return d
}
