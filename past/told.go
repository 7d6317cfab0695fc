package past

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fettle/expr"
	"fettle/store"
)

// told is what signals some records had, and when. A signal goes with the record
// that it was told of: into another one by a merge, out again by its undo.
type told struct {
	byRecord map[int64][]*tidings // those that a record may have had
	merges   map[int64][]store.Merge
	gone     map[int64][]int64 // record → when it was deleted
}

// tidings is one signal and when it stood.
type tidings struct {
	signal expr.Signal
	home   int64
	turns  []turn // retracted, and standing again, in order
	never  bool   // it is left out
}

type turn struct {
	us     int64
	stands bool
}

// readTold reads the signals that records had at any time. Those that were only
// told by what some origins wrote are left out.
func readTold(ctx context.Context, tx *store.Tx, ids []int64, but map[int64]bool) (*told, error) {
	t := &told{byRecord: map[int64][]*tidings{}, merges: map[int64][]store.Merge{}, gone: map[int64][]int64{}}
	of := map[int64][]int64{} // record → those of which it was a part at some time
	family := slices.Clone(ids)
	for _, id := range ids {
		of[id] = []int64{id}
	}
	for fresh := ids; len(fresh) > 0; {
		ms, err := tx.MergesBySurvivor(ctx, fresh)
		if err != nil {
			return nil, err
		}
		fresh = fresh[:0:0]
		for _, m := range ms {
			if of[m.Loser] == nil {
				fresh, family = append(fresh, m.Loser), append(family, m.Loser)
			}
			for _, id := range of[m.Survivor] {
				if !slices.Contains(of[m.Loser], id) {
					of[m.Loser] = append(of[m.Loser], id)
				}
			}
		}
	}
	all, err := tx.SignalsAtHome(ctx, family)
	if err != nil || len(all) == 0 {
		return t, err
	}
	ms, err := tx.MergesByLoser(ctx, family)
	if err != nil {
		return nil, err
	}
	for _, m := range ms {
		t.merges[m.Loser] = append(t.merges[m.Loser], m)
	}
	byID := map[int64]*tidings{}
	var signals []int64
	for _, s := range all {
		if s.Sample {
			continue
		}
		x := &tidings{home: s.Home, signal: expr.Signal{
			ID: s.ID, Type: s.Type, Kind: s.Kind, At: time.UnixMicro(s.AtUS).UTC(), From: s.From, To: s.To, Details: s.Details,
		}}
		if s.SinceUS != 0 {
			x.signal.Since = time.UnixMicro(s.SinceUS).UTC()
		}
		byID[s.ID], signals = x, append(signals, s.ID)
		for _, id := range of[s.Home] {
			t.byRecord[id] = append(t.byRecord[id], x)
		}
	}
	return t, t.readTurns(ctx, tx, family, byID, signals, but)
}

// readTurns reads who told of signals, and when they were retracted and stood again.
func (t *told) readTurns(ctx context.Context, tx *store.Tx, family []int64, byID map[int64]*tidings, signals []int64, but map[int64]bool) error {
	witnesses, err := tx.Witnesses(ctx, signals)
	if err != nil {
		return err
	}
	for id, ws := range witnesses {
		if x := byID[id]; x != nil && len(ws) > 0 {
			first := slices.MinFunc(ws, func(a, b store.Witness) int { return cmp.Compare(a.ID, b.ID) })
			x.signal.Source = first.Source
			x.never = !slices.ContainsFunc(ws, func(w store.Witness) bool { return !but[w.Origin] })
		}
	}
	logs, err := tx.LogOf(ctx, family)
	if err != nil {
		return err
	}
	for record, log := range logs {
		for _, c := range log {
			if c.Kind == store.ChangeDelete {
				t.gone[record] = append(t.gone[record], c.AtUS)
			}
			if x := byID[c.Signal()]; x != nil {
				x.turns = append(x.turns, turn{c.AtUS, c.Kind == store.ChangeSignal})
			}
		}
	}
	for _, x := range byID {
		slices.SortStableFunc(x.turns, func(a, b turn) int { return cmp.Compare(a.us, b.us) })
	}
	return nil
}

// at gives the signals that a record had at a time, the newest first.
func (t *told) at(record, us int64) []expr.Signal {
	var out []expr.Signal
	if t == nil {
		return nil
	}
	for _, x := range t.byRecord[record] {
		if x.signal.At.UnixMicro() <= us && x.stood(us) && t.owner(x, us) == record {
			out = append(out, x.signal)
		}
	}
	slices.SortFunc(out, func(a, b expr.Signal) int {
		if a.Newer(&b) {
			return -1
		}
		return 1
	})
	return out
}

func (x *tidings) stood(us int64) bool {
	// Before it was written there was none, whenever what it tells of was learned.
	stands := !x.never && (len(x.turns) == 0 || !x.turns[0].stands)
	for _, t := range x.turns {
		if t.us > us {
			break
		}
		stands = t.stands && !x.never
	}
	return stands
}

// owner is whose a signal was; 0 where its record was deleted since it was told.
func (t *told) owner(x *tidings, us int64) int64 {
	id, since := x.home, x.signal.At.UnixMicro()
	for range 100 { // merges do not go round
		i := slices.IndexFunc(t.merges[id], func(m store.Merge) bool { return m.AtUS <= us && (m.UndoneUS == 0 || m.UndoneUS > us) })
		if i < 0 {
			break
		}
		id, since = t.merges[id][i].Survivor, max(since, t.merges[id][i].AtUS)
	}
	if slices.ContainsFunc(t.gone[id], func(at int64) bool { return at > since && at <= us }) {
		return 0
	}
	return id
}
