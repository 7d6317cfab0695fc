package ingest

import (
	"context"
	"maps"
	"slices"

	"fettle/store"
)

// afterMerges looks at the keys that records shared which this batch made one: where
// nobody else has such a key, it leads to the one record from now on. It gives all
// that share keys now, of those given.
func (u *upserter) afterMerges(ctx context.Context, all []store.MatchKey) ([]store.MatchKey, error) {
	alone, err := u.aloneNow(ctx, all)
	if err != nil || len(alone) == 0 {
		return all, err
	}
	for _, text := range slices.Sorted(maps.Keys(alone)) {
		holder := alone[text]
		k, _ := parseKey(text)
		others := slices.ContainsFunc(all, func(m store.MatchKey) bool { return m.Key == text && m.Record != holder })
		if others {
			u.sharing.fresh = append(u.sharing.fresh, k)
			if at := (store.MatchKey{Key: text, Record: holder}); !slices.Contains(all, at) {
				all = append(all, at)
			}
			continue
		}
		all = slices.DeleteFunc(all, func(m store.MatchKey) bool { return m.Key == text })
		delete(u.sharing.keys, k)
		u.at[k] = holder
	}
	return all, nil
}

// aloneNow gives, of the keys that were shared until merges of this batch, those that
// one record alone has, and which.
func (u *upserter) aloneNow(ctx context.Context, all []store.MatchKey) (map[string]int64, error) {
	if u.in.DryRun != nil {
		return u.wouldBeAlone(ctx, all)
	}
	if len(u.sharing.was) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	held, err := u.tx.MatchKeys(ctx, slices.Collect(maps.Keys(u.sharing.was)))
	maps.DeleteFunc(held, func(_ string, id int64) bool { return id == store.NoRecord })
	return held, err
}

// wouldBeAlone is aloneNow for a dry run.
func (u *upserter) wouldBeAlone(ctx context.Context, all []store.MatchKey) (map[string]int64, error) {
	const enough = 1000 // who shares a key with so many shares it still
	var texts []string
	for _, j := range u.joins {
		if r := u.recs[u.resolve(j.survivor)]; r != nil {
			for _, k := range r.keys {
				if u.sharing.keys[k] {
					texts = append(texts, keyText(u.entity, k))
				}
			}
		}
	}
	if len(texts) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	texts = unique(texts)
	list, err := u.tx.Sharers(ctx, texts, enough)
	if err != nil || len(list) == enough {
		return nil, err
	}
	for _, text := range texts {
		for _, id := range u.in.DryRun.sharers[text] {
			list = append(list, store.MatchKey{Key: text, Record: id})
		}
	}
	by := map[string]map[int64]bool{}
	for _, m := range slices.Concat(list, all) {
		if by[m.Key] == nil {
			by[m.Key] = map[int64]bool{}
		}
		by[m.Key][u.resolve(m.Record)] = true
	}
	out := map[string]int64{}
	for _, text := range texts {
		for id := range by[text] {
			if len(by[text]) == 1 {
				out[text] = id
			}
		}
	}
	return out, nil
}
