package ingest

import (
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/past"
	"fettle/store"
)

// remove deletes records that the set made, unless somebody changed them since, or,
// of companies, others work for them. What enrichments wrote and what was derived is
// nobody's word: what was bought stays bought, and comes back with its record.
func (t *taker) remove(ctx context.Context, entries []store.ChangeEvent) error {
	entity := entries[0].Entity
	ids := make([]int64, len(entries))
	for i, c := range entries {
		ids[i] = c.Record
	}
	machines, err := t.machines(ctx)
	if err != nil {
		return err
	}
	employ := map[int64]bool{}
	if entity == fettle.Companies {
		if employ, err = employing(ctx, t.tx, ids, t.in.Gone); err != nil {
			return err
		}
	}
	gone := ids[:0]
	for _, c := range entries {
		why := ""
		switch by := t.wordSince(c.LoggedChange, machines); {
		case by != nil:
			if why, err = t.changedBy(ctx, by); err != nil {
				return err
			}
		case employ[c.Record]:
			why = "others work for it"
		}
		if why != "" {
			t.leave(c.Record, "", "%s", why)
			continue
		}
		gone = append(gone, c.Record)
	}
	bought, err := boughtOf(ctx, t.tx, gone)
	if err != nil {
		return err
	}
	for _, n := range bought {
		t.res.Bought += n
	}
	if t.in.DryRun {
		t.res.Deleted += int64(len(gone))
		for _, id := range gone {
			t.in.Gone[id] = true
		}
		return nil
	}
	n, err := Delete(ctx, t.tx, DeleteInput{Entity: entity, IDs: gone, Origin: t.in.Origin, Actor: t.in.Actor, Now: t.in.Now})
	t.res.Deleted += int64(n)
	if err != nil {
		return err
	}
	left, err := leaveShared(ctx, t.tx, gone)
	t.gone = append(t.gone, left...)
	return err
}

// sent reports whether what is taken back was sent, and gave its records further keys.
func (t *taker) sent() bool {
	return t.in.Source != "" && t.in.Set.Origins != nil && !t.in.Again && !t.in.DryRun
}

// dropFurther takes away some of the keys that what was sent gave to records that
// stay beside their values, unless somebody said so since. Done says that there are
// no more.
func (t *taker) dropFurther(ctx context.Context) (done bool, err error) {
	if !t.sent() {
		return true, nil
	}
	s := t.in.Set
	keys, err := t.tx.TakeFurtherKeysSent(ctx, slices.Sorted(maps.Keys(s.Origins)), s.Actor, s.From, s.End, undoPiece)
	if err != nil || len(keys) == 0 {
		return true, err
	}
	d := furtherDrop{tx: t.tx, origin: t.in.Origin, actor: t.in.Actor, now: t.in.Now, source: t.in.Source}
	return len(keys) < undoPiece, d.drop(ctx, keys)
}

// machines are those origins of the records at hand that are nobody's word.
func (t *taker) machines(ctx context.Context) (map[int64]bool, error) {
	out := map[int64]bool{}
	for _, log := range t.logs {
		for _, c := range log {
			out[c.Origin] = false
		}
	}
	found, err := t.tx.OriginsByID(ctx, slices.Collect(maps.Keys(out)))
	for id, o := range found {
		out[id] = o.Kind == store.OriginEnrichment || o.Kind == store.OriginDerived
	}
	return out, err
}

// wordSince is the newest entry about a record since one of the set that is neither
// of the set nor of its undos, and somebody's word.
func (t *taker) wordSince(c store.LoggedChange, machines map[int64]bool) *store.LoggedChange {
	log := t.logs[c.Record]
	for i := len(log) - 1; i >= 0 && log[i].ID > c.ID; i-- {
		x := &log[i]
		if x.Origin != t.in.Origin && !t.in.Set.Family[x.Origin] && !machines[x.Origin] && !t.own(*x) && concerns(*x, "") {
			return x
		}
	}
	return nil
}

// suppressed is what entries call the mark that a record is not to be enriched. It
// is no field.
const suppressed = "suppressed"

// marks puts on and takes off, newest entry first, the marks of records that are not
// to be enriched.
func (t *taker) marks(ctx context.Context, entries []store.ChangeEvent, away map[int64]string) error {
	ids := map[bool][]int64{}
	for _, c := range entries {
		if !c.Names(suppressed) {
			continue
		}
		changes, err := past.Changes(c.Changes)
		if err != nil {
			return err
		}
		by, again := t.since(c.LoggedChange, suppressed)
		switch {
		case by != nil && again || away[c.Record] != "" && again:
		case by != nil:
			why, err := t.changedBy(ctx, by)
			if err != nil {
				return err
			}
			t.leave(c.Record, suppressed, "%s", why)
		case away[c.Record] != "":
			t.leave(c.Record, suppressed, "%s", away[c.Record])
		default:
			on := string(changes[suppressed].Old) == "true"
			ids[on] = append(ids[on], c.Record)
			if !again {
				t.res.Restored++
				t.res.Records++
			}
		}
	}
	if t.in.DryRun {
		return nil
	}
	for _, on := range []bool{true, false} {
		in := SuppressInput{Entity: entries[0].Entity, IDs: unique(ids[on]), On: on, Origin: t.in.Origin, Actor: t.in.Actor, Now: t.in.Now}
		if _, err := Suppress(ctx, t.tx, in); err != nil {
			return err
		}
	}
	return nil
}
