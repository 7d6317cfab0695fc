package ingest

import (
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/store"
)

// dueMerges is how many merges that were put off one transaction makes.
const dueMerges = 200

// DueMerges makes merges that were put off and whose calls have landed. Where
// companies have many people, these go over to the survivor first, a
// transaction's worth at a time: that the two are to be one is written down, so
// whoever comes next goes on. It gives the number of merges that it dealt with;
// 0 when none is due.
func DueMerges(ctx context.Context, tx *store.Tx, now time.Time) (int, error) {
	due, err := tx.DueMerges(ctx, store.DueInput{Limit: dueMerges, NowUS: now.UnixMicro()})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	return makeDue(ctx, tx, due, now)
}

// DueMerge is DueMerges for one of them.
func DueMerge(ctx context.Context, tx *store.Tx, d store.PendingMerge, now time.Time) (int, error) {
	due, err := tx.DueMerges(ctx, store.DueInput{Limit: 1, NowUS: now.UnixMicro(), Pair: [2]int64{d.Survivor, d.Loser}})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	return makeDue(ctx, tx, due, now)
}

func makeDue(ctx context.Context, tx *store.Tx, due []store.PendingMerge, now time.Time) (int, error) {
	var book logbook
	var made []store.PendingMerge
	done := make([][2]int64, 0, len(due))
	room := maxLinks // for people
	for _, d := range due {
		waits, err := mergeDue(ctx, tx, &book, d, &room, now)
		if err != nil {
			return 0, err
		}
		if room == 0 {
			break // there may be more people: the next transaction goes on
		}
		if waits {
			continue
		}
		made, done = append(made, d), append(done, [2]int64{d.Survivor, d.Loser})
	}
	if err := tx.RemovePendingMerges(ctx, done); err != nil {
		return 0, err
	}
	if err := book.write(ctx, tx, fettle.People, 0, now.UnixMicro()); err != nil {
		return 0, err
	}
	return max(1, len(done)), widenImports(ctx, tx, made)
}

// mergeDue makes one merge, between the records that the two are now, unless
// their people use the room up. It does nothing if they are one already, if one
// was deleted, or if a person said since that they are not one. If a call is in
// flight for them by now they are put off again: waits says that it is by the same
// ids, so that the merge must not be forgotten.
func mergeDue(ctx context.Context, tx *store.Tx, book *logbook, d store.PendingMerge, room *int, now time.Time) (waits bool, err error) {
	aliases, err := tx.Aliases(ctx, []int64{d.Survivor, d.Loser})
	if err != nil {
		return false, err
	}
	p := pair{d.Survivor, d.Loser}
	if into, ok := aliases[p.survivor]; ok {
		p.survivor = into
	}
	if into, ok := aliases[p.loser]; ok {
		p.loser = into
	}
	if p.survivor == p.loser {
		return false, nil
	}
	if !d.ByPerson {
		apart, err := tx.ApartFrom(ctx, []int64{p.survivor, p.loser})
		if err != nil || slices.Contains(apart, store.Ordered(p.survivor, p.loser)) {
			return false, err
		}
	}
	found, err := tx.LockRecords(ctx, d.Entity, []int64{p.survivor, p.loser}, nil)
	if err != nil || len(found) < 2 {
		return false, err
	}
	m := merger{tx: tx, entity: d.Entity, origin: d.Origin, actor: d.Actor, now: now.UnixMicro(), book: book, person: d.ByPerson, take: d.Take}
	moved, err := m.movePeople(ctx, []pair{p}, *room)
	if *room -= moved; err != nil || *room == 0 {
		return false, err
	}
	deferred, err := m.merge(ctx, []pair{p})
	return deferred[p] && p == pair{d.Survivor, d.Loser}, err
}

// widenImports lets the undo of imports that have ended look as far as the merges
// that they asked for and that were made now.
func widenImports(ctx context.Context, tx *store.Tx, made []store.PendingMerge) error {
	var ids []int64
	for _, d := range made {
		ids = append(ids, d.Origin)
	}
	origins, err := tx.OriginsByID(ctx, ids)
	if err != nil {
		return err
	}
	var imports []int64
	for _, o := range origins {
		if o.Kind == store.OriginImport && o.RefID != 0 && !slices.Contains(imports, o.RefID) {
			imports = append(imports, o.RefID)
		}
	}
	if len(imports) == 0 {
		return nil
	}
	end, err := tx.NextID(ctx, store.SeqChange)
	if err != nil {
		return err
	}
	return tx.WidenImports(ctx, imports, end)
}
