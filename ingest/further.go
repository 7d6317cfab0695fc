package ingest

import (
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// takeFurther takes down which keys a row gives its record beside its values. Of
// those that the record has already it may be another who says so; one that belongs
// to another record is given to nobody.
func (u *upserter) takeFurther(n int, r *record) {
	for _, k := range u.in.Rows[n].furtherKeys {
		switch id := u.at[k]; {
		case u.sharing.keys[k]:
		case id == 0:
			u.further = append(u.further, heldKey{k, r})
		case id == r.ID:
			u.saidAgain = append(u.saidAgain, heldKey{k, r})
		}
	}
}

// keptID takes down that the id of a row is a key of its record, which shows that of
// another list.
func (u *upserter) keptID(n int, r *record, field string) {
	k := u.keys[n][0]
	if field != "external_id" || k.Kind != identity.ExternalKey || u.sharing.keys[k] {
		return
	}
	switch u.at[k] {
	case 0:
		u.further = append(u.further, heldKey{k, r})
	case r.ID:
		u.saidAgain = append(u.saidAgain, heldKey{k, r})
	}
}

// keepFurther writes down who gave the further keys. What was sent shares its origin
// with all that its source sends on that day, so that it is written with the entry of
// the log that its transaction begins with: after the log.
func (u *upserter) keepFurther(ctx context.Context) error {
	change, _ := u.tx.Logged()
	if u.in.met != nil {
		change = 0 // an import has an origin of its own
	}
	held := func(keys []heldKey) []store.MatchKey {
		out := make([]store.MatchKey, len(keys))
		for i, k := range keys {
			out[i] = store.MatchKey{Key: keyText(u.entity, k.key), Record: u.resolve(k.holder.ID)}
		}
		return out
	}
	if err := u.tx.AddFurtherKeys(ctx, held(u.further), u.origin, change); err != nil {
		return err
	}
	return u.tx.SayFurtherKeys(ctx, held(u.saidAgain), u.origin, change)
}

// dropFurther takes away some of the keys that the import gave to records that stay
// beside their values, where nobody else said so and no value of theirs is that key.
// Done says that there are no more.
func (u *undoer) dropFurther(ctx context.Context) (done bool, err error) {
	for origin := range u.own {
		keys, err := u.tx.FurtherKeysBy(ctx, origin, undoPiece)
		if err != nil {
			return false, err
		}
		if len(keys) == 0 {
			continue
		}
		if err := u.tx.RemoveFurtherKeys(ctx, keys, origin); err != nil {
			return false, err
		}
		if err := u.furtherDrop().drop(ctx, keys); err != nil {
			return false, err
		}
		return false, nil
	}
	return true, nil
}

func (u *undoer) furtherDrop() furtherDrop {
	return furtherDrop{tx: u.tx, origin: u.in.Origin, actor: u.in.Actor, now: u.in.Now, source: u.imp.Source, own: u.own}
}

// furtherDrop takes away keys that records had beside their values.
type furtherDrop struct {
	tx     *store.Tx
	origin int64 // of the undo
	actor  string
	now    time.Time
	source string         // whose ids are keys
	own    map[int64]bool // the origins that are taken back: what they made keeps its keys
}

// drop takes keys away from the records that have them today, unless others gave
// them too or a value is that key.
func (d furtherDrop) drop(ctx context.Context, keys []store.MatchKey) error {
	ids := make([]int64, len(keys))
	for i, k := range keys {
		ids[i] = k.Record
	}
	aliases, err := d.tx.Aliases(ctx, ids)
	if err != nil {
		return err
	}
	others, err := d.tx.FurtherKeys(ctx, keys, d.own)
	if err != nil {
		return err
	}
	keys = slices.DeleteFunc(keys, func(k store.MatchKey) bool { return others[k] })
	for i := range keys {
		if into, ok := aliases[keys[i].Record]; ok {
			keys[i].Record = into
		}
		ids = append(ids, keys[i].Record)
	}
	for _, entity := range fettle.Entities() {
		of := slices.DeleteFunc(slices.Clone(keys), func(k store.MatchKey) bool { return k.Key[0] != entity[0] })
		if len(of) == 0 {
			continue
		}
		present, err := d.keysOfValues(ctx, entity, ids)
		if err != nil {
			return err
		}
		of = slices.DeleteFunc(of, func(k store.MatchKey) bool {
			values, stays := present[k.Record]
			return !stays || slices.Contains(values, k.Key)
		})
		if err := d.tx.RemoveMatchKeys(ctx, of); err != nil {
			return err
		}
		if err := unshare(ctx, d.tx, of); err != nil {
			return err
		}
		if err := d.tx.DropConflictsOf(ctx, of); err != nil {
			return err
		}
	}
	return nil
}

// idKeys gives the keys of ids that companies got from a list of people and that
// go: how that calls its list of companies is read off the keys.
func (u *undoer) idKeys(ctx context.Context) (out []store.MatchKey, err error) {
	records := make([]int64, 0, len(u.ids))
	for id := range u.ids {
		records = append(records, id)
	}
	keys, err := u.tx.KeysOf(ctx, records)
	for record, texts := range keys {
		for _, text := range texts {
			if k, ok := parseKey(text); ok && k.Kind == identity.ExternalKey && Shows(u.ids[record], text) {
				out = append(out, store.MatchKey{Key: text, Record: record})
			}
		}
	}
	u.ids = nil
	return out, err
}

// keysOfValues gives the keys that the present values are of those records that are
// there and that what is taken back did not make: these keep their keys, as what is deleted.
func (d furtherDrop) keysOfValues(ctx context.Context, entity fettle.Entity, ids []int64) (map[int64][]string, error) {
	opts := identity.Options{Phone: true}
	out := map[int64][]string{}
	fields := identity.ReadFields(entity, opts)
	fields = slices.DeleteFunc(fields, func(f string) bool { return f == "country" })
	b, err := newBatch(ctx, d.tx, entity, d.origin, d.actor, d.now, fields)
	if err != nil {
		return nil, err
	}
	if err := b.load(ctx, ids); err != nil {
		return nil, err
	}
	for id, r := range b.recs {
		if d.own[r.origins.base] {
			continue
		}
		out[id] = []string{}
		for _, k := range keysOf(entity, d.source, func(field string) any {
			if i, ok := b.index[field]; ok {
				return r.Values[i]
			}
			return nil
		}, opts) {
			out[id] = append(out[id], keyText(entity, k))
		}
	}
	return out, nil
}

// leaving gives those of the keys of values that go which nobody else gave to their
// records beside these.
func (u *undoer) leaving(ctx context.Context, keys []store.MatchKey) ([]store.MatchKey, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	others, err := u.tx.FurtherKeys(ctx, keys, u.own)
	return slices.DeleteFunc(keys, func(k store.MatchKey) bool { return others[k] }), err
}

// further gives the keys that a value is that stands beside that of a field.
func furtherKeys(entity fettle.Entity, field string, values []any, get func(string) any) (out []identity.Key) {
	for _, v := range values {
		out = append(out, keysOf(entity, "", only(field, v, get), identity.Options{})...)
	}
	return out
}
