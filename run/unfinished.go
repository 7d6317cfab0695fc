package run

import (
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// unfinished finds, among the members that the next planning page covers, the
// finished rows that would be bought now: a value was cleared, a period has
// passed, tries that cost nothing were given up. A start or resume opens them
// again, so that it does what its estimate said. It only reads.
func (w *Worker) unfinished(ctx context.Context, e store.Enrichment) (map[int64]bool, error) {
	if e.PlanCause != fettle.CauseStart && e.PlanCause != store.CatchUp {
		return map[int64]bool{}, nil
	}
	p, err := w.program(ctx, e)
	if err != nil {
		return map[int64]bool{}, nil //nolint:nilerr // claiming meets it too, and pauses with it
	}
	out := map[int64]bool{}
	err = w.db.View(ctx, func(tx *store.Tx) error {
		clear(out)
		all, err := w.judge.MembersOf(ctx, tx, e.ID, e.Entity, e.Definition.Audience)
		if err != nil {
			return err
		}
		m := caughtUp(e, all)
		ids, err := tx.MemberIDs(ctx, e.Entity, m.Where, e.PlanCursor, PlanPage)
		if err != nil {
			return err
		}
		rows, err := tx.RowsOf(ctx, e.ID, ids)
		if err != nil {
			return err
		}
		var done []int64
		for id, r := range rows {
			if r.State == fettle.RowDone && r.Outcome != fettle.Unknown {
				done = append(done, id)
			}
		}
		facts, err := w.judge.Facts(ctx, tx, p, done)
		if err != nil {
			return err
		}
		now := time.Now()
		for id, k := range facts {
			v, err := p.Classify(k, now)
			if err != nil {
				return err
			}
			out[id] = v.Outcome == "" && !v.Wait
		}
		return nil
	})
	return out, err
}
