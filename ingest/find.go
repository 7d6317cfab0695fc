package ingest

import (
	"context"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// Find gives the records that are meant by what senders say of them, by the keys
// of imports, the strongest that leads to one first; 0 for none. A key that
// several records share finds none. It writes nothing.
func Find(ctx context.Context, tx *store.Tx, entity fettle.Entity, sources []string, said []map[string]string) ([]int64, error) {
	keys := make([][]string, len(said))
	var all []string
	for i, values := range said {
		for _, k := range keysOf(entity, sources[i], func(f string) any {
			if v := values[f]; v != "" {
				return v
			}
			return nil
		}, identity.Options{}) {
			keys[i] = append(keys[i], keyText(entity, k))
		}
		all = append(all, keys[i]...)
	}
	found, err := tx.MatchKeys(ctx, all)
	if err != nil {
		return nil, err
	}
	out := make([]int64, len(said))
	for i := range keys {
		for _, k := range keys[i] {
			if id := found[k]; id != 0 {
				out[i] = id
				break
			}
		}
	}
	return out, nil
}
