package engine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/limits"
	"fettle/run"
	"fettle/store"
)

// StartOptions says what was shown to the person who starts.
type StartOptions struct {
	EstimateID  string          // refused if rows or highest cost have grown since, unless confirmed
	SkipExpired bool            // leave out whose time ran out while it was paused
	Confirm     bool            // go on although the price has grown, or a provider has less left than is wanted
	Now         bool            // do not wait for the next tick of its schedule
	Most        *fettle.Credits // the most that it may spend from now on; its limit is lowered to that
}

// Start makes a draft or paused enrichment live: a new run, with the estimate
// kept beside what it will really cost.
func (e *Engine) Start(ctx context.Context, actor fettle.Actor, name string, opt StartOptions) (fettle.EnrichmentView, error) {
	if _, err := e.may(ctx, actor, "start"); err != nil {
		return fettle.EnrichmentView{}, err
	}
	return e.goLive(ctx, actor, name, "start", fettle.CauseStart, opt)
}

// Resume makes a paused enrichment live again. Everything that changed
// meanwhile is caught up, each cell once. Of an enrichment that is live it lets
// the rows go on that wait for room under the own limit of who opened them.
func (e *Engine) Resume(ctx context.Context, actor fettle.Actor, name string, opt StartOptions) (fettle.EnrichmentView, error) {
	if _, err := e.may(ctx, actor, "resume"); err != nil {
		return fettle.EnrichmentView{}, err
	}
	if done, err := e.resumeLive(ctx, actor, name, opt.Most); done || err != nil {
		return e.limitSet(ctx, actor, name, err)
	}
	if opt.Now {
		if done, err := e.tickNow(ctx, actor, name, opt); done || err != nil {
			return e.limitSet(ctx, actor, name, err)
		}
	}
	return e.goLive(ctx, actor, name, "resume", fettle.CauseStart, opt)
}

// Point points a paused enrichment at another audience and clears its rows.
// The old audience is no longer followed; what both share is reused. It does
// not start by itself.
func (e *Engine) Point(ctx context.Context, actor fettle.Actor, name string, audience []string) (fettle.EnrichmentView, error) {
	if _, err := e.may(ctx, actor, "point"); err != nil {
		return fettle.EnrichmentView{}, err
	}
	var old []string
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichment(ctx, name)
		if err != nil {
			return err
		}
		if cur.State == fettle.Live {
			return locked(cur)
		}
		old = cur.Definition.Audience
		def := cur.Definition
		def.Audience = audience
		entity, err := judge.AudienceEntity(ctx, tx, audience)
		if err != nil {
			return err
		}
		if entity != cur.Entity {
			return fettle.Errorf(fettle.Invalid, "%s is of %s, the audience is of %s", cur.Label, cur.Entity, entity).WithHint("Choose an audience of %s.", cur.Entity)
		}
		now := time.Now().UnixMicro()
		if err := run.BeginClearing(ctx, tx, &cur); err != nil {
			return err
		}
		cur.Definition, cur.Version, cur.UpdatedUS = def, cur.Version+1, now
		standsStill(&cur, "pointed at another audience")
		if cur.PauseReason == fettle.PausedFinished {
			cur.PauseReason, cur.PauseDetail = fettle.PausedByPerson, "pointed at another audience"
		}
		if err := tx.PutEnrichment(ctx, cur); err != nil {
			return err
		}
		if err := tx.AddVersion(ctx, cur.ID, store.Version{Version: cur.Version, Definition: def, Actor: actor.Name, AtUS: now}); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "enrichment.point", name, strings.Join(audience, ", "))
	})
	if err == nil {
		err = e.worker.FinishClearing(ctx)
	}
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	e.worker.Forget(name)
	e.publishDefinition(name)
	v, err := e.Enrichment(ctx, actor, name)
	v.Message = fmt.Sprintf("Points at %s. %s is no longer followed.", strings.Join(audience, ", "), strings.Join(old, ", "))
	return v, err
}

// goLive begins a run, or goes on with it.
func (e *Engine) goLive(ctx context.Context, actor fettle.Actor, name, kind string, cause fettle.Cause, opt StartOptions) (fettle.EnrichmentView, error) {
	t, err := e.agreed(ctx, actor, name, opt)
	if err == nil {
		err = opt.ask(t.est, t.est)
	}
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichment(ctx, name)
		if err == nil {
			cur, err = within(ctx, tx, actor, cur, opt.Most, beginsRun(cur, kind, t.est))
		}
		if err != nil {
			return err
		}
		return e.goLiveTx(ctx, tx, actor, cur, kind, cause, t, opt.Now)
	})
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	e.worker.Forget(name)
	e.worker.Look()
	e.events.Publish("enrichment", name)
	v, err := e.Enrichment(ctx, actor, name)
	if err == nil {
		v.Message = strings.Join(slices.DeleteFunc([]string{said(t.est), waitsForTick(v), v.Message}, func(s string) bool { return s == "" }), "; ")
	}
	return v, err
}

// said is what to know of a start that went ahead: that a provider has less left
// than is wanted, which the answer may not have been about, and that the next
// run of a limit began.
func said(est fettle.Estimate) string {
	var all []string
	if err := short(est); err != nil {
		all = append(all, fettle.AsError(err).Message)
	}
	if est.NextRun {
		all = append(all, nextText(est))
	}
	return strings.Join(all, "; ")
}

// nextText says that a run has begun because the limit of the one before was
// used up.
func nextText(est fettle.Estimate) string {
	next := est.ToRun
	if n := est.LimitLeftRecords; n != nil {
		next = min(next, *n)
	}
	return fmt.Sprintf("the limit of the run was used up: a new run buys the next %s", many(next, "record", "records"))
}

// agreed is the estimate to go live by.
func (e *Engine) agreed(ctx context.Context, actor fettle.Actor, name string, opt StartOptions) (tally, error) {
	if err := e.worker.FinishClearing(ctx); err != nil {
		return tally{}, err
	}
	return e.estimate(ctx, actor, name, EstimateOptions{SkipExpired: opt.SkipExpired})
}

// ask refuses a start that was not confirmed where the price has grown since it
// was shown, or a provider has less left than is wanted within the limits as
// they will be. Both are told at once: one answer is for both.
func (opt StartOptions) ask(now, within fettle.Estimate) error {
	if opt.Confirm {
		return nil
	}
	more, less := grown(opt.EstimateID, now), short(within)
	switch {
	case more == nil:
		return less
	case less == nil || fettle.CodeOf(more) != fettle.Confirm:
		return more
	}
	a, b := fettle.AsError(more), fettle.AsError(less)
	return fettle.Errorf(fettle.Confirm, "%s; and %s", a.Message, b.Message).WithHint("Look at the new estimate, and top the account up or set a lower limit; or confirm both (--yes).").
		With("estimate", now).With("vendor_balances", within.VendorBalances)
}

func (e *Engine) goLiveTx(ctx context.Context, tx *store.Tx, actor fettle.Actor, cur store.Enrichment, kind string, cause fettle.Cause, t tally, atOnce bool) error {
	if err := e.mayGoLive(ctx, tx, cur, kind); err != nil {
		return err
	}
	if kind == "resume" {
		if err := t.needRoom(ctx, tx, cur, actor.Name); err != nil {
			return err
		}
	}
	return e.begin(ctx, tx, actor, cur, kind, cause, t, atOnce)
}

// mayGoLive refuses what must not run, and says what to do.
func (e *Engine) mayGoLive(ctx context.Context, tx *store.Tx, cur store.Enrichment, kind string) error {
	switch {
	case cur.State == fettle.Live:
		return fettle.Errorf(fettle.Refused, "%s is live already", cur.Label).WithHint("Watch it on its page (fettle enrichment show %s).", cur.Name)
	case cur.PlanState == store.Clearing:
		return fettle.Errorf(fettle.Refused, "the rows of %s are being cleared", cur.Label).WithHint("Try again in a moment.")
	case kind == "resume" && cur.State == fettle.Draft:
		return fettle.Errorf(fettle.Refused, "%s was never started", cur.Label).WithHint("Start it (fettle enrichment start %s).", cur.Name)
	}
	inForce, err := tx.Limits(ctx, store.ScopeEnrichment)
	if err != nil {
		return err
	}
	key := strconv.FormatInt(cur.ID, 10)
	if !slices.ContainsFunc(inForce, func(l store.Limit) bool { return l.Key == key }) {
		return fettle.Errorf(fettle.Refused, "%s has no credit spend limit", cur.Label).
			WithHint("Set one (fettle enrichment limit %s --credits 1000), or say that it has none.", cur.Name)
	}
	if why, hint, err := limits.MayNotSpend(ctx, tx); err != nil || why != "" {
		if err != nil {
			return err
		}
		return fettle.Errorf(fettle.Refused, "spending is paused for the whole workspace: %s", why).WithHint("%s", hint)
	}
	p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err != nil {
		return err
	}
	for i := range p.Steps {
		if err := p.Steps[i].Connection.Ready(); err != nil {
			return err
		}
	}
	_, err = e.judge.Loop(ctx, tx, cur.Name)
	return err
}

// begin makes the enrichment live: planning opens the rows, following goes on
// from where it was.
func (e *Engine) begin(ctx context.Context, tx *store.Tx, actor fettle.Actor, cur store.Enrichment, kind string, cause fettle.Cause, t tally, atOnce bool) error {
	est := t.est
	now := time.Now().UnixMicro()
	if beginsRun(cur, kind, est) {
		if err := run.BeginRun(ctx, tx, &cur, kind, actor.Name, &est, now); err != nil {
			return err
		}
	} else if err := agreedAgain(ctx, tx, cur, est, actor.Name); err != nil {
		return err
	}
	newest, err := tx.NewestChange(ctx)
	if err != nil {
		return err
	}
	if t.skipsExpired() {
		if err := judge.Open(ctx, tx, cur.ID, time.Time{}); err != nil {
			return err
		}
	}
	if cur.FollowCursor == 0 {
		cur.FollowCursor = newest
	}
	if err := tx.PutSetting(ctx, run.SettingShown+strconv.FormatInt(cur.ID, 10), strconv.FormatInt(newest, 10)); err != nil {
		return err
	}
	if cur.PilotRunID != 0 {
		if err := run.EndPilot(ctx, tx, &cur, ""); err != nil {
			return err
		}
	}
	cur.State, cur.PauseReason, cur.PauseDetail, cur.PauseUntilUS = fettle.Live, "", "", 0
	if cur.PlanState == store.Planned {
		cur.PlanState = store.Planning
		if kind == "resume" && !est.NextRun {
			cause = store.CatchUp
		}
	}
	cur.PlanCursor, cur.PlanCause, cur.UpdatedUS = 0, cause, now
	if err := run.Arm(ctx, tx, &cur, atOnce, time.UnixMicro(now)); err != nil {
		return err
	}
	cur.Agreed = "" // what is in the audience now was priced and is agreed to
	if err := tx.DropQuiet(ctx, cur.ID, ""); err != nil {
		return err
	}
	if err := run.Agree(ctx, tx, cur.ID, time.UnixMicro(now)); err != nil {
		return err
	}
	if err := tx.PutEnrichment(ctx, cur); err != nil {
		return err
	}
	if err := run.Release(ctx, tx, cur.ID, "", now); err != nil {
		return err
	}
	if err := run.WakeAll(ctx, tx, cur.ID); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "enrichment."+kind, cur.Name, fmt.Sprintf("at most %s", est.HighCredits.Words()))
}

// grown refuses a start whose price has grown since it was shown.
func grown(shown string, now fettle.Estimate) error {
	if shown == "" {
		return nil
	}
	rows, high, ok := parseEstimateID(shown)
	if !ok {
		return fettle.Errorf(fettle.Invalid, "%q is not an estimate", shown).WithHint("Ask for a new one (fettle enrichment estimate %s).", now.Enrichment)
	}
	if now.ToRun > rows || now.UnlimitedCredits > high {
		return fettle.Errorf(fettle.Confirm, "the price has grown since it was shown: %s, at most %s (it was %s, %s)", many(now.ToRun, "row", "rows"), now.UnlimitedCredits.Words(), many(rows, "row", "rows"), high.Text()).
			WithHint("Look at the new estimate and start again.").With("estimate", now)
	}
	return nil
}

// Pause stops an enrichment. It answers when every process that holds claims
// has confirmed that no call leaves any more; a process that stays silent past
// its lease is named.
func (e *Engine) Pause(ctx context.Context, actor fettle.Actor, name string) (fettle.StopView, error) {
	if err := actor.Require(fettle.Editor, "pause enrichments"); err != nil {
		return fettle.StopView{}, err
	}
	var cur store.Enrichment
	err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
		if cur, err = tx.LockEnrichment(ctx, name); err != nil {
			return err
		}
		if cur.State != fettle.Live && cur.PilotRunID == 0 {
			return fettle.Errorf(fettle.Refused, "%s is not live", name).WithHint("It is %s; nothing has to be paused.", cur.State)
		}
		if cur.PilotRunID != 0 {
			why := "" // what is paused keeps why it is
			if cur.State == fettle.Draft {
				why = "paused by " + actor.Name
			}
			if err := run.EndPilot(ctx, tx, &cur, why); err != nil {
				return err
			}
		}
		if cur.State == fettle.Draft {
			cur.ControlSeq, err = tx.NextIDs(ctx, store.SeqControl, 1)
			if err != nil {
				return err
			}
			return tx.PutEnrichment(ctx, cur)
		}
		if err := run.PauseTx(ctx, tx, &cur, fettle.PausedByPerson, "paused by "+actor.Name, 0); err != nil {
			return err
		}
		if err := e.Channels.Raise(ctx, tx, run.PausedBy(cur, actor.Name)); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "enrichment.pause", name, "")
	})
	if err != nil {
		return fettle.StopView{}, err
	}
	e.events.Publish("enrichment", name)
	return e.awaitStop(ctx, actor, cur)
}

// awaitStop waits until no process can let a call of the enrichment leave.
func (e *Engine) awaitStop(ctx context.Context, actor fettle.Actor, cur store.Enrichment) (fettle.StopView, error) {
	v := fettle.StopView{NotConfirmed: []string{}}
	for {
		var waiting bool
		if err := e.db.View(ctx, func(tx *store.Tx) (err error) {
			waiting, err = e.stopState(ctx, tx, cur, &v)
			return err
		}); err != nil {
			return v, err
		}
		if !waiting {
			break
		}
		if !run.NextLook(ctx) {
			return v, ctx.Err()
		}
	}
	var err error
	v.Confirmed = len(v.NotConfirmed) == 0
	v.Enrichment, err = e.Enrichment(ctx, actor, cur.Name)
	return v, err
}

// stopState says whether a process has yet to confirm, and what is in flight.
func (e *Engine) stopState(ctx context.Context, tx *store.Tx, cur store.Enrichment, v *fettle.StopView) (waiting bool, err error) {
	live, err := tx.LiveWorkers(ctx)
	if err != nil {
		return false, err
	}
	flights, err := tx.InFlight(ctx, cur.ID)
	if err != nil {
		return false, err
	}
	calls := map[int64]int64{}
	v.InFlight, v.InFlightCredits, v.NotConfirmed = 0, 0, v.NotConfirmed[:0]
	for _, f := range flights {
		calls[f.WorkerID] = f.Calls
		v.InFlight += f.Calls
		v.InFlightCredits += fettle.Credits(f.HeldUC)
	}
	now := time.Now().UnixMicro()
	for _, x := range live {
		switch {
		case x.AckedSeq >= cur.ControlSeq || calls[x.ID] == 0:
		case x.LeaseUntilUS < now:
			v.NotConfirmed = append(v.NotConfirmed, fmt.Sprintf("process %d on %s: not confirmed, up to %s", x.PID, x.Host, fettle.Count(calls[x.ID], "call", "calls")))
		default:
			waiting = true
		}
	}
	return waiting, nil
}

// Reset clears the rows of an enrichment, so that it can be pointed at another
// audience. It deletes or rewinds no data, no cell, no charge; calls in flight
// land and settle.
func (e *Engine) Reset(ctx context.Context, actor fettle.Actor, name string) (fettle.EnrichmentView, error) {
	if _, err := e.may(ctx, actor, "reset"); err != nil {
		return fettle.EnrichmentView{}, err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichment(ctx, name)
		if err != nil {
			return err
		}
		if cur.State == fettle.Live {
			return fettle.Errorf(fettle.Refused, "%s is live", name).WithHint("Pause it first (fettle enrichment pause %s).", name)
		}
		if err := run.BeginClearing(ctx, tx, &cur); err != nil {
			return err
		}
		standsStill(&cur, "its rows were cleared: resume it when it may go on")
		if err := tx.PutEnrichment(ctx, cur); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "enrichment.reset", name, "")
	})
	if err == nil {
		err = e.worker.FinishClearing(ctx)
	}
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	e.worker.Forget(name)
	e.events.Publish("enrichment", name)
	v, err := e.Enrichment(ctx, actor, name)
	v.Message = "The rows are cleared. No value, no purchase and no charge was deleted."
	return v, err
}
