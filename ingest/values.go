package ingest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/identity"
	"fettle/store"
)

// ValuesInput is values for records that exist.
type ValuesInput struct {
	Entity fettle.Entity
	Origin int64
	Hand   bool // a person sets them: every policy gives way
	Actor  string
	Now    time.Time
	Writes []Write
}

// Write is one value for one field of a record.
type Write struct {
	Record  int64
	Field   string
	Value   any           // in the form of the field's type; nil is blank
	Valid   bool          // its format is right
	Status  fettle.Status // what its provider says of it; "" for nothing
	Attempt int64
	Policy  fettle.WritePolicy
	Clear   bool // a blank value overwrites; else it changes nothing
	Decides bool // by hand: the value is chosen, also where the record holds it already
}

// Written is what became of a Write.
type Written struct {
	Stored   bool  // the record holds the value now, or held it already
	Conflict int64 // another record that the value is a key of; 0 for none
	Change   Change
}

// Change is what a write did to what the record held.
type Change int

// The changes.
const (
	Same      Change = iota // nothing
	Filled                  // a blank got a value
	Overwrote               // a value got another one
	Emptied                 // a value got blank
)

// changeOf compares a value with what was held before.
func changeOf(old, now any) Change {
	switch {
	case equal(old, now):
		return Same
	case old == nil:
		return Filled
	case now == nil:
		return Emptied
	}
	return Overwrote
}

// Values writes what enrichments bought, and what people edit, into existing
// records, under each write's policy. It never creates or merges: a value that
// is a key of another record is stored all the same, and reported. External ids
// are no keys here, since they belong to a source.
//
// A record that was merged away stands for its survivor. For a record that was
// deleted, the value is kept in the change log, from which it is restored if
// the record comes back.
func Values(ctx context.Context, tx *store.Tx, in ValuesInput) ([]Written, error) {
	b, ids, err := valuesBatch(ctx, tx, in)
	if err != nil {
		return nil, err
	}
	out := make([]Written, len(in.Writes))
	var keys []writtenKey
	var last *record
	attempt := int64(0)
	for i, w := range in.Writes {
		r := b.recs[ids[w.Record]]
		if r == nil {
			continue
		}
		if last != nil && (r != last || w.Attempt != attempt) {
			b.logPending(last, attempt)
		}
		last, attempt = r, w.Attempt
		column := b.index[w.Field]
		value, err := store.EncodeValue(b.fields[column].Type, w.Value)
		if err != nil {
			return nil, err
		}
		value, valid := chosen(&b.fields[column], value, w.Valid)
		old := r.Values[column]
		out[i].Stored = b.set(r, write{column: column, value: value, valid: valid, status: w.Status, policy: policyOf(w), blanks: w.Clear, decides: w.Decides})
		out[i].Change = changeOf(old, r.Values[column])
		if k, ok := keyOf(in.Entity, w.Field, value, false); ok && out[i].Stored {
			keys = append(keys, writtenKey{heldKey{k, r}, i})
		}
	}
	if last != nil {
		b.logPending(last, attempt)
	}
	if err := b.claim(ctx, keys, out); err != nil {
		return nil, err
	}
	if err := b.keepForGone(ctx, in.Writes, ids); err != nil {
		return nil, err
	}
	return out, b.finish(ctx)
}

func policyOf(w Write) fettle.WritePolicy {
	if w.Policy == "" {
		return fettle.FillBlanks
	}
	return w.Policy
}

// valuesBatch loads the records of the writes. The map leads from the ids as
// they were given to those of today.
func valuesBatch(ctx context.Context, tx *store.Tx, in ValuesInput) (*batch, map[int64]int64, error) {
	var fields []string
	ids := map[int64]int64{}
	list := make([]int64, 0, len(in.Writes))
	for _, w := range in.Writes {
		if !slices.Contains(fields, w.Field) {
			fields = append(fields, w.Field)
		}
		ids[w.Record] = w.Record
		list = append(list, w.Record)
	}
	b, err := newBatch(ctx, tx, in.Entity, in.Origin, in.Actor, in.Now, fields)
	if err != nil {
		return nil, nil, err
	}
	b.hand = in.Hand
	if err := b.load(ctx, list); err != nil {
		return nil, nil, err
	}
	var gone []int64
	for id := range ids {
		if b.recs[id] == nil {
			gone = append(gone, id)
		}
	}
	if len(gone) == 0 {
		return b, ids, nil
	}
	aliases, err := tx.Aliases(ctx, gone)
	if err != nil {
		return nil, nil, err
	}
	var survivors []int64
	for id, into := range aliases {
		ids[id] = into
		survivors = append(survivors, into)
	}
	return b, ids, b.load(ctx, survivors)
}

// writtenKey is a key that a write gives to a record.
type writtenKey struct {
	heldKey
	write int
}

// keyOf is the match key that a value of a field is; a phone is one where it was
// chosen.
func keyOf(entity fettle.Entity, field string, value any, phone bool) (identity.Key, bool) {
	if value == nil || field == "external_id" || field == "country" || !slices.Contains(identity.KeyFields(entity, identity.Options{Phone: phone}), field) {
		return identity.Key{}, false
	}
	keys := keysOf(entity, "", func(f string) any {
		if f == field {
			return value
		}
		return nil
	}, identity.Options{Phone: phone})
	if len(keys) == 0 {
		return identity.Key{}, false
	}
	return keys[0], true
}

// claim gives keys to the records that wrote them, and reports those that
// belong to others.
func (b *batch) claim(ctx context.Context, keys []writtenKey, out []Written) error {
	if len(keys) == 0 {
		return nil
	}
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = keyText(b.entity, k.key)
	}
	holders, err := b.tx.MatchKeys(ctx, texts)
	if err != nil {
		return err
	}
	if err := b.joinSharing(ctx, texts, holders, keys); err != nil {
		return err
	}
	for i, k := range keys {
		switch holder := holders[texts[i]]; holder {
		case 0:
			holders[texts[i]] = k.holder.ID
			b.newKeys = append(b.newKeys, k.heldKey)
		case k.holder.ID:
		default:
			out[k.write].Conflict = holder
			b.book.conflicts = append(b.book.conflicts, store.Conflict{Record: k.holder.ID, Other: holder, Key: texts[i]})
		}
	}
	return nil
}

// joinSharing adds records to those that share the keys that they wrote. Such a
// key leads to the oldest of them here, with whom it is a conflict.
func (b *batch) joinSharing(ctx context.Context, texts []string, holders map[string]int64, keys []writtenKey) error {
	var shared []string
	var sharing []store.MatchKey
	for i, text := range texts {
		if id, known := holders[text]; known && id == store.NoRecord {
			shared = append(shared, text)
			sharing = append(sharing, store.MatchKey{Key: text, Record: keys[i].holder.ID})
		}
	}
	if len(shared) == 0 {
		return nil
	}
	first, err := b.tx.FirstSharing(ctx, shared)
	if err != nil {
		return err
	}
	for i, text := range shared {
		holders[text] = cmp.Or(first[text], sharing[i].Record)
	}
	return b.tx.AddSharing(ctx, sharing)
}

// keepForGone logs values for records that were deleted, unless everything of
// theirs was erased.
func (b *batch) keepForGone(ctx context.Context, writes []Write, ids map[int64]int64) error {
	var gone []int64
	for _, w := range writes {
		if id := ids[w.Record]; b.recs[id] == nil && w.Value != nil && !slices.Contains(gone, id) {
			gone = append(gone, id)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	keys, err := b.tx.KeysOf(ctx, gone)
	if err != nil {
		return err
	}
	for _, w := range writes {
		if id := ids[w.Record]; b.recs[id] == nil && w.Value != nil && len(keys[id]) > 0 {
			b.book.add(b.entity, store.LoggedChange{
				Record: id, Kind: store.ChangeUpdate, Origin: b.origin, Attempt: w.Attempt, Actor: b.actor, AtUS: b.now,
				Changes: closeChanges(appendChange(nil, w.Field, nil, w.Value, 0, "")),
			})
		}
	}
	return nil
}
