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

// wouldBeAlone is aloneNow for a dry run. Keys that are shared from this batch on are
// not among them: their records came to share them after the merge.
func (u *upserter) wouldBeAlone(ctx context.Context, all []store.MatchKey) (map[string]int64, error) {
	var texts []string
	for _, j := range u.joins {
		if r := u.recs[u.resolve(j.survivor)]; r != nil {
			for _, k := range r.keys {
				if u.sharing.keys[k] && !slices.Contains(u.sharing.fresh, k) {
					texts = append(texts, keyText(u.entity, k))
				}
			}
		}
	}
	if len(texts) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	return u.oneHas(ctx, unique(texts), all)
}

// leftWithOne gives, of keys with their holders, those that are shared, and that the
// merges of earlier batches of a dry run would have left with one record, and which.
func (u *upserter) leftWithOne(ctx context.Context, held map[string]int64) (map[string]int64, error) {
	if u.in.DryRun == nil || len(u.moved) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	ids := make([]int64, 0, 2*len(u.moved))
	for id := range u.moved {
		ids = append(ids, id, u.resolve(id))
	}
	shared, err := u.tx.SharedBy(ctx, unique(ids))
	if err != nil {
		return nil, err
	}
	var ofMerged []string
	for _, list := range shared {
		for _, text := range list {
			if id, ok := held[text]; ok && id == store.NoRecord {
				ofMerged = append(ofMerged, text)
			}
		}
	}
	if len(ofMerged) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	return u.oneHas(ctx, unique(ofMerged), nil)
}

// oneHas gives, of the keys that are shared before a dry run, those that one record
// alone would have, and which; all are those that would come to share them.
func (u *upserter) oneHas(ctx context.Context, texts []string, all []store.MatchKey) (map[string]int64, error) {
	const enough = 1000 // who shares a key with so many shares it still
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
