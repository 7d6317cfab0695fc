package engine

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/rights"
	"fettle/run"
	"fettle/store"
)

// Request is one request for more; while it can be decided, with the limit and
// the price as they are now, and what changed since it was asked.
func (e *Engine) Request(ctx context.Context, actor fettle.Actor, id int64) (v fettle.RequestView, err error) {
	if err := actor.Require(fettle.Viewer, "see requests"); err != nil {
		return v, err
	}
	var r store.Request
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if r, err = tx.Request(ctx, id); err != nil {
			return err
		}
		name, label, err := requestOf(ctx, tx, r)
		v = viewRequest(r, name, label, time.Now())
		return err
	})
	if err != nil || v.State != fettle.RequestOpen || v.Enrichment == "" {
		return v, err
	}
	t, err := e.estimateFor(ctx, r.Asker, v.Enrichment, EstimateOptions{})
	if err != nil {
		return v, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, v.Enrichment)
		if err != nil {
			return err
		}
		if v, err = changedSince(ctx, tx, cur, r, v, t.est); err != nil {
			return err
		}
		l, there, err := limitOf(ctx, tx, r)
		if err != nil || !there {
			return err
		}
		lv, err := limits.View(ctx, tx, l, cur.RunID, 0, 0)
		v.Limit = &lv
		return err
	})
	return v, err
}

// changedSince adds the price of now to a request, and what changed since it was
// asked: more rows or a higher price than were shown, another definition or
// audience.
func changedSince(ctx context.Context, tx *store.Tx, cur store.Enrichment, r store.Request, v fettle.RequestView, est fettle.Estimate) (fettle.RequestView, error) {
	v.Now = &fettle.RequestPrice{Rows: est.ToRun, HighCredits: est.UnlimitedCredits, ExpectedCredits: est.UnlimitedExpectedCredits}
	v.EstimateID = estimateID(est)
	if cur.Version != r.Version {
		v.Changed = append(v.Changed, fmt.Sprintf("the definition was changed: version %d, it was %d", cur.Version, r.Version))
	}
	audience, err := filters(ctx, tx, cur)
	if audience != r.Audience {
		v.Changed = append(v.Changed, "the audience was changed")
	}
	if est.ToRun > r.Rows {
		v.Changed = append(v.Changed, fmt.Sprintf("there is more to buy: %s, it was %s", many(est.ToRun, "row", "rows"), many(r.Rows, "row", "rows")))
	}
	if est.UnlimitedCredits > r.High {
		v.Changed = append(v.Changed, fmt.Sprintf("it costs more: at most %s, it was %s", est.UnlimitedCredits.Words(), r.High.Text()))
	}
	return v, err
}

// limitOf is the limit that a request is about, as it is now; there is false
// where it is gone.
func limitOf(ctx context.Context, tx *store.Tx, r store.Request) (l store.Limit, there bool, err error) {
	all, err := limits.Of(ctx, tx, r.Scope, r.Key)
	for _, x := range all {
		if x.Limit.Per == r.Per && !x.Limit.None {
			return x, true, err
		}
	}
	return l, false, err
}

// ApproveRequest sets the limit of a request to what was asked, once: by an admin who is
// neither who asked nor a token, and never below what the limit is by then. The
// run goes on on the asker's account, within the asker's own limits. Where
// anything changed since it was asked, the approver confirms the price of now, by
// its estimate.
func (e *Engine) ApproveRequest(ctx context.Context, actor fettle.Actor, id int64, estimate string) (v fettle.RequestView, err error) {
	if _, err := e.may(ctx, actor, "approveRequest"); err != nil {
		return v, err
	}
	now, err := e.Request(ctx, actor, id)
	if err != nil {
		return v, err
	}
	if err := rights.Decide(actor, now.Asker); err != nil {
		return v, err
	}
	if err := undecided(now); err != nil {
		return v, err
	}
	t, err := e.estimateFor(ctx, now.Asker, now.Enrichment, EstimateOptions{})
	if err != nil {
		return v, err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		v, err = e.approveTx(ctx, tx, actor, id, estimate, t)
		return err
	})
	if err != nil {
		return fettle.RequestView{}, err
	}
	e.worker.Forget(v.Enrichment)
	e.worker.RescanAll()
	e.worker.Look()
	e.events.Publish("request", "")
	e.events.Publish("enrichment", v.Enrichment)
	return v, nil
}

// undecided refuses to decide what was decided, or has waited too long.
func undecided(v fettle.RequestView) error {
	switch {
	case v.State == fettle.RequestExpired:
		return fettle.Errorf(fettle.Refused, "request %d has expired: nobody decided within seven days", v.ID).WithHint("%s asks anew, at the price of now.", v.Asker)
	case v.State != fettle.RequestOpen:
		return fettle.Errorf(fettle.Refused, "request %d was %s already, by %s", v.ID, v.State, v.DecidedBy).WithHint("A request is decided once: for more there is another.")
	case v.Enrichment == "":
		return fettle.Errorf(fettle.Refused, "the enrichment that request %d is about was deleted", v.ID).WithHint("Refuse it (fettle request refuse %d).", v.ID)
	}
	return nil
}

func (e *Engine) approveTx(ctx context.Context, tx *store.Tx, actor fettle.Actor, id int64, estimate string, t tally) (v fettle.RequestView, err error) {
	r, err := tx.Request(ctx, id)
	if err != nil {
		return v, err
	}
	cur, err := tx.EnrichmentByID(ctx, r.EnrichmentID)
	if err != nil {
		return v, err
	}
	if cur, err = tx.LockEnrichment(ctx, cur.Name); err != nil {
		return v, err
	}
	v = viewRequest(r, cur.Name, cur.Label, time.Now())
	if err := undecided(v); err != nil {
		return v, err
	}
	asker, err := e.asker(ctx, tx, r)
	if err != nil {
		return v, err
	}
	if v, err = changedSince(ctx, tx, cur, r, v, t.est); err != nil {
		return v, err
	}
	if err := confirmed(v, estimate, t.est); err != nil {
		return v, err
	}
	won, err := tx.DecideRequest(ctx, id, fettle.RequestApproved, actor.Name, "", time.Now().UnixMicro())
	if err == nil && !won {
		err = decidedAlready(id)
	}
	if err != nil {
		return v, err
	}
	set, err := raiseTo(ctx, tx, actor, r, &cur)
	if err != nil {
		return v, err
	}
	v.State, v.DecidedBy = fettle.RequestApproved, actor.Name
	if v.Message, err = e.goOnFor(ctx, tx, asker, cur, r, t); err != nil {
		return v, err
	}
	text := fmt.Sprintf("%s approved that the %s limit of %s is %s, as %s asked", actor.Name, r.Per, whoseLimit(v), set.Words(), r.Asker)
	if err := e.Channels.Raise(ctx, tx, requestEvent(fettle.EventDecided, v, cur.ID, text+". "+v.Message)); err != nil {
		return v, err
	}
	return v, tx.Act(ctx, actor, "request.approve", strconv.FormatInt(id, 10), text)
}

// decidedAlready refuses a decision that somebody else made at the same time.
func decidedAlready(id int64) error {
	return fettle.Errorf(fettle.Refused, "request %d was decided already", id).WithHint("A request is decided once: for more there is another.")
}

// confirmed refuses an approval at a price that the approver has not seen.
func confirmed(v fettle.RequestView, estimate string, est fettle.Estimate) error {
	if estimate != "" {
		return grown(estimate, est)
	}
	if len(v.Changed) == 0 {
		return nil
	}
	what := v.Changed[0]
	return fettle.Errorf(fettle.Confirm, "since it was asked, %s. Then: %s, at most %s; now: %s, at most %s", what,
		many(v.Then.Rows, "row", "rows"), v.Then.HighCredits.Words(), many(v.Now.Rows, "row", "rows"), v.Now.HighCredits.Words()).
		WithHint("Look at both prices, and confirm that of now (--yes).").With("request", v)
}

// asker is who asked, as they may now: the approval is theirs to use.
func (e *Engine) asker(ctx context.Context, tx *store.Tx, r store.Request) (fettle.Actor, error) {
	a, there, err := e.Accounts.Known(ctx, tx, r.Asker)
	switch {
	case err != nil:
		return a, err
	case !there:
		return a, fettle.Errorf(fettle.Refused, "%s, who asked, is no longer here", r.Asker).WithHint("Refuse the request (fettle request refuse %d), and set the limit yourself if it is to be.", r.ID)
	case r.GoesOn && !a.Spends():
		return a, fettle.Errorf(fettle.Refused, "%s, who asked, may not spend any more", r.Asker).WithHint("Refuse the request (fettle request refuse %d), and set the limit yourself if it is to be.", r.ID)
	}
	return a, a.Require(fettle.Editor, "ask for more")
}

// raiseTo makes a limit what was asked; one that is as wide by now stays.
func raiseTo(ctx context.Context, tx *store.Tx, actor fettle.Actor, r store.Request, cur *store.Enrichment) (fettle.Amount, error) {
	l, there, err := limitOf(ctx, tx, r)
	if err != nil {
		return fettle.Amount{}, err
	}
	if !there {
		return fettle.Amount{}, fettle.Errorf(fettle.Refused, "the limit that was asked about is not there any more").WithHint("Refuse the request (fettle request refuse %d): who needs more asks anew.", r.ID)
	}
	set := l.Limit
	if r.Asked.Credits != nil && set.Credits != nil {
		n := max(*r.Asked.Credits, *set.Credits)
		set.Credits = &n
	}
	if r.Asked.Records != nil && set.Records != nil {
		n := max(*r.Asked.Records, *set.Records)
		set.Records = &n
	}
	now := time.Now()
	if err := tx.PutLimit(ctx, store.Limit{Scope: l.Scope, Key: l.Key, Limit: set, Actor: actor.Name, SetAtUS: now.UnixMicro()}); err != nil {
		return fettle.Amount{}, err
	}
	keys := limits.KeysOf(l.Scope, l.Key, now)
	switch l.Scope {
	case store.ScopeEnrichment:
		keys = limits.EnrichmentKeys(*cur, now)
		if d := cur.Definition.Limit; d != nil && d.Per == set.Per {
			cur.Definition.Limit = &set
			err = tx.PutEnrichment(ctx, *cur)
		}
	case store.ScopePerson:
		err = run.WakeOwn(ctx, tx, l.Key, now.UnixMicro())
	case store.ScopeBudget:
		err = wakeBudget(ctx, tx, l.Key, nil)
	case store.ScopeWorkspace, store.ScopeProvider, store.ScopePilot:
	}
	if err != nil {
		return fettle.Amount{}, err
	}
	return fettle.Amount{Credits: set.Credits, Records: set.Records}, limits.KnowNear(ctx, tx, keys...)
}

// goOnFor lets an enrichment that paused for a limit go on from the same row, on
// the account of who asked; where it cannot, it says why.
func (e *Engine) goOnFor(ctx context.Context, tx *store.Tx, asker fettle.Actor, cur store.Enrichment, r store.Request, t tally) (string, error) {
	byLimit := cur.PauseReason == fettle.PausedByLimit || cur.PauseReason == fettle.PausedByBalance
	switch {
	case !r.GoesOn:
		return fmt.Sprintf("The limit is set. %s may not spend: somebody who may resumes it.", r.Asker), nil
	case cur.State == fettle.Live:
		return cur.Label + " goes on.", nil
	case cur.State != fettle.Paused || !byLimit:
		return fmt.Sprintf("The limit is set. %s is %s, and stays so.", cur.Label, cur.State), nil
	}
	var err error
	t.est.NextRun = false // the limit of the run may be what was raised
	if t.est, err = t.under(ctx, tx, cur, asker.Name); err != nil {
		return "", err
	}
	for _, check := range []func() error{
		func() error { return e.mayGoLive(ctx, tx, cur, "resume") },
		func() error { return t.needRoom(ctx, tx, cur, asker.Name) },
	} {
		if err := check(); fettle.CodeOf(err) == fettle.Internal && err != nil {
			return "", err
		} else if err != nil {
			fe := fettle.AsError(err)
			return "The limit is set, but it does not go on: " + fe.Message + ". " + fe.Hint, nil
		}
	}
	if err := e.begin(ctx, tx, asker, cur, "resume", fettle.CauseStart, t, false); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s goes on, on the account of %s.", cur.Label, asker.Name), nil
}

// RefuseRequest ends a request: refused by an admin, withdrawn by who asked.
func (e *Engine) RefuseRequest(ctx context.Context, actor fettle.Actor, id int64, note string) (v fettle.RequestView, err error) {
	if err := actor.Require(fettle.Editor, "decide requests"); err != nil {
		return v, err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		r, err := tx.Request(ctx, id)
		if err != nil {
			return err
		}
		state := fettle.RequestWithdrawn
		if r.Asker != actor.Name {
			state = fettle.RequestRefused
			if err := actor.Require(fettle.Admin, "refuse what others ask"); err != nil {
				return err
			}
		}
		name, label, err := requestOf(ctx, tx, r)
		if err != nil {
			return err
		}
		v = viewRequest(r, name, label, time.Now())
		if v.State != fettle.RequestOpen && v.State != fettle.RequestExpired {
			return undecided(v)
		}
		won, err := tx.DecideRequest(ctx, id, state, actor.Name, note, time.Now().UnixMicro())
		if err == nil && !won {
			err = decidedAlready(id)
		}
		if err != nil {
			return err
		}
		v.State, v.DecidedBy, v.Note = state, actor.Name, note
		text := fmt.Sprintf("%s %s the request of %s that the %s limit of %s be %s", actor.Name, map[bool]string{true: "refused", false: "withdrew"}[state == fettle.RequestRefused], r.Asker, r.Per, whoseLimit(v), r.Asked.Words())
		if note != "" {
			text += ": " + note
		}
		if err := e.Channels.Raise(ctx, tx, requestEvent(fettle.EventDecided, v, r.EnrichmentID, text+".")); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "request.refuse", strconv.FormatInt(id, 10), text)
	})
	if err == nil {
		e.events.Publish("request", "")
	}
	return v, err
}
