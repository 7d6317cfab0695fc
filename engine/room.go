package engine

import (
	"context"
	"strings"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/run"
	"fettle/store"
)

// noRoom says which limit leaves no room for the cheapest row that would run;
// "" where there is room, or nothing to buy.
func (t *tally) noRoom(bounds []limits.Bound, name string) string {
	if t.est.ToRun == 0 {
		return ""
	}
	b, is := limits.Full(bounds, t.lowest, t.counted)
	if !is {
		return ""
	}
	return limits.Reached(b, name)
}

// needRoom refuses to go on where not one row could be bought and none is free:
// it would only pause again.
func (t *tally) needRoom(ctx context.Context, tx *store.Tx, cur store.Enrichment, actor string) error {
	if t.free {
		return nil
	}
	if t.est.NextRun || run.BeginsAnew(cur) {
		cur.RunID = 0
	}
	bounds, err := limits.RowBounds(ctx, tx, cur, actor)
	if err != nil {
		return err
	}
	why := t.noRoom(bounds, cur.Label)
	if why == "" {
		return nil
	}
	b, _ := limits.Full(bounds, t.lowest, t.counted)
	return fettle.Errorf(fettle.Refused, "%s cannot go on: %s", cur.Label, why).WithHint("%s.", firstOrAsk(b, cur.Name)).With("no_room", why).With("no_room_of", noRoomOf(b))
}

// noRoomOf says whose limit leaves no room, for whoever is to be led to it.
func noRoomOf(b limits.Bound) string {
	if b.Grant {
		return "balance"
	}
	return string(b.Key.Scope)
}

// needOwnRoom refuses to open finished rows again where the own limit of who asks
// has no room for one of them: all would wait until that limit is raised.
func (t *tally) needOwnRoom(ctx context.Context, tx *store.Tx, cur store.Enrichment, kind, actor string) error {
	if t.est.ToRun == 0 || t.forFree() > 0 {
		return nil
	}
	bounds, err := limits.OwnBounds(ctx, tx, actor)
	if err != nil {
		return err
	}
	why := t.noRoom(bounds, cur.Name)
	if why == "" {
		return nil
	}
	b, _ := limits.Full(bounds, t.lowest, t.counted)
	return fettle.Errorf(fettle.Refused, "%s of %s cannot run: %s", kind, cur.Label, why).
		WithHint("%s, or let somebody who has room ask for it.", firstOrAsk(b, cur.Name)).With("no_room", why).With("no_room_of", noRoomOf(b))
}

// firstOrAsk says how to make room: to raise the limit, or to ask for it.
func firstOrAsk(b limits.Bound, name string) string {
	if b.Grant || b.Key.Scope == store.ScopePilot {
		return limits.Raise(b, name) + " first"
	}
	return limits.Raise(b, name) + " first, or ask for more (fettle request new " + name + " --reason TEXT)"
}

// agreedAgain keeps the estimate by which a run is resumed, with what the run
// had paid by then. From then on it is on the account of whoever resumes it.
func agreedAgain(ctx context.Context, tx *store.Tx, cur store.Enrichment, est fettle.Estimate, actor string) error {
	ran, err := tx.Balance(ctx, limits.RunKey(cur))
	if err != nil {
		return err
	}
	est.BeforeRows, est.BeforeCredits = ran.SettledRecords, ran.Settled+ran.Overrun
	return tx.AgreeRun(ctx, cur.RunID, est, actor)
}

// roomAgain reports whether an enrichment that paused for a limit, or for want
// of credits, would find room now for the cheapest row that is left, at its
// highest price, and says how the pause stands: limits may have been set since.
func (e *Engine) roomAgain(ctx context.Context, tx *store.Tx, cur store.Enrichment, ran store.Run) (again bool, detail string, err error) {
	byLimit := cur.PauseReason == fettle.PausedByLimit || cur.PauseReason == fettle.PausedByBalance
	if cur.State != fettle.Paused || !byLimit {
		return false, cur.PauseDetail, nil
	}
	p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err != nil {
		return false, cur.PauseDetail, nil //nolint:nilerr // it cannot run now: its own page says why
	}
	c, err := limits.Read(ctx, tx)
	if err != nil {
		return false, "", err
	}
	pays := c.Under(limits.Payer{Enrichment: cur.ID, Run: cur.RunID, Person: ran.Actor, At: time.Now()})
	keys := pays.RowKeys()
	for i := range p.Steps {
		pays.Provider, pays.Connection = p.Steps[i].Connection.Description.Name, p.Steps[i].Connection.Of
		keys = append(keys, pays.StepKeys()...)
	}
	bounds, err := c.Bounds(ctx, tx, keys)
	if err != nil {
		return false, "", err
	}
	price, known, err := e.rowPrice(ctx, tx, cur)
	if err != nil || !known {
		return false, cur.PauseDetail, err
	}
	b, full := limits.Full(bounds, price.lowest, price.counted)
	switch {
	case !full:
		return true, cur.Label + " paused for a limit, and there is room again: resume to continue from the same row.", nil
	case limits.Reached(b, cur.Label) != "" && !strings.Contains(cur.PauseDetail, limits.Reached(b, cur.Label)):
		return false, run.LimitDetail(b, cur, cur.PauseUntilUS), nil
	}
	return false, cur.PauseDetail, nil
}
