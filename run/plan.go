package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/store"
)

// PlanPage is how many records one planning transaction opens rows for.
const PlanPage = 5000

// tend keeps the enrichments going, apart from calls: it reaps what dead
// processes left, ends pauses whose period is over, opens rows, follows the
// change log, wakes waiting rows.
func (w *Worker) tend(ctx context.Context) error {
	w.conns.Refresh(ctx)
	var besideErr error // of merges and signals: they hold up no enrichment
	if time.Since(w.lastReap) >= time.Second {
		w.lastReap = time.Now()
		if err := w.reap(ctx); err != nil {
			return err
		}
		besideErr = w.DueMerges(ctx)
	}
	if err := w.cfg.Signals(ctx); err != nil {
		besideErr = errors.Join(besideErr, fmt.Errorf("signals: %w", err)) // the enrichments go on
	}
	var list []store.Enrichment
	if err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Enrichments(ctx)
		return err
	}); err != nil {
		return err
	}
	all := besideErr
	if err := w.warnNear(ctx, false); err != nil {
		all = errors.Join(all, err)
	}
	for _, e := range list {
		one := func() error { return w.tendOne(ctx, e) }
		if e.PlanState == store.Clearing {
			one = func() error { return w.FinishClearing(ctx) }
		}
		if err := one(); err != nil {
			all = errors.Join(all, fmt.Errorf("%s: %w", e.Name, err)) // the others go on
		}
	}
	return all
}

func (w *Worker) tendOne(ctx context.Context, e store.Enrichment) error {
	now := time.Now()
	if e.State == fettle.Paused && e.PauseUntilUS > 0 && now.UnixMicro() >= e.PauseUntilUS {
		if err := w.endPause(ctx, e.ID); err != nil || e.Definition.Schedule != nil {
			return err // a tick that works goes on with what it gathered
		}
		// What became due in the pause is opened before what was queued is claimed.
		if err := w.db.View(ctx, func(tx *store.Tx) (err error) {
			e, err = tx.EnrichmentByID(ctx, e.ID)
			return err
		}); err != nil {
			return err
		}
	}
	if e.State != fettle.Live {
		if e.PilotRunID != 0 {
			return w.wake(ctx, e, now)
		}
		return nil
	}
	if e.PlanState != store.Planned {
		return w.plan(ctx, e)
	}
	still := untouched(e)
	if !still {
		if err := w.follow(ctx, e); err != nil {
			return err
		}
	}
	if err := w.wake(ctx, e, now); err != nil {
		return err
	}
	if err := w.noticeStill(ctx, e, now); err != nil {
		return err
	}
	if !still {
		if err := w.replanTimed(ctx, e, now); err != nil {
			return err
		}
		if err := w.reopenDue(ctx, e, now); err != nil {
			return err
		}
	}
	return w.keepTime(ctx, e, now)
}

// timedEvery is how often an audience is looked at whose members change with
// time alone.
const timedEvery = time.Minute

// replanTimed plans an audience anew whose members change with time alone.
func (w *Worker) replanTimed(ctx context.Context, e store.Enrichment, now time.Time) error {
	if !e.Definition.Enters() || now.Sub(w.lastTimed[e.ID]) < timedEvery {
		return nil
	}
	w.lastTimed[e.ID] = now
	return w.db.Update(ctx, func(tx *store.Tx) error {
		m, err := w.judge.Membership(ctx, tx, e.Entity, e.Definition.Audience)
		if err != nil || !m.Timed {
			return err
		}
		cur, err := tx.LockEnrichmentByID(ctx, e.ID)
		if err != nil || cur.State != fettle.Live || cur.PlanState != store.Planned {
			return err
		}
		cur.PlanState, cur.PlanCursor, cur.PlanCause = store.Planning, 0, store.TimePassed
		return tx.PutEnrichment(ctx, cur)
	})
}

// wake makes the waiting rows pending whose time has come.
func (w *Worker) wake(ctx context.Context, e store.Enrichment, now time.Time) error {
	var due bool
	err := w.db.View(ctx, func(tx *store.Tx) error {
		t, err := tx.NextWake(ctx, e.ID)
		due = t > 0 && t <= now.UnixMicro()
		return err
	})
	if err != nil || !due {
		return err
	}
	var n int64
	err = w.db.Update(ctx, func(tx *store.Tx) (err error) {
		n, err = tx.WakeRows(ctx, e.ID, now.UnixMicro(), false, PlanPage)
		return err
	})
	if n > 0 {
		w.rescan(e.ID)
	}
	return err
}

// plan opens rows for one page of the audience's members that have none. A
// plan after an edit opens rows again that may now end otherwise.
func (w *Worker) plan(ctx context.Context, e store.Enrichment) error {
	again, err := w.unfinished(ctx, e)
	if err != nil {
		return err
	}
	err = w.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichmentByID(ctx, e.ID)
		if err != nil || cur.State != fettle.Live || cur.PlanState == store.Planned {
			return err
		}
		all, err := w.judge.MembersOf(ctx, tx, cur.ID, cur.Entity, cur.Definition.Audience)
		if err != nil {
			return err
		}
		m := caughtUp(cur, all)
		ids, err := tx.MemberIDs(ctx, cur.Entity, m.Where, cur.PlanCursor, PlanPage)
		if err != nil {
			return err
		}
		now, last := time.Now().UnixMicro(), len(ids) < PlanPage
		if err := dropLeavers(ctx, tx, cur, all, ids); err != nil {
			return err
		}
		if len(ids) > 0 {
			cur.PlanCursor = ids[len(ids)-1]
			if cur.PlanState == store.Edited {
				if err := reopenEdited(ctx, tx, cur, ids, now); err != nil {
					return err
				}
			}
			if err := Reopen(ctx, tx, cur, ids, func(r store.Row) bool { return again[r.RecordID] }, causeOfPlan(cur), now); err != nil {
				return err
			}
			if cur.PlanCause == fettle.CauseEntered || cur.PlanCause == store.TimePassed { // neither started nor resumed: nobody asked for what was written without running
				may, err := MayEnter(ctx, tx, cur, m.Where)
				if err != nil {
					return err
				}
				if ids, err = tx.Members(ctx, cur.Entity, may, ids); err != nil {
					return err
				}
			}
			if _, err := w.openRows(ctx, tx, cur, ids, entry{cause: openedBy(cur), unasked: cur.PlanCause == store.TimePassed}, now); err != nil {
				return err
			}
		}
		if last {
			cur.PlanState, cur.PlanCursor = store.Planned, 0
		}
		cur.UpdatedUS = now
		return tx.PutEnrichment(ctx, cur)
	})
	w.rescan(e.ID)
	w.Look()
	w.events.Publish("enrichment", e.Name)
	return err
}

// causeOfPlan is why a plan opens rows again.
func causeOfPlan(e store.Enrichment) fettle.Cause {
	if e.PlanCause == store.CatchUp {
		return fettle.CauseStart
	}
	return openedBy(e)
}

// openedBy is why a plan opens rows for records that have none. Those that a
// resume finds entered while the enrichment was paused.
func openedBy(e store.Enrichment) fettle.Cause {
	if e.PlanCause == store.CatchUp || e.PlanCause == store.TimePassed {
		return fettle.CauseEntered
	}
	return e.PlanCause
}

// dropLeavers drops the queued rows of records that are not members any more,
// in the stretch of records that a page of members covers.
func dropLeavers(ctx context.Context, tx *store.Tx, e store.Enrichment, m judge.Members, members []int64) error {
	to := int64(math.MaxInt64)
	if len(members) == PlanPage {
		to = members[len(members)-1]
	}
	in := make(map[int64]bool, len(members))
	for _, id := range members {
		in[id] = true
	}
	var drop []store.Row
	for _, state := range []fettle.RowState{fettle.RowPending, fettle.RowWaiting} {
		for after := e.PlanCursor; ; {
			rows, err := tx.RowPage(ctx, e.ID, store.RowQuery{State: state, After: after, Limit: PlanPage})
			if err != nil {
				return err
			}
			for _, r := range rows {
				if r.RecordID <= to && !in[r.RecordID] {
					drop = append(drop, r)
				}
			}
			if len(rows) < PlanPage || rows[len(rows)-1].RecordID >= to {
				break
			}
			after = rows[len(rows)-1].RecordID
		}
	}
	drop, err := stays(ctx, tx, e, m, drop)
	if err != nil {
		return err
	}
	return tx.DeleteRows(ctx, drop)
}

// reopenEdited opens finished rows again that may end otherwise under the new
// definition: those that bought nothing, and those of which an output was
// never bought.
func reopenEdited(ctx context.Context, tx *store.Tx, e store.Enrichment, ids []int64, nowUS int64) error {
	cells, err := tx.Cells(ctx, ids)
	if err != nil {
		return err
	}
	lacks := func(record int64) bool {
		for _, f := range e.Definition.Outputs.Fields() {
			if cells[store.CellKey{Record: record, Field: f}].BoughtUS == 0 {
				return true
			}
		}
		return false
	}
	return Reopen(ctx, tx, e, ids, func(r store.Row) bool {
		switch r.Outcome {
		case fettle.NotFoundRow, fettle.KnownNotFound, fettle.Skipped, fettle.MissingInput:
			return true
		case fettle.Filled, fettle.Found, fettle.Reused, fettle.TakenBack:
			return lacks(r.RecordID)
		case fettle.Failed:
			return !r.Paid
		case fettle.Unknown, fettle.Held, fettle.AwaitsAnswer, fettle.AwaitsApproval, fettle.AwaitsOwnLimit, fettle.AwaitsConflict, fettle.AwaitsGuard:
		}
		return false
	}, causeOfPlan(e), nowUS)
}

// Reopen makes finished rows pending that pass the test, on the run's account.
func Reopen(ctx context.Context, tx *store.Tx, e store.Enrichment, ids []int64, test func(store.Row) bool, cause fettle.Cause, nowUS int64) error {
	return ReopenFor(ctx, tx, e, ids, test, cause, "", nowUS)
}

// ReopenFor is reopen for an opener, in whose own limits the rows count too.
func ReopenFor(ctx context.Context, tx *store.Tx, e store.Enrichment, ids []int64, test func(store.Row) bool, cause fettle.Cause, opener string, nowUS int64) error {
	current, err := tx.RowsOf(ctx, e.ID, ids)
	if err != nil {
		return err
	}
	var old, now []store.Row
	for _, id := range ids {
		r, ok := current[id]
		if !ok || r.State != fettle.RowDone || !test(r) {
			continue
		}
		delete(current, id) // once, however often it is named
		n := r
		n.State, n.Outcome, n.Detail, n.Cause, n.Tries, n.UpdatedUS, n.RunID = fettle.RowPending, "", "", cause, 0, nowUS, e.RunID
		n.OpenedBy, n.Chain, n.Unasked = opener, "", false
		old, now = append(old, r), append(now, n)
	}
	return tx.PutRows(ctx, old, now)
}

// dueEvery is how often rows are looked for whose refresh or retry time has
// come.
const dueEvery = time.Minute

// reopenDue opens rows again whose refresh period has passed, and rows that
// found nothing and may ask again, from time to time.
func (w *Worker) reopenDue(ctx context.Context, e store.Enrichment, now time.Time) error {
	refresh, retry := time.Duration(e.Definition.Refresh), time.Duration(e.Definition.NotFoundRetry)
	if now.Sub(w.lastDue[e.ID]) < min(dueEvery, max(refresh, retry)/10) {
		return nil
	}
	_, err := w.openDue(ctx, e, now, false)
	return err
}

// openDue opens a page of the rows again whose time has come; more says that
// there may be others. At a tick that is also what is all but due.
func (w *Worker) openDue(ctx context.Context, e store.Enrichment, now time.Time, tick bool) (more bool, err error) {
	refresh, retry := time.Duration(e.Definition.Refresh), time.Duration(e.Definition.NotFoundRetry)
	if (refresh == 0 && retry == 0) || !e.Definition.Enters() {
		return false, nil
	}
	w.lastDue[e.ID] = now
	if tick {
		refresh -= e.Definition.Lead(e.Definition.Refresh)
		retry -= e.Definition.Lead(e.Definition.NotFoundRetry)
	}
	again := unsureAgain(e, now, retry, tick)
	err = w.db.Update(ctx, func(tx *store.Tx) error {
		more = false
		cur, err := tx.LockEnrichmentByID(ctx, e.ID)
		if err != nil || cur.State != fettle.Live {
			return err
		}
		m, err := w.judge.MembersOf(ctx, tx, cur.ID, cur.Entity, cur.Definition.Audience)
		if err != nil {
			return err
		}
		open := func(page func(after int64) ([]int64, error)) error {
			again, err := openMembers(ctx, tx, cur, m, now, page)
			more = more || again
			return err
		}
		if refresh > 0 {
			if err := open(func(after int64) ([]int64, error) {
				return tx.RowsToRefresh(ctx, e.ID, e.Definition.Outputs.Fields(), now.UnixMicro(), refresh.Microseconds(), after, PlanPage)
			}); err != nil {
				return err
			}
		}
		for _, o := range []fettle.Outcome{fettle.NotFoundRow, fettle.KnownNotFound} {
			if retry <= 0 {
				break
			}
			before := now.Add(-retry).UnixMicro()
			if err := open(func(after int64) ([]int64, error) { return tx.RowsEnded(ctx, e.ID, o, before, after, PlanPage) }); err != nil {
				return err
			}
		}
		if again != nil {
			if err := open(func(after int64) ([]int64, error) { return again(ctx, tx, after) }); err != nil {
				return err
			}
		}
		w.rescan(e.ID)
		return nil
	})
	return more, err
}

// openMembers opens those of the rows again whose record is in the audience: what
// left it is bought for nobody. It ends with the first page that has one, and says
// whether there may be others.
func openMembers(ctx context.Context, tx *store.Tx, cur store.Enrichment, m judge.Members, now time.Time, page func(after int64) ([]int64, error)) (more bool, err error) {
	for after := int64(0); ; {
		due, err := page(after)
		if err != nil || len(due) == 0 {
			return false, err
		}
		in, err := tx.Members(ctx, cur.Entity, m.Where, due)
		if err != nil {
			return false, err
		}
		if err := Reopen(ctx, tx, cur, in, func(store.Row) bool { return true }, cur.Definition.DueCause(), now.UnixMicro()); err != nil {
			return false, err
		}
		if more := len(due) == PlanPage; !more || len(in) > 0 {
			return more, nil
		}
		after = due[len(due)-1]
	}
}
