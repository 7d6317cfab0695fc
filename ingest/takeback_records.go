package ingest

import (
	"cmp"
	"context"
	"slices"

	"fettle"
	"fettle/identity"
	"fettle/past"
	"fettle/store"
)

// recreate brings back records that the set deleted, with what they held.
func (t *taker) recreate(ctx context.Context, entries []store.ChangeEvent) error {
	entity := entries[0].Entity
	all, err := t.tx.Fields(ctx, entity)
	if err != nil {
		return err
	}
	b, err := newBatch(ctx, t.tx, entity, t.in.Origin, t.in.Actor, t.in.Now, fieldKeys(all))
	if err != nil {
		return err
	}
	ids := make([]int64, len(entries))
	for i, c := range entries {
		ids[i] = c.Record
	}
	if err := b.load(ctx, slices.Clone(ids)); err != nil {
		return err
	}
	known, err := t.back(ctx, ids)
	if err != nil {
		return err
	}
	touched := map[*record]bool{}
	for _, c := range entries {
		switch {
		case b.recs[c.Record] != nil:
			t.leave(c.Record, "", "the record is there again")
			continue
		case known.aliases[c.Record] != 0:
			t.leave(c.Record, "", "the record became part of record %d since", known.aliases[c.Record])
			continue
		case c.Changes == "" && len(known.keys[c.Record]) == 0:
			t.leave(c.Record, "", "it was erased: nothing of it is left")
			t.res.Erased++
			continue
		}
		r, err := t.reborn(b, c, known)
		if err != nil {
			return err
		}
		touched[r] = true
		t.res.Recreated++
	}
	if t.in.DryRun {
		t.wouldBe(b, touched)
		return nil
	}
	if err := t.rehire(ctx, b, entries); err != nil {
		return err
	}
	if err := b.shareAgain(ctx, b.fresh); err != nil {
		return err
	}
	return b.finish(ctx)
}

// rehire gives people that come back the company that they had, if it is there: a
// name or an id of it, by which it was found, is no value of theirs.
func (t *taker) rehire(ctx context.Context, b *batch, entries []store.ChangeEvent) error {
	had := map[int64]int64{}
	var companies []int64
	for _, c := range entries {
		changes, err := past.Changes(c.Changes)
		if err != nil {
			return err
		}
		if id := past.Company(changes[past.CompanyField].Old); id != 0 {
			had[c.Record], companies = id, append(companies, id)
		}
	}
	companies = unique(companies)
	into, err := t.tx.Aliases(ctx, companies)
	if err != nil {
		return err
	}
	for i, id := range companies {
		companies[i] = cmp.Or(into[id], id)
	}
	there, err := t.tx.LockRecords(ctx, fettle.Companies, unique(companies), nil)
	if err != nil {
		return err
	}
	keys, err := t.tx.KeysOf(ctx, companies)
	for _, r := range b.fresh {
		company := cmp.Or(into[had[r.ID]], had[r.ID])
		if !slices.ContainsFunc(there, func(c store.IngestRecord) bool { return c.ID == company }) {
			continue
		}
		r.job.company = company
		if employerOf(b.valueOf(r)).domain == "" { // it was found by its id, and stays
			r.job.key = idAwaited(keys[company])
		}
	}
	return err
}

// idAwaited is by which id of a company people wait for it; "" where it has none.
func idAwaited(keys []string) string {
	for _, text := range keys {
		if k, ok := parseKey(text); ok && k.Kind == identity.ExternalKey {
			return waitsFor(k)
		}
	}
	return ""
}

// leftBehind is what is known of records that are gone.
type leftBehind struct {
	born       map[int64][]store.Birth
	suppressed map[int64]bool
	aliases    map[int64]int64
	keys       map[int64][]string
}

// birth is the last one before an entry; zero where the log does not know.
func (l leftBehind) birth(c store.LoggedChange) (last store.Birth) {
	for _, b := range l.born[c.Record] {
		if b.AtUS <= c.AtUS {
			last = b
		}
	}
	return last
}

func (t *taker) back(ctx context.Context, ids []int64) (l leftBehind, err error) {
	if l.born, err = t.tx.Births(ctx, ids); err != nil {
		return l, err
	}
	if l.suppressed, err = t.tx.Suppressed(ctx, ids); err != nil {
		return l, err
	}
	if l.aliases, err = t.tx.Aliases(ctx, ids); err != nil {
		return l, err
	}
	l.keys, err = t.tx.KeysOf(ctx, ids)
	return l, err
}

// reborn makes a record again of the entry of its deletion.
func (t *taker) reborn(b *batch, c store.ChangeEvent, known leftBehind) (*record, error) {
	changes, err := past.Changes(c.Changes)
	if err != nil {
		return nil, err
	}
	born := known.birth(c.LoggedChange)
	r := &record{
		IngestRecord: store.IngestRecord{
			ID: c.Record, CreatedUS: cmp.Or(born.AtUS, b.now), UpdatedUS: b.now, Suppressed: known.suppressed[c.Record], Values: make([]any, len(b.fields)),
		},
		written: true, relink: true, created: true, back: true,
	}
	r.origins.base = cmp.Or(born.Origin, mostOf(changes)) // who made it may take it away again
	for _, field := range sortedFields(changes) {
		i, ok := b.index[field]
		if !ok {
			continue // the field was deleted since
		}
		value, valid, ok := oldValue(b.fields[i], changes[field])
		if !ok {
			t.leave(c.Record, field, "the field is of another type now")
			continue
		}
		r.Values[i] = value
		r.Invalid = markInvalid(r.Invalid, field, !valid)
		r.Statuses = store.PutStatus(r.Statuses, field, changes[field].Status)
		r.origins.put(field, changes[field].Origin, false)
	}
	b.recs[r.ID] = r
	b.fresh = append(b.fresh, r)
	b.log(r, store.ChangeCreate, 0, "")
	if b.entity == fettle.Companies { // people wait for it by its domain
		for _, k := range keysOf(b.entity, "", b.valueOf(r), identity.Options{}) {
			if slices.Contains(known.keys[r.ID], keyText(b.entity, k)) {
				b.newKeys = append(b.newKeys, heldKey{k, r})
			}
		}
	}
	return r, nil
}

// mostOf is the origin that most values have.
func mostOf(changes map[string]past.Change) int64 {
	n := map[int64]int{}
	var most int64
	for _, c := range changes {
		n[c.Origin]++
	}
	delete(n, 0) // of a company there is none
	for id, k := range n {
		if most == 0 || k > n[most] || k == n[most] && id < most {
			most = id
		}
	}
	return most
}
