package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/notify"
	"fettle/schedule"
	"fettle/store"
)

// ticking is what this process knows of the tick of an enrichment for which what
// is due is being gathered.
type ticking struct {
	tick   int64 // microseconds
	upTo   int64 // the newest change when it was first looked at
	looked bool  // time alone was asked since then
}

// untouched reports whether an enrichment is left as it is until its tick has
// ended: one that does not follow takes its audience as it was at the tick.
func untouched(e store.Enrichment) bool {
	return e.Definition.Schedule != nil && !e.Definition.Follow && e.TickState == store.TickOpen
}

// BeginsAnew reports whether what an enrichment buys next is of a run that has not
// begun: its schedule's next tick.
func BeginsAnew(e store.Enrichment) bool {
	return e.Definition.Schedule != nil && e.TickState != store.TickOpen
}

// keepTime begins a tick of an enrichment's schedule whose time has come, and
// opens it when all that is due by then is gathered.
func (w *Worker) keepTime(ctx context.Context, e store.Enrichment, now time.Time) error {
	if e.Definition.Schedule == nil {
		return nil
	}
	if e.NextTickUS > 0 && e.NextTickUS <= now.UnixMicro() {
		return w.beginTick(ctx, e.ID, now)
	}
	if e.TickState != store.TickCollecting {
		return nil
	}
	gathered, err := w.collect(ctx, e, now)
	if err != nil || !gathered {
		return err
	}
	return w.openTick(ctx, e)
}

// beginTick begins a tick, once, whichever process is the first to see that its
// time has come; where the one before still works it is skipped, and that is said.
// However long no process was there, it is one tick.
func (w *Worker) beginTick(ctx context.Context, id int64, now time.Time) error {
	var name string
	err := w.db.Update(ctx, func(tx *store.Tx) error {
		name = ""
		cur, err := tx.LockEnrichmentByID(ctx, id)
		if err != nil || cur.State != fettle.Live || cur.Definition.Schedule == nil || cur.NextTickUS == 0 || cur.NextTickUS > now.UnixMicro() {
			return err
		}
		name = cur.Name
		t := store.Tick{EnrichmentID: id, AtUS: cur.NextTickUS, BeganUS: now.UnixMicro(), State: fettle.TickWorking}
		if cur.TickState == "" {
			cur.TickState, cur.TickUS = store.TickCollecting, t.AtUS
		} else {
			t.BeganUS, t.EndedUS, t.State = 0, now.UnixMicro(), fettle.TickSkipped
			if err := w.tellSkipped(ctx, tx, cur); err != nil {
				return err
			}
		}
		if err := tx.PutTick(ctx, t); err != nil {
			return err
		}
		if cur.NextTickUS, err = nextTick(cur, now); err != nil {
			return err
		}
		return tx.PutEnrichment(ctx, cur)
	})
	if name != "" {
		w.Look()
		w.events.Publish("enrichment", name)
	}
	return err
}

// nextTick is the first tick after now, and after the last one if the clock was
// set back since; 0 where there is none.
func nextTick(e store.Enrichment, now time.Time) (int64, error) {
	times, err := schedule.Parse(*e.Definition.Schedule)
	if err != nil {
		return 0, err
	}
	if last := time.UnixMicro(e.TickUS); last.After(now) {
		now = last
	}
	if next := times.Next(now); !next.IsZero() {
		return next.UnixMicro(), nil
	}
	return 0, nil
}

// tellSkipped tells that a tick was skipped, once for each that works.
func (w *Worker) tellSkipped(ctx context.Context, tx *store.Tx, cur store.Enrichment) error {
	at, before := tickText(cur, cur.NextTickUS), tickText(cur, cur.TickUS)
	return w.tell(ctx, tx, notify.Event{
		Type: fettle.EventSkipped, Notice: "skipped", Enrichment: cur.ID, Name: cur.Name, Once: fmt.Sprintf("skipped:%d:%d", cur.ID, cur.TickUS),
		Message: fmt.Sprintf("%s skipped the tick of %s: the one of %s still works.", cur.Label, at, before),
		Data:    map[string]any{"at": time.UnixMicro(cur.NextTickUS).UTC(), "working_since": time.UnixMicro(cur.TickUS).UTC()},
	})
}

// tickText writes a time of a schedule on the clock of its zone.
func tickText(e store.Enrichment, us int64) string {
	loc := time.UTC
	if s := e.Definition.Schedule; s != nil {
		if times, err := schedule.Parse(*s); err == nil {
			loc = times.Location()
		}
	}
	return time.UnixMicro(us).In(loc).Format("Mon 2 Jan 15:04")
}

// collect opens all that is due at a tick: what was written by then is followed,
// who has come or gone with time alone is looked for, and what is to be bought
// again. It reports whether all of it is done.
func (w *Worker) collect(ctx context.Context, e store.Enrichment, now time.Time) (bool, error) {
	t := w.ticks[e.ID]
	if t == nil || t.tick != e.TickUS {
		t = &ticking{tick: e.TickUS}
		w.ticks[e.ID] = t
		if err := w.db.View(ctx, func(tx *store.Tx) (err error) {
			t.upTo, err = tx.NewestChange(ctx)
			return err
		}); err != nil {
			delete(w.ticks, e.ID)
			return false, err
		}
	}
	if e.FollowCursor < t.upTo {
		return false, nil
	}
	if !t.looked {
		t.looked = true
		delete(w.lastTimed, e.ID)
		return false, w.replanTimed(ctx, e, now) // planned before this is asked again
	}
	for {
		if more, err := w.openDue(ctx, e, now, true); err != nil || !more {
			return err == nil, err
		}
	}
}

// openTick lets what is due at a tick leave, as a run of its own, with its
// estimate; where nothing is, that is kept.
func (w *Worker) openTick(ctx context.Context, e store.Enrichment) error {
	var payer string
	var due int64
	err := w.db.View(ctx, func(tx *store.Tx) (err error) {
		if payer, err = payerOf(ctx, tx, e); err != nil {
			return err
		}
		due, err = pendingRows(ctx, tx, e.ID)
		return err
	})
	if err != nil {
		return err
	}
	var est *fettle.Estimate
	if due > 0 {
		if got, err := w.cfg.Estimate(ctx, e.Name, payer); err == nil {
			est = &got
		} else {
			w.log.WarnContext(ctx, "a tick has no estimate", "enrichment", e.Name, "error", err)
		}
	}
	err = w.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichmentByID(ctx, e.ID)
		if err != nil || cur.State != fettle.Live || cur.TickState != store.TickCollecting || cur.TickUS != e.TickUS {
			return err
		}
		now := time.Now().UnixMicro()
		if due == 0 {
			cur.TickState = ""
			if err := tx.EndTick(ctx, cur.ID, cur.TickUS, fettle.TickNothing, now); err != nil {
				return err
			}
			return tx.PutEnrichment(ctx, cur)
		}
		if err := BeginRun(ctx, tx, &cur, "tick", payer, est, now); err != nil {
			return err
		}
		cur.TickState = store.TickOpen
		if err := tx.TickRun(ctx, cur.ID, cur.TickUS, cur.RunID); err != nil {
			return err
		}
		return tx.PutEnrichment(ctx, cur)
	})
	delete(w.ticks, e.ID)
	w.rescan(e.ID)
	w.Look()
	w.events.Publish("enrichment", e.Name)
	return err
}

// payerOf is on whose account the ticks of an enrichment are: who started or
// resumed it last.
func payerOf(ctx context.Context, tx *store.Tx, e store.Enrichment) (string, error) {
	if e.RunID == 0 {
		return fettle.System().Name, nil
	}
	r, err := tx.Run(ctx, e.RunID)
	return r.Actor, err
}

// endTick ends the tick that works, and tells what its run came to. The caller
// holds the enrichment.
func (w *Worker) endTick(ctx context.Context, tx *store.Tx, cur store.Enrichment, how fettle.TickState) error {
	if err := EndTick(ctx, tx, &cur, how); err != nil {
		return err
	}
	if err := tx.EndRun(ctx, cur.RunID, time.Now().UnixMicro()); err != nil {
		return err
	}
	if err := tx.PutEnrichment(ctx, cur); err != nil {
		return err
	}
	return w.finished(ctx, tx, cur, how)
}

// EndTick says what became of the tick of an enrichment that is under way, if one
// is. The caller writes the enrichment.
func EndTick(ctx context.Context, tx *store.Tx, e *store.Enrichment, how fettle.TickState) error {
	if e.TickState == "" {
		return nil
	}
	e.TickState = ""
	return tx.EndTick(ctx, e.ID, e.TickUS, how, time.Now().UnixMicro())
}

// Arm makes an enrichment that goes live wait for the next tick of its schedule:
// those of the time before have passed. A tick that worked when it was paused goes
// on; with atOnce one begins now. The caller begins the run before, and writes the
// enrichment.
func Arm(ctx context.Context, tx *store.Tx, e *store.Enrichment, atOnce bool, now time.Time) (err error) {
	if e.Definition.Schedule == nil || e.TickState == store.TickCollecting {
		if err := EndTick(ctx, tx, e, fettle.TickEnded); err != nil {
			return err
		}
	}
	if e.Definition.Schedule == nil {
		e.NextTickUS = 0
		return nil
	}
	if e.NextTickUS, err = nextTick(*e, now); err != nil {
		return err
	}
	if e.TickState == store.TickOpen {
		return tx.TickRun(ctx, e.ID, e.TickUS, e.RunID)
	}
	if !atOnce {
		return nil
	}
	e.TickState, e.TickUS = store.TickOpen, now.UnixMicro()
	if !e.Definition.Follow {
		e.TickState = store.TickCollecting // its audience is taken as it is now
	}
	return tx.PutTick(ctx, store.Tick{EnrichmentID: e.ID, AtUS: e.TickUS, BeganUS: e.TickUS, State: fettle.TickWorking, RunID: e.RunID})
}

// BeginRun begins a run of an enrichment, and ends the one before. The caller
// writes the enrichment.
func BeginRun(ctx context.Context, tx *store.Tx, e *store.Enrichment, kind, payer string, est *fettle.Estimate, nowUS int64) error {
	id, err := tx.NextIDs(ctx, store.SeqRun, 1)
	if err != nil {
		return err
	}
	if e.RunID != 0 {
		if err := tx.EndRun(ctx, e.RunID, nowUS); err != nil {
			return err
		}
	}
	r := store.Run{ID: id, EnrichmentID: e.ID, Kind: kind, Audience: strings.Join(e.Definition.Audience, ", "), Estimate: est, Actor: payer, StartedUS: nowUS}
	e.RunID = id
	return tx.AddRun(ctx, r)
}

// idleScheduled ends the tick of an enrichment that has nothing left to do, and
// tells that what a person asked for between two ticks is done.
func (w *Worker) idleScheduled(ctx context.Context, e store.Enrichment) error {
	if e.TickState != store.TickOpen {
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
		if err != nil || cur.State != fettle.Live || cur.TickState != store.TickOpen || cur.PlanState != store.Planned {
			return err
		}
		if left, err := nothingLeft(ctx, tx, cur); err != nil || !left {
			return err
		}
		return w.endTick(ctx, tx, cur, fettle.TickDone)
	})
	w.events.Publish("enrichment", e.Name)
	return err
}

// limitOfRun reports whether a limit is that of a run of its enrichment.
func limitOfRun(b limits.Bound) bool {
	return !b.Grant && b.Key.Scope == store.ScopeEnrichment && b.Key.Per == fettle.PerRun
}
