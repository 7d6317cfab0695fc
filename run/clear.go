package run

import (
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// BeginClearing says that the rows of an enrichment are to go, and ends its run:
// what comes next has an estimate of its own. The caller writes the enrichment.
func BeginClearing(ctx context.Context, tx *store.Tx, e *store.Enrichment) error {
	now := time.Now().UnixMicro()
	if err := tx.EndRun(ctx, e.RunID, now); err != nil {
		return err
	}
	if err := EndTick(ctx, tx, e, fettle.TickEnded); err != nil {
		return err
	}
	e.RunID, e.PlanState, e.PlanCursor, e.UpdatedUS = 0, store.Clearing, 0, now
	return nil
}

// FinishClearing removes the rows of the enrichments whose rows are to go, a
// page in a transaction. That they are to go is committed before the first
// page goes: after a crash, whoever comes next goes on. No row of such an
// enrichment is claimed, and it cannot go live, until all are gone.
func (w *Worker) FinishClearing(ctx context.Context) error {
	var list []store.Enrichment
	err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Enrichments(ctx)
		return err
	})
	if err != nil {
		return err
	}
	for _, cur := range list {
		if cur.PlanState != store.Clearing {
			continue
		}
		for more := true; more; {
			if more, err = w.clearPage(ctx, cur.ID); err != nil {
				return err
			}
		}
		w.rescan(cur.ID)
		w.events.Publish("enrichment", cur.Name)
	}
	return nil
}

// clearPage removes one page of rows; more says whether there may be others.
func (w *Worker) clearPage(ctx context.Context, id int64) (more bool, err error) {
	err = w.db.Update(ctx, func(tx *store.Tx) error {
		more = false
		cur, err := tx.LockEnrichmentByID(ctx, id)
		if fettle.CodeOf(err) == fettle.NotFound {
			return nil // deleted meanwhile
		}
		if err != nil || cur.PlanState != store.Clearing {
			return err
		}
		n, err := tx.ClearRows(ctx, id, PlanPage)
		if err != nil {
			return err
		}
		if more = n == PlanPage; more {
			return nil
		}
		cur.PlanState = store.Edited
		return tx.PutEnrichment(ctx, cur)
	})
	return more, err
}
