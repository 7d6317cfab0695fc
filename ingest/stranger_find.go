package ingest

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// found is whom the keys of some rows meet.
type found struct {
	at      map[identity.Key]int64
	shares  map[heldBy]bool                  // keys that a record shares with others
	records map[int64]func(field string) any // those that are compared: of records that are gone, only those for which something was bought
	keys    map[int64][]identity.Key         // of records that are looked at by a key of earlier rules
	ids     map[int64][]string               // of records that other keys than the id lead to: the values of their keys of the list
}

// heldBy is a key and who has it.
type heldBy struct {
	key    identity.Key
	record int64
}

// otherOf is the record, not the one of its id, to which a key of a row leads.
func (f *found) otherOf(n newcomer, id int64) int64 {
	for _, k := range n.keys[1:] {
		if other := f.at[k]; other != 0 && other != id && f.ids[other] != nil {
			return other
		}
	}
	return 0
}

// find looks up the keys of rows, and reads the records that are to be compared.
func (s *strangers) find(ctx context.Context, tx *store.Tx, rows []newcomer) (*found, error) {
	f := &found{at: map[identity.Key]int64{}, shares: map[heldBy]bool{}, records: map[int64]func(string) any{}, ids: map[int64][]string{}}
	shared, err := s.imp.former.holders(ctx, tx, s.imp.opts.Entity, f.at, rows)
	if err != nil {
		return nil, err
	}
	var may []store.MatchKey
	byText := map[string]identity.Key{}
	var alone, others []int64
	for _, n := range rows {
		if len(n.keys) == 0 || n.keys[0].Kind != identity.ExternalKey {
			continue
		}
		id, agrees := f.at[n.keys[0]], false
		for _, k := range n.keys[1:] {
			switch {
			case shared[k] && id != 0:
				text := keyText(s.imp.opts.Entity, k)
				byText[text] = k
				may = append(may, store.MatchKey{Key: text, Record: id})
			case id != 0 && f.at[k] == id:
				agrees = true
			case f.at[k] != 0:
				others = append(others, f.at[k])
			}
		}
		if id != 0 && !agrees {
			alone = append(alone, id)
		}
	}
	sharing, err := tx.Sharing(ctx, may)
	if err != nil {
		return nil, err
	}
	for m := range sharing {
		f.shares[heldBy{byText[m.Key], m.Record}] = true
	}
	if err := s.read(ctx, tx, f, unique(alone), unique(others)); err != nil {
		return nil, err
	}
	return f, nil
}

// unique sorts a list and leaves each of its items once.
func unique[T cmp.Ordered](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

// read reads the records that are compared, and the ids of those to which other
// keys lead.
func (s *strangers) read(ctx context.Context, tx *store.Tx, f *found, alone, others []int64) error {
	fields := append(s.mapping.fields(), nameFields()...)
	if err := f.read(ctx, tx, s.imp.opts.Entity, fields, unique(slices.Concat(alone, others))); err != nil {
		return err
	}
	if err := f.readGone(ctx, tx, alone, true); err != nil {
		return err
	}
	others = slices.DeleteFunc(others, func(id int64) bool { return f.records[id] == nil })
	keys, err := tx.KeysOf(ctx, others)
	if err != nil {
		return err
	}
	ofList, err := s.imp.former.ofList(ctx, tx, others)
	if err != nil {
		return err
	}
	for _, id := range others {
		f.ids[id] = []string{}
		for _, text := range keys[id] {
			kept, ok := parseKey(text)
			if !ok {
				continue
			}
			for _, k := range s.imp.former.today(kept, ofList[id]) {
				if prefix, _ := identity.ExternalParts(k.Value); k.Kind == identity.ExternalKey && prefix == s.imp.former.list {
					f.ids[id] = append(f.ids[id], k.Value)
				}
			}
		}
	}
	return nil
}

// read reads fields of the records that are there.
func (f *found) read(ctx context.Context, tx *store.Tx, entity fettle.Entity, fields []string, ids []int64) error {
	have, err := tx.Fields(ctx, entity)
	if err != nil {
		return err
	}
	fields = slices.DeleteFunc(unique(slices.Clone(fields)), func(key string) bool {
		_, ok := fieldByKey(have, key)
		return !ok // companies have no first name, and a new field is not made yet
	})
	all, err := tx.Records(ctx, entity, ids, fields, nil)
	for _, r := range all {
		f.records[r.ID] = r.Value
	}
	return err
}

// readGone reads what records held that were deleted; if only those are asked for
// whose values were bought, a row that meets another one gets nothing of it.
func (f *found) readGone(ctx context.Context, tx *store.Tx, ids []int64, onlyBought bool) error {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return f.records[id] != nil })
	if len(ids) == 0 {
		return nil
	}
	if onlyBought {
		cells, err := tx.Cells(ctx, ids)
		if err != nil {
			return err
		}
		bought := map[int64]bool{}
		for k, c := range cells {
			bought[k.Record] = bought[k.Record] || c.BoughtUS > 0
		}
		ids = slices.DeleteFunc(ids, func(id int64) bool { return !bought[id] })
	}
	log, err := tx.LogOf(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		last, err := lastValues(log[id])
		if err != nil {
			return err
		}
		f.records[id] = func(field string) (was any) {
			if json.Unmarshal(last[field].Old, &was) != nil {
				return nil // it held nothing
			}
			return was
		}
	}
	return nil
}

// holders finds who holds the keys of rows, in whatever form, and which of the
// keys are shared.
func (f *former) holders(ctx context.Context, tx *store.Tx, entity fettle.Entity, at map[identity.Key]int64, rows []newcomer) (shared map[identity.Key]bool, err error) {
	own, old := map[string]identity.Key{}, map[string]identity.Key{}
	for _, n := range rows {
		for _, k := range n.keys {
			own[keyText(entity, k)] = k
			for _, other := range f.spellings(k) {
				old[keyText(entity, other)] = k
			}
		}
	}
	held, err := tx.MatchKeys(ctx, slices.AppendSeq(slices.Collect(maps.Keys(own)), maps.Keys(old)))
	if err != nil {
		return nil, err
	}
	shared = map[identity.Key]bool{}
	for text, k := range own {
		switch id, ok := held[text]; {
		case ok && id == store.NoRecord:
			shared[k] = true
		case ok:
			at[k] = id
		}
	}
	return shared, f.each(ctx, tx, old, held, func(k identity.Key, id int64) {
		if at[k] == 0 {
			at[k] = id
		}
	})
}
