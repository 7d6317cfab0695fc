package signal

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"fettle"
	"fettle/notify"
	"fettle/store"
)

// farBehind is how many entries the reader of undos lets pass while there is
// nothing that could be taken back, before it writes down where it is.
const farBehind = 20_000

// takeBack retracts the signals whose last witness an undo took back, and has
// those stand again whose undo was undone. Nothing else retracts a signal.
func (r *Reader) takeBack(ctx context.Context) (total int, err error) {
	for {
		from, upTo, some := int64(0), int64(0), false
		err := r.db.View(ctx, func(tx *store.Tx) (err error) {
			if from, err = tx.SignalCursor(ctx); err != nil {
				return err
			}
			upTo, some, err = findUndo(ctx, tx, from)
			return err
		})
		if err != nil || !some && upTo-from < farBehind {
			return total, err
		}
		n := 0
		err = r.db.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = r.takeBackStep(ctx, tx, upTo, time.Now())
			return err
		})
		total += n
		if err != nil || !some {
			return total, err
		}
	}
}

// findUndo looks for the next entries of an undo behind from; up to the one before
// them, or where there are none the newest, nothing is to do. some reports whether
// there are.
func findUndo(ctx context.Context, tx *store.Tx, from int64) (upTo int64, some bool, err error) {
	upTo = from
	told, err := tx.ToldByChanges(ctx)
	if err != nil {
		return upTo, false, err
	}
	if !told {
		upTo, err = tx.NewestChange(ctx)
		return upTo, false, err
	}
	for {
		entries, err := tx.ChangesAfter(ctx, upTo, idlePage)
		if err != nil || len(entries) == 0 {
			return upTo, false, err
		}
		for _, c := range entries {
			if isUndo(c) {
				return upTo, true, nil
			}
			upTo = c.ID
		}
	}
}

func isUndo(c store.ChangeEvent) bool {
	return c.Kind == store.ChangeUpdate && c.From.Kind == store.OriginUndo
}

// takeBackStep reads one page of undos behind from, which the reader's cursor is
// moved to first.
func (r *Reader) takeBackStep(ctx context.Context, tx *store.Tx, from int64, now time.Time) (int, error) {
	if _, err := tx.LockSignalRules(ctx); err != nil { // nobody finds a signal in what is taken back now
		return 0, err
	}
	cursor, err := tx.SignalCursor(ctx)
	if err != nil {
		return 0, err
	}
	from = max(from, cursor)
	entries, err := tx.ChangesAfter(ctx, from, page)
	if err != nil {
		return 0, err
	}
	upTo := from
	byEntity := map[fettle.Entity][]int64{}
	for _, c := range entries {
		upTo = c.ID
		if isUndo(c) {
			byEntity[c.Entity] = append(byEntity[c.Entity], c.Record)
		}
	}
	total := 0
	for _, entity := range fettle.Entities() {
		u := &undoing{tx: tx, channels: r.channels, entity: entity, after: from, upTo: upTo, now: now}
		n, err := u.records(ctx, byEntity[entity])
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, tx.PutSignalCursor(ctx, upTo)
}

// undoing is a page of undos of one entity's records.
type undoing struct {
	tx       *store.Tx
	channels *notify.Channels
	entity   fettle.Entity
	now      time.Time

	after, upTo int64
	ended       []store.Witness // as they stand now
}

func (u *undoing) records(ctx context.Context, ids []int64) (int, error) {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return 0, nil
	}
	parts, err := u.tx.AliasesInto(ctx, ids)
	if err != nil {
		return 0, err
	}
	all := slices.Clone(ids)
	for _, more := range parts {
		all = append(all, more...)
	}
	told, err := u.tx.WitnessesOfRecords(ctx, all)
	if err != nil || len(told) == 0 {
		return 0, err
	}
	fields, err := u.tx.Fields(ctx, u.entity)
	if err != nil {
		return 0, err
	}
	byKey, watch := map[string]fettle.Field{}, map[string]bool{}
	for _, f := range fields {
		byKey[f.Key], watch[f.Key] = f, true
	}
	log, err := u.tx.LogWithOrigins(ctx, all)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		witnesses := told[id]
		var others []store.ChangeEvent
		for _, part := range parts[id] {
			witnesses = append(witnesses, told[part]...)
			others = append(others, log[part]...)
		}
		if len(witnesses) == 0 {
			continue
		}
		h := &history{fields: byKey, watch: watch}
		if err := h.replay(log[id], others, nil); err != nil {
			return 0, err
		}
		for _, t := range h.taken {
			if t.entry > u.after && t.entry <= u.upTo {
				u.take(t, witnesses)
			}
		}
	}
	return u.settle(ctx)
}

// take ends the witnesses that one undo takes back, or has those stand again that
// an undone undo had taken back.
func (u *undoing) take(t taking, witnesses []store.Witness) {
	for i := range witnesses {
		w := &witnesses[i]
		switch {
		case w.Change == 0:
			continue
		case t.again && w.GoneUS == t.of.atUS:
			w.GoneUS = 0
		case !t.again && w.GoneUS == 0 && slices.Contains(t.root.ids, w.Change):
			w.GoneUS = t.atUS
		default:
			continue
		}
		u.ended = append(u.ended, *w)
	}
}

// settle writes what has ended, and retracts the signals that nobody witnesses
// any more.
func (u *undoing) settle(ctx context.Context) (int, error) {
	if len(u.ended) == 0 {
		return 0, nil
	}
	var ids []int64
	for _, w := range u.ended {
		ids = append(ids, w.Signal)
	}
	roots, err := lockRoots(ctx, u.tx, u.entity, ids)
	if err != nil {
		return 0, err
	}
	if err := u.tx.EndWitnesses(ctx, u.ended); err != nil {
		return 0, err
	}
	told, err := witnessed(ctx, u.tx, roots)
	if err != nil {
		return 0, err
	}
	var changed []store.Signal
	for _, s := range roots {
		stands := told[s.ID].stands
		switch {
		case stands == (s.RetractedUS == 0):
			continue
		case stands:
			s.RetractedUS = 0
		default:
			s.RetractedUS = u.now.UnixMicro()
		}
		changed = append(changed, s)
	}
	if err := u.tx.PutSignals(ctx, changed); err != nil {
		return 0, err
	}
	if err := raise(ctx, u.tx, u.channels, u.entity, changed); err != nil {
		return 0, err
	}
	origin, err := u.tx.OriginID(ctx, store.Origin{Kind: store.OriginSignal, Name: "undo", Day: fettle.DayOf(u.now)})
	if err != nil {
		return 0, err
	}
	var entries []store.LoggedChange
	for _, s := range changed {
		if s.Record == 0 {
			continue
		}
		kind := store.ChangeRetract
		if s.RetractedUS == 0 {
			kind = store.ChangeSignal
		}
		entries = append(entries, store.LoggedChange{Record: s.Record, Kind: kind, Origin: origin, AtUS: u.now.UnixMicro(), Changes: store.SignalChanges(s.ID)})
	}
	return len(entries), u.tx.LogChanges(ctx, u.entity, entries)
}

// witnesses is how a signal is witnessed.
type witnesses struct {
	stands bool  // a telling of it, or of one that is part of it, stands
	goneUS int64 // when the last of its own tellings was taken back; 0: none was
}

// witnessed tells how signals are witnessed, by their ids.
func witnessed(ctx context.Context, tx *store.Tx, all []store.Signal) (map[int64]witnesses, error) {
	ids, of := make([]int64, len(all)), map[int64]int64{} // part → the signal of all that it is within
	for i, s := range all {
		ids[i], of[s.ID] = s.ID, s.ID
	}
	parts, err := tx.SignalsWithin(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, p := range parts { // wholes come before their parts
		if _, own := of[p.ID]; !own {
			of[p.ID] = of[p.Into]
			ids = append(ids, p.ID)
		}
	}
	told, err := tx.Witnesses(ctx, ids)
	out := make(map[int64]witnesses, len(all))
	for id, list := range told {
		w := out[of[id]]
		for _, one := range list {
			w.stands = w.stands || one.GoneUS == 0
			if id == of[id] {
				w.goneUS = max(w.goneUS, one.GoneUS)
			}
		}
		out[of[id]] = w
	}
	return out, err
}

// lockRoots is Roots, and keeps their records from being merged or deleted until
// the transaction ends.
func lockRoots(ctx context.Context, tx *store.Tx, entity fettle.Entity, ids []int64) ([]store.Signal, error) {
	were, err := Roots(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	records := make([]int64, len(were))
	for i, s := range were {
		records[i] = s.Record
	}
	slices.Sort(records)
	if _, err := tx.LockRecords(ctx, entity, slices.Compact(records), nil); err != nil {
		return nil, err
	}
	now, err := Roots(ctx, tx, ids)
	if err == nil && !slices.EqualFunc(were, now, func(a, b store.Signal) bool { return a.ID == b.ID && a.Record == b.Record }) {
		err = fmt.Errorf("%w: a record was merged or deleted", store.ErrMoved)
	}
	return now, err
}

// Roots gives the signals that signals are part of now, themselves where they are
// of none, each once.
func Roots(ctx context.Context, tx *store.Tx, ids []int64) ([]store.Signal, error) {
	out := map[int64]store.Signal{}
	for len(ids) > 0 {
		found, err := tx.SignalsByID(ctx, ids)
		if err != nil {
			return nil, err
		}
		ids = ids[:0:0]
		for _, s := range found {
			if s.Into != 0 {
				ids = append(ids, s.Into)
				continue
			}
			out[s.ID] = s
		}
	}
	all := make([]store.Signal, 0, len(out))
	for _, s := range out {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b store.Signal) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}
