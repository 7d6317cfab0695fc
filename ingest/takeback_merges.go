package ingest

import (
	"context"
	"encoding/json"
	"slices"

	"fettle"
	"fettle/store"
)

// turnMerge turns a merge of the set round, or leaves it with the reason.
func (t *taker) turnMerge(loser int64, do func() error) error {
	switch err := do(); fettle.CodeOf(err) {
	case fettle.Refused, fettle.NotFound:
		t.leave(loser, "", "%s", fettle.AsError(err).Message)
		return nil
	default:
		return err
	}
}

// mergesOf reads the merges by which the records of entries were merged away, each
// record's newest first. A merge is of one entry: none is turned round twice.
func (t *taker) mergesOf(ctx context.Context, entries []store.ChangeEvent) (map[int64][]store.Merge, error) {
	ids := make([]int64, len(entries))
	for i, c := range entries {
		ids[i] = c.Record
	}
	found, err := t.tx.MergesByLoser(ctx, unique(ids))
	out := make(map[int64][]store.Merge, len(found))
	for _, m := range found {
		out[m.Loser] = append(out[m.Loser], m)
	}
	return out, err
}

// unmerge takes merges of the set apart.
func (t *taker) unmerge(ctx context.Context, entries []store.ChangeEvent) error {
	all, err := t.mergesOf(ctx, entries)
	if err != nil {
		return err
	}
	for _, c := range entries {
		merges := all[c.Record]
		i := t.standing(c.LoggedChange, merges)
		if i < 0 || !c.Names("id") {
			continue // the survivor's entry, or taken apart since
		}
		left := t.res.LeftCount
		err := t.turnMerge(c.Record, func() error {
			if t.in.DryRun {
				_, _, err := undoable(ctx, t.tx, merges[i].ID, nil)
				return err
			}
			return UndoMerge(ctx, t.tx, merges[i].ID, t.in.Origin, t.in.Actor, t.in.Now)
		})
		if err != nil {
			return err
		}
		if t.res.LeftCount == left {
			t.res.Unmerged++
		}
	}
	return nil
}

// standing finds the merge that an entry of the set tells of: the one that it made,
// or, where that was taken apart, the one that the undo of that made again.
func (t *taker) standing(c store.LoggedChange, merges []store.Merge) int {
	return slices.IndexFunc(merges, func(m store.Merge) bool {
		return m.UndoneUS == 0 && (m.AtUS == c.AtUS || madeAgain(t.logs[c.Record], m, t.in.Set.Family))
	})
}

// madeAgain reports whether an undo of an undo, of the origins given, made a merge.
func madeAgain(log []store.LoggedChange, m store.Merge, family map[int64]bool) bool {
	return slices.ContainsFunc(log, func(c store.LoggedChange) bool {
		return c.Kind == store.ChangeMerge && c.AtUS == m.AtUS && family[c.Origin]
	})
}

// mergeAgain makes records one again that the set took apart.
func (t *taker) mergeAgain(ctx context.Context, entries []store.ChangeEvent) error {
	all, err := t.mergesOf(ctx, entries)
	if err != nil {
		return err
	}
	for _, c := range entries {
		merges := all[c.Record]
		i := slices.IndexFunc(merges, func(m store.Merge) bool { return m.UndoneUS == c.AtUS })
		if i < 0 || !t.cameBack(c.LoggedChange) {
			continue // the survivor's entry
		}
		left := t.res.LeftCount
		if err := t.turnMerge(c.Record, func() error { return t.mergeOne(ctx, merges[i]) }); err != nil {
			return err
		}
		if t.res.LeftCount == left {
			t.res.Merged++
		}
	}
	return nil
}

func (t *taker) mergeOne(ctx context.Context, mg store.Merge) error {
	var s snapshot
	if err := json.Unmarshal([]byte(mg.Snapshot), &s); err != nil {
		return err
	}
	return t.make(ctx, mg, s.Taken, false)
}

// cameBack reports whether an entry about a merge that was taken apart is that of the
// record that came back by it. A record whose merges were taken apart with that, in
// one transaction, has entries of these behind it.
func (t *taker) cameBack(c store.LoggedChange) bool {
	log := t.logs[c.Record]
	i := slices.IndexFunc(log, func(x store.LoggedChange) bool { return x.Kind == store.ChangeUnmerge && x.AtUS == c.AtUS })
	return i >= 0 && log[i].ID == c.ID
}

// make makes two records one. A bare one gives the survivor no value.
func (t *taker) make(ctx context.Context, mg store.Merge, take []string, bare bool) error {
	found, err := t.tx.LockRecords(ctx, mg.Entity, []int64{mg.Survivor, mg.Loser}, nil)
	if err != nil {
		return err
	}
	if len(found) < 2 {
		return fettle.Errorf(fettle.Refused, "record %d or record %d is not there any more", mg.Survivor, mg.Loser)
	}
	if t.in.DryRun {
		return nil
	}
	m := merger{
		tx: t.tx, entity: mg.Entity, origin: t.in.Origin, actor: t.in.Actor, now: t.in.Now.UnixMicro(), book: &logbook{}, person: mg.ByPerson, take: take, bare: bare,
	}
	p := pair{mg.Survivor, mg.Loser}
	deferred, err := m.merge(ctx, []pair{p})
	if err != nil {
		return err
	}
	if deferred[p] {
		t.leave(mg.Loser, "", "a call for it is in flight: the two become one when it has landed")
	}
	return m.book.write(ctx, t.tx, mg.Entity, m.origin, m.now)
}

// joinAgain takes back that records were made out of another one: they become part
// of it again, without a value of theirs, unless they were changed since.
func (t *taker) joinAgain(ctx context.Context, entries []store.ChangeEvent) error {
	for _, c := range entries {
		if by, _ := t.since(c.LoggedChange, ""); by != nil {
			why, err := t.changedBy(ctx, by)
			if err != nil {
				return err
			}
			t.leave(c.Record, "", "%s", why)
			continue
		}
		left := t.res.LeftCount
		err := t.turnMerge(c.Record, func() error {
			return t.joinOne(ctx, store.Merge{Entity: c.Entity, Survivor: t.in.Split, Loser: c.Record})
		})
		if err != nil {
			return err
		}
		if t.res.LeftCount == left {
			t.res.Merged++
		}
	}
	return nil
}

func (t *taker) joinOne(ctx context.Context, mg store.Merge) error {
	into, err := t.tx.Aliases(ctx, []int64{mg.Survivor})
	if err != nil {
		return err
	}
	if id, ok := into[mg.Survivor]; ok {
		mg.Survivor = id
	}
	flying, err := t.tx.RecordsInFlight(ctx, []int64{mg.Survivor, mg.Loser})
	if err != nil {
		return err
	}
	if len(flying) > 0 {
		return fettle.Errorf(fettle.Refused, "a call for it is in flight")
	}
	return t.make(ctx, mg, nil, true)
}
