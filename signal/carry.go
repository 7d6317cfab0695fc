package signal

import (
	"cmp"
	"context"
	"slices"

	"fettle/store"
)

// Merged moves the signals of records that became part of others to those: of
// pairs (record, what it became part of). An equal one becomes part of the
// survivor's, with its witnesses.
func Merged(ctx context.Context, tx *store.Tx, pairs [][2]int64) error {
	ids := make([]int64, 0, 2*len(pairs))
	for _, p := range pairs {
		ids = append(ids, p[0], p[1])
	}
	known, err := tx.SignalsOf(ctx, ids)
	if err != nil || len(known) == 0 {
		return err
	}
	var changed []store.Signal
	for _, p := range pairs {
		var mine []*store.Signal
		for i := range known[p[1]] {
			mine = append(mine, &known[p[1]][i])
		}
		before := map[int64]store.Signal{}
		for _, s := range mine {
			before[s.ID] = *s
		}
		theirs := known[p[0]]
		slices.SortStableFunc(theirs, func(a, b store.Signal) int { return cmp.Compare(tellingOf(&a).when(), tellingOf(&b).when()) })
		for _, s := range theirs {
			join(mine, &s, p[1])
			if s.Into == 0 {
				mine = append(mine, &s)
			}
			changed = append(changed, s)
		}
		for _, s := range mine {
			if was, ok := before[s.ID]; ok && was.RetractedUS != s.RetractedUS {
				changed = append(changed, *s)
			}
		}
	}
	return tx.PutSignals(ctx, changed)
}

// join makes a signal of another record one of the record's own, or part of the
// one of those that tells the same change.
func join(mine []*store.Signal, s *store.Signal, record int64) {
	s.Record = record
	var typed []*store.Signal
	for _, x := range mine {
		if x.Type == s.Type && x.Sample == s.Sample {
			typed = append(typed, x)
		}
	}
	i := match(typed, tellingOf(s))
	if i < 0 {
		return
	}
	s.Record, s.Into = 0, typed[i].ID
	if s.RetractedUS == 0 {
		typed[i].RetractedUS = 0 // one of the two is witnessed
	}
}

// Unmerged gives the signals of a record back that comes apart again from the
// one that it was part of. ids are those of all records that became part of it.
func Unmerged(ctx context.Context, tx *store.Tx, record int64, ids []int64) error {
	all, err := tx.SignalsAtHome(ctx, append(slices.Clone(ids), record))
	if err != nil || len(all) == 0 {
		return err
	}
	home := map[int64]bool{}
	for _, s := range all {
		home[s.ID] = true
	}
	var changed, left []store.Signal
	from := map[int64]int64{} // what a signal was part of → the signal
	for _, s := range all {
		switch {
		case s.Record == 0 && s.Into == 0, s.Into != 0 && home[s.Into]: // deleted, or one with another of its own
			continue
		case s.Into != 0:
			left = append(left, store.Signal{ID: s.Into})
			from[s.Into] = s.ID
		}
		s.Record, s.Into = record, 0
		changed = append(changed, s)
	}
	if err := tx.PutSignals(ctx, changed); err != nil {
		return err
	}
	if err := giveTold(ctx, tx, append(slices.Clone(ids), record), from); err != nil {
		return err
	}
	return rejudge(ctx, tx, append(changed, left...))
}

// giveTold gives what was told of records meanwhile to their own signals again.
func giveTold(ctx context.Context, tx *store.Tx, records []int64, from map[int64]int64) error {
	if len(from) == 0 {
		return nil
	}
	told, err := tx.WitnessesOfRecords(ctx, records)
	if err != nil {
		return err
	}
	var moved []store.Witness
	for _, ws := range told {
		for _, w := range ws {
			if to, ok := from[w.Signal]; ok {
				w.Signal = to
				moved = append(moved, w)
			}
		}
	}
	return tx.MoveWitnesses(ctx, moved)
}

// rejudge has signals stand as what witnesses them alone does.
func rejudge(ctx context.Context, tx *store.Tx, all []store.Signal) error {
	ids := make([]int64, len(all))
	for i, s := range all {
		ids[i] = s.ID
	}
	now, err := Roots(ctx, tx, ids)
	if err != nil {
		return err
	}
	told, err := witnessed(ctx, tx, now)
	if err != nil {
		return err
	}
	var changed []store.Signal
	for _, s := range now {
		w := told[s.ID]
		if w.stands || s.RetractedUS != 0 {
			continue
		}
		if s.RetractedUS = w.goneUS; s.RetractedUS != 0 {
			changed = append(changed, s)
		}
	}
	return tx.PutSignals(ctx, changed)
}

// Deleted takes the signals of deleted records away.
func Deleted(ctx context.Context, tx *store.Tx, ids []int64) error {
	known, err := tx.SignalsOf(ctx, ids)
	if err != nil {
		return err
	}
	var changed []store.Signal
	for _, all := range known {
		for _, s := range all {
			s.Record = 0
			changed = append(changed, s)
		}
	}
	slices.SortFunc(changed, func(a, b store.Signal) int { return cmp.Compare(a.ID, b.ID) })
	return tx.PutSignals(ctx, changed)
}
