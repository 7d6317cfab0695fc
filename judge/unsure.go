package judge

import (
	"cmp"
	"context"
	"slices"
	"time"

	"fettle"
	"fettle/store"
)

// AgainUS is when a record may be asked again what a call found nothing for; 0:
// never. all are the calls that were answered for the record.
func (p *Program) AgainUS(a store.Asked, all []store.Asked) int64 {
	return p.againUS(a, all, time.Duration(p.Definition.NotFoundRetry), time.Duration(p.Definition.UnsureRetry))
}

// againUS goes by how long an answer counts that found nothing, and by when one is
// asked for again that verified nothing. That is done only so often within the
// first: the call before so many must be as old.
func (p *Program) againUS(a store.Asked, all []store.Asked, notFound, unsure time.Duration) int64 {
	if notFound <= 0 {
		return 0
	}
	whole := a.DoneUS + notFound.Microseconds()
	if !a.Unsure || unsure <= 0 {
		return whole
	}
	var times []int64
	for _, x := range all {
		if x.Unsure && x.Operation == a.Operation && x.DoneUS <= a.DoneUS {
			times = append(times, x.DoneUS)
		}
	}
	at := a.DoneUS + unsure.Microseconds()
	if n := len(times) - 1 - fettle.UnsureAgain; n >= 0 {
		slices.Sort(times)
		at = max(at, times[n]+notFound.Microseconds())
	}
	return min(at, whole)
}

// askedAlike are the calls for a record, or whose answer it has, that asked what a
// call did, each once.
func (k Facts) askedAlike(a store.Asked) []store.Asked {
	if !a.Unsure {
		return nil
	}
	all := slices.Concat(k.Asked, k.others)
	slices.SortFunc(all, func(x, y store.Asked) int { return cmp.Compare(x.ID, y.ID) })
	return slices.CompactFunc(all, func(x, y store.Asked) bool { return x.ID == y.ID })
}

// Unsure is the share of the calls that find nothing whose answer verifies nothing.
func (o Odds) Unsure() float64 { return o.unsure }

// lookUpUnsure reads it where the definition asks for such answers again.
func (p *Program) lookUpUnsure(ctx context.Context, tx *store.Tx, known []Odds) error {
	if p.Definition.UnsureRetry == 0 {
		return nil
	}
	misses, unsure, err := tx.UnsureCalls(ctx, p.ID)
	for i := range known {
		if misses > 0 {
			known[i].unsure = float64(unsure) / float64(misses)
		}
	}
	return err
}
