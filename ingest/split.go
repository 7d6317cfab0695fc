package ingest

import (
	"context"
	"slices"

	"fettle/identity"
	"fettle/store"
)

// SeveralIDs gives of each record its external ids where it has several of one
// source. Those that it has because a person made records one do not count.
func SeveralIDs(ctx context.Context, tx *store.Tx, ids []int64) (map[int64][]string, error) {
	keys, err := tx.KeysOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := map[int64][]string{}
	var all []string
	for id, texts := range keys {
		var external []string
		for _, text := range texts {
			if k, ok := parseKey(text); ok && k.Kind == identity.ExternalKey {
				external = append(external, text)
			}
		}
		if several := ofOneSource(external); len(several) > 0 {
			out[id] = several
			all = append(all, several...)
		}
	}
	if len(all) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	others, err := tx.OtherKeys(ctx, all)
	if err != nil || len(others) == 0 {
		return out, err
	}
	for id, texts := range out {
		if out[id] = ofOneSource(slices.DeleteFunc(texts, func(k string) bool { return others[k] })); len(out[id]) == 0 {
			delete(out, id)
		}
	}
	return out, nil
}

// ofOneSource gives those of external ids whose source has another of them.
func ofOneSource(keys []string) []string {
	var out []string
	for _, a := range keys {
		ka, _ := parseKey(a)
		if slices.ContainsFunc(keys, func(b string) bool {
			kb, _ := parseKey(b)
			return a != b && identity.Comparable(ka, kb)
		}) {
			out = append(out, a)
		}
	}
	return out
}
