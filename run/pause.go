package run

import (
	"context"
	"fmt"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/notify"
	"fettle/store"
)

// PauseTx pauses an enrichment. No claim is made after the transaction; calls
// that were claimed before may leave until every process has confirmed.
func PauseTx(ctx context.Context, tx *store.Tx, e *store.Enrichment, reason fettle.PauseReason, detail string, untilUS int64) error {
	seq, err := tx.NextIDs(ctx, store.SeqControl, 1)
	if err != nil {
		return err
	}
	if e.State == fettle.Live {
		if err := openSpans(ctx, tx, e.ID); err != nil {
			return err
		}
	}
	e.State, e.PauseReason, e.PauseDetail, e.PauseUntilUS = fettle.Paused, reason, detail, untilUS
	e.ControlSeq, e.UpdatedUS = seq, time.Now().UnixMicro()
	return tx.PutEnrichment(ctx, *e)
}

// pauseBecause pauses a live enrichment, ends its pilot, and notifies.
// about is the provider that it is for, if it is for one.
func (w *Worker) pauseBecause(ctx context.Context, id int64, reason fettle.PauseReason, why error, about string) error {
	fe := fettle.AsError(why)
	var name string
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		name = ""
		cur, err := tx.LockEnrichmentByID(ctx, id)
		if err != nil || (cur.State != fettle.Live && cur.PilotRunID == 0) {
			return err
		}
		detail := fe.Message
		if fe.Hint != "" {
			detail += ". " + fe.Hint
		}
		if cur.State == fettle.Live {
			if err := PauseTx(ctx, tx, &cur, reason, detail, 0); err != nil {
				return err
			}
		} else if err := EndPilot(ctx, tx, &cur, detail); err != nil {
			return err
		}
		name = cur.Name
		if fe.Details[detailOverrun] != nil {
			return nil // told when it was billed
		}
		return w.tell(ctx, tx, paused(cur, reason, detail, about))
	})
	if err == nil && name != "" {
		w.log.WarnContext(ctx, "an enrichment paused", "enrichment", name, "reason", string(reason), "provider", about, "why", fe.Message)
		w.events.Publish("enrichment", name)
		w.Look()
	}
	return err
}

// EndPilot ends a pilot; its rows that did not run are dropped. A detail says why
// it ended before its end: a draft shows it until the next pilot.
func EndPilot(ctx context.Context, tx *store.Tx, e *store.Enrichment, detail string) error {
	dropped := 0
	for {
		rows, err := tx.PendingRows(ctx, e.ID, 0, fettle.CausePilot, PlanPage)
		if err != nil {
			return err
		}
		if err := tx.DeleteRows(ctx, rows); err != nil {
			return err
		}
		dropped += len(rows)
		if len(rows) < PlanPage {
			break
		}
	}
	if err := tx.EndRun(ctx, e.PilotRunID, time.Now().UnixMicro()); err != nil {
		return err
	}
	e.PilotRunID, e.UpdatedUS = 0, time.Now().UnixMicro()
	switch {
	case detail == "":
	case e.State == fettle.Draft && dropped > 0:
		e.PauseDetail = fmt.Sprintf("the test run ended with %s not asked: %s", fettle.Count(int64(dropped), "row", "rows"), detail)
	case e.State == fettle.Draft:
		e.PauseDetail = "the test run ended: " + detail
	default:
		e.PauseDetail = detail
	}
	return tx.PutEnrichment(ctx, *e)
}

// restOrPause ends a scan that found no pending row that fits what the limits
// leave: while anything is in flight its result may make room; when nothing
// is, the enrichment pauses.
func (w *Worker) restOrPause(ctx context.Context, e store.Enrichment, s *scan) error {
	var paused, again bool
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		paused, again = false, false
		cur, err := tx.LockEnrichmentByID(ctx, e.ID)
		if err != nil || (cur.State != fettle.Live && cur.PilotRunID == 0) {
			return err
		}
		flights, err := tx.InFlight(ctx, e.ID)
		if err != nil || len(flights) > 0 {
			return err
		}
		pending, err := pendingRows(ctx, tx, e.ID)
		if err != nil {
			return err
		}
		rest, grown, err := moved(ctx, tx, s)
		if err != nil || rest {
			return err
		}
		if gated(cur) {
			if pending, err = tx.AskedRows(ctx, e.ID); err != nil {
				return err
			}
		}
		if grown || (cur.State == fettle.Live && pending != s.seen) {
			again = true // rows or room came meanwhile
			return nil
		}
		paused = true
		return w.pauseAtLimit(ctx, tx, cur, s, time.Now())
	})
	if again || paused {
		w.rescan(e.ID)
	}
	if paused {
		w.events.Publish("enrichment", e.Name)
	}
	return err
}

// pendingRows counts an enrichment's pending rows, also those that were
// charged for an earlier step.
func pendingRows(ctx context.Context, tx *store.Tx, id int64) (int64, error) {
	counts, err := tx.RowCounts(ctx, id)
	pending := int64(0)
	for k, n := range counts {
		if k.State == fettle.RowPending {
			pending += n
		}
	}
	return pending, err
}

// moved looks at the limits of a scan again: rest says that what others have
// in flight under a limit that they share may make room, grown that it has.
func moved(ctx context.Context, tx *store.Tx, s *scan) (rest, grown bool, err error) {
	c, err := limits.Read(ctx, tx)
	if err != nil {
		return false, false, err
	}
	for _, was := range s.bounds {
		now, err := c.Bounds(ctx, tx, []store.BalanceKey{was.Key})
		if err != nil {
			return false, false, err
		}
		if len(now) == 0 {
			return false, true, nil // the limit is gone
		}
		grown = grown || now[0].Room.Credits > was.Room.Credits || now[0].Room.Records > was.Room.Records
		binds := was.Room.Credits < s.lowest || was.Room.Records < 1
		rest = rest || (binds && now[0].Balance.Reserved > 0)
	}
	return rest && !grown, grown, nil
}

// pauseAtLimit pauses an enrichment for the tightest limit that its rows did
// not fit, and notifies once.
func (w *Worker) pauseAtLimit(ctx context.Context, tx *store.Tx, cur store.Enrichment, s *scan, now time.Time) error {
	b, found := limits.Tightest(s.bounds, s.lowest)
	if !found {
		return nil
	}
	if limitOfRun(b) && cur.TickState == store.TickOpen {
		return w.endTick(ctx, tx, cur, fettle.TickLimit) // the rest waits for the next tick, which is the next run
	}
	reason, untilUS := fettle.PausedByLimit, int64(0)
	if b.Grant {
		reason = fettle.PausedByBalance
	}
	if next := b.Key.Per.Next(now); !next.IsZero() {
		untilUS = next.UnixMicro()
	} else if limitOfRun(b) && cur.State == fettle.Live {
		untilUS = cur.NextTickUS
	}
	detail := LimitDetail(b, cur, untilUS)
	if cur.State == fettle.Live {
		if err := PauseTx(ctx, tx, &cur, reason, detail, untilUS); err != nil {
			return err
		}
	} else if err := EndPilot(ctx, tx, &cur, detail); err != nil {
		return err
	}
	e := notify.Event{
		Type: fettle.EventLimitReached, Notice: string(reason), Enrichment: cur.ID, Name: cur.Name, Message: detail, Once: limits.OnceKey("limit", cur.ID, b),
		Subject: limitSubject(b), Data: limitData(b),
	}
	if b.Grant {
		e.Type = fettle.EventBalanceUsedUp
	}
	return w.tell(ctx, tx, e)
}

// LimitDetail says why an enrichment is paused for a limit, and what makes it
// go on.
func LimitDetail(b limits.Bound, cur store.Enrichment, untilUS int64) string {
	detail := limits.PausedText(b, cur.Name, cur.Label)
	if b.Balance.Unknown > 0 {
		detail += fmt.Sprintf(" %s held by unknown charges: resolve them under Credits (fettle unknown list).", b.Balance.Unknown.Words())
	}
	if untilUS > 0 {
		detail += fmt.Sprintf(" It goes on by itself at %s.", time.UnixMicro(untilUS).UTC().Format(time.RFC3339))
	}
	return detail
}

// endPause ends a pause for a day's or a month's limit when the next period
// has begun.
func (w *Worker) endPause(ctx context.Context, id int64) error {
	var name string
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		name = ""
		cur, err := tx.LockEnrichmentByID(ctx, id)
		now := time.Now()
		if err != nil || cur.State != fettle.Paused || cur.PlanState == store.Clearing || cur.PauseUntilUS == 0 || now.UnixMicro() < cur.PauseUntilUS {
			return err
		}
		until := cur.PauseUntilUS
		name = cur.Name
		if cur.NextTickUS != until { // else it was paused until this tick
			if err := Arm(ctx, tx, &cur, false, now); err != nil {
				return err
			}
		}
		cur.State, cur.PauseReason, cur.PauseDetail, cur.PauseUntilUS, cur.UpdatedUS = fettle.Live, "", "", 0, now.UnixMicro()
		if err := tx.PutEnrichment(ctx, cur); err != nil {
			return err
		}
		return w.tell(ctx, tx, resumedEvent(cur, until))
	})
	if name != "" {
		w.rescan(id)
		w.events.Publish("enrichment", name)
	}
	return err
}

// idle ends what has nothing left to do: a pilot, or an enrichment that does
// not follow its audience.
func (w *Worker) idle(ctx context.Context, e store.Enrichment) error {
	if e.State == fettle.Live && e.PlanState != store.Planned {
		return nil
	}
	if e.State == fettle.Live && e.Definition.Schedule != nil {
		return w.idleScheduled(ctx, e)
	}
	if e.State == fettle.Live && e.Definition.Follow {
		return w.idleFollowing(ctx, e)
	}
	var done bool
	err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		done, err = nothingLeft(ctx, tx, e)
		return err
	})
	if err != nil || !done {
		return err
	}
	err = w.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichmentByID(ctx, e.ID)
		if err != nil {
			return err
		}
		if left, err := nothingLeft(ctx, tx, cur); err != nil || !left {
			return err
		}
		if cur.State != fettle.Live {
			if cur.PilotRunID == 0 {
				return nil
			}
			return EndPilot(ctx, tx, &cur, "")
		}
		if cur.Definition.Enters() || cur.PlanState != store.Planned {
			return nil
		}
		if err := tx.EndRun(ctx, cur.RunID, time.Now().UnixMicro()); err != nil {
			return err
		}
		if err := PauseTx(ctx, tx, &cur, fettle.PausedFinished, "everything is done", 0); err != nil {
			return err
		}
		return w.finished(ctx, tx, cur, fettle.TickDone)
	})
	w.events.Publish("enrichment", e.Name)
	return err
}

// idleFollowing tells, once for each run, that an enrichment that follows its
// audience has done what there was to do.
func (w *Worker) idleFollowing(ctx context.Context, e store.Enrichment) error {
	w.mu.Lock()
	told := w.runsTold[e.RunID]
	w.mu.Unlock()
	if told {
		return nil
	}
	var done bool
	err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		done, err = nothingLeft(ctx, tx, e)
		return err
	})
	if err != nil || !done {
		return err
	}
	err = w.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichmentByID(ctx, e.ID)
		if err != nil || cur.State != fettle.Live || cur.RunID != e.RunID || cur.PlanState != store.Planned {
			done = false
			return err
		}
		if done, err = nothingLeft(ctx, tx, cur); err != nil || !done {
			return err
		}
		if gated(cur) { // of its run nothing leaves before the next tick, but what a person asked for
			r, err := tx.Run(ctx, cur.RunID)
			if err != nil || r.Kind != "rerun" && r.Kind != "retry" && r.Kind != KindChosen {
				return err
			}
		}
		return w.finished(ctx, tx, cur, fettle.TickDone)
	})
	if err == nil && done {
		w.mu.Lock()
		w.runsTold[e.RunID] = true
		w.mu.Unlock()
	}
	return err
}

// waitsAlone reports whether a row waits for what its enrichment does not: a
// cell held elsewhere, somebody who may spend, its opener's own limit.
func waitsAlone(o fettle.Outcome) bool {
	return o == fettle.Held || o == fettle.AwaitsApproval || o == fettle.AwaitsOwnLimit || o == fettle.AwaitsConflict || o == fettle.AwaitsGuard
}

// nothingLeft reports whether an enrichment has no rows of its own to wait
// for. Rows that wait alone do not count.
func nothingLeft(ctx context.Context, tx *store.Tx, e store.Enrichment) (bool, error) {
	if e.State != fettle.Live {
		rows, err := tx.PendingRows(ctx, e.ID, 0, fettle.CausePilot, 1)
		if err != nil || len(rows) > 0 {
			return false, err
		}
	}
	counts, err := tx.RowCounts(ctx, e.ID)
	if err != nil {
		return false, err
	}
	between := gated(e)
	if between {
		if n, err := tx.AskedRows(ctx, e.ID); err != nil || n > 0 {
			return false, err
		}
	}
	for k, n := range counts {
		busy := k.State == fettle.RowRunning || (k.State == fettle.RowPending && e.State == fettle.Live && !between) ||
			(k.State == fettle.RowWaiting && !waitsAlone(k.Outcome))
		if n > 0 && busy {
			return false, nil
		}
	}
	flights, err := tx.InFlight(ctx, e.ID)
	return err == nil && len(flights) == 0, err
}
