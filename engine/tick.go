package engine

import (
	"context"
	"fmt"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/run"
	"fettle/schedule"
	"fettle/store"
)

// shownTicks is how many of the last ticks are shown, and coming how many of the next.
const (
	shownTicks = 10
	coming     = 3
)

// tickEstimate is what a tick of a schedule would do and cost.
func (e *Engine) tickEstimate(ctx context.Context, name, payer string) (fettle.Estimate, error) {
	t, err := e.estimateFor(ctx, payer, name, EstimateOptions{})
	return t.est, err
}

// tickNow begins a tick of an enrichment that is live without waiting for its
// time, as a run of whoever asks. done is false where it is not live, or has no
// schedule; where a tick works already there is nothing to begin.
func (e *Engine) tickNow(ctx context.Context, actor fettle.Actor, name string, opt StartOptions) (done bool, err error) {
	waits := func(cur store.Enrichment) bool { return cur.State == fettle.Live && cur.Definition.Schedule != nil }
	var cur store.Enrichment
	err = e.db.View(ctx, func(tx *store.Tx) error {
		cur, err = tx.Enrichment(ctx, name)
		return err
	})
	if err != nil || !waits(cur) {
		return false, err
	}
	if cur.TickState == store.TickOpen {
		return true, nil
	}
	t, err := e.estimate(ctx, actor, name, EstimateOptions{})
	if err == nil {
		err = opt.ask(t.est, t.est)
	}
	if err != nil {
		return true, err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichment(ctx, name)
		if err != nil || !waits(cur) || cur.TickState == store.TickOpen {
			return err
		}
		if cur, err = within(ctx, tx, actor, cur, opt.Most, true); err != nil {
			return err
		}
		if err := t.needRoom(ctx, tx, cur, actor.Name); err != nil {
			return err
		}
		now := time.Now()
		if err := run.BeginRun(ctx, tx, &cur, "tick", actor.Name, &t.est, now.UnixMicro()); err != nil {
			return err
		}
		if err := run.Arm(ctx, tx, &cur, true, now); err != nil {
			return err
		}
		if err := tx.PutEnrichment(ctx, cur); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "enrichment.tick", name, fmt.Sprintf("at most %s", t.est.HighCredits.Words()))
	})
	if err != nil {
		return true, err
	}
	e.worker.Forget(name)
	e.worker.Look()
	e.events.Publish("enrichment", name)
	return true, nil
}

// viewSchedule fills in how the schedule of an enrichment stands.
func (e *Engine) viewSchedule(ctx context.Context, tx *store.Tx, cur store.Enrichment, v *fettle.EnrichmentView) error {
	s := cur.Definition.Schedule
	if s == nil {
		return nil
	}
	times, err := schedule.Parse(*s)
	if err != nil {
		return err
	}
	v.Schedule = &fettle.ScheduleView{Text: s.Text(), Zone: s.ZoneName(), Working: cur.TickState != ""}
	v.NextTicks = times.NextN(time.Now(), coming)
	if cur.State == fettle.Live && cur.TickState == "" {
		asked, err := tx.AskedRows(ctx, cur.ID)
		if err != nil {
			return err
		}
		v.ScheduleRows = max(0, v.Rows.Pending-asked)
	}
	ticks, err := tx.Ticks(ctx, cur.ID, shownTicks)
	if err != nil {
		return err
	}
	for _, t := range ticks {
		x, err := tickView(ctx, tx, t)
		if err != nil {
			return err
		}
		v.Ticks = append(v.Ticks, x)
	}
	return nil
}

func tickView(ctx context.Context, tx *store.Tx, t store.Tick) (fettle.TickView, error) {
	at := func(us int64) *time.Time {
		if us == 0 {
			return nil
		}
		x := time.UnixMicro(us).UTC()
		return &x
	}
	v := fettle.TickView{At: *at(t.AtUS), BeganAt: at(t.BeganUS), EndedAt: at(t.EndedUS), State: t.State, RunID: t.RunID}
	if t.RunID == 0 {
		return v, nil
	}
	r, err := tx.Run(ctx, t.RunID)
	if err != nil {
		return v, err
	}
	if est := r.Estimate; est != nil {
		v.ToRun, v.ExpectedCredits, v.HighCredits = &est.ToRun, &est.ExpectedCredits, &est.HighCredits
	}
	spent, err := tx.Balance(ctx, limits.RunKey(store.Enrichment{ID: t.EnrichmentID, RunID: t.RunID}))
	v.Rows, v.SpentCredits = spent.SettledRecords, spent.Settled+spent.Overrun
	return v, err
}

// waitsForTick says, of an enrichment that has just gone live, from when its rows
// leave; "" where they do at once.
func waitsForTick(v fettle.EnrichmentView) string {
	if v.Schedule == nil || v.Schedule.Working || v.State != fettle.Live || len(v.NextTicks) == 0 {
		return ""
	}
	loc, err := time.LoadLocation(v.Schedule.Zone)
	if err != nil {
		loc = time.UTC
	}
	return fmt.Sprintf("its rows leave from %s %s on (or now: fettle enrichment run %s)", v.NextTicks[0].In(loc).Format("Mon 2 Jan 15:04"), v.Schedule.Zone, v.Name)
}
