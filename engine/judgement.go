package engine

import (
	"context"
	"strconv"

	"fettle"
	"fettle/limits"
	"fettle/rights"
	"fettle/store"
)

// standing says who an actor is to the money: what they may, and whether a
// limit of their own, or their budget's, binds them.
func standing(ctx context.Context, tx *store.Tx, actor fettle.Actor) (rights.Standing, error) {
	if !actor.Spends() || actor.Role == fettle.Admin {
		return rights.Of(actor, false), nil
	}
	own, err := limits.Of(ctx, tx, store.ScopePerson, actor.Name)
	capped := false
	for _, l := range own {
		capped = capped || !l.Limit.None
	}
	if err != nil || capped {
		return rights.Of(actor, capped), err
	}
	c, err := limits.Read(ctx, tx)
	return rights.Of(actor, c.Binds(actor.Name)), err
}

// may refuses an operation of the API to those who may not have it.
func (e *Engine) may(ctx context.Context, actor fettle.Actor, operation string) (s rights.Standing, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		s, err = standing(ctx, tx, actor)
		return err
	})
	if err != nil {
		return s, err
	}
	return s, rights.Check(actor, s, operation)
}

// keepLimit gives a definition the limit that is there where it names none: an
// absent key changes no limit. It refuses the limits that the actor may not
// write.
func keepLimit(ctx context.Context, tx *store.Tx, actor fettle.Actor, cur store.Enrichment, existed bool, def fettle.Definition) (fettle.Definition, error) {
	if !existed {
		return def, rights.Limit(actor, rights.Of(actor, false), true, "", nil, def.Limit)
	}
	stands, err := limits.Of(ctx, tx, store.ScopeEnrichment, strconv.FormatInt(cur.ID, 10))
	if err != nil {
		return def, err
	}
	if err := mayLimit(ctx, tx, actor, cur, stands, def.Limit); err != nil {
		return def, err
	}
	if def.Limit == nil {
		def.Limit = cur.Definition.Limit
	}
	return def, nil
}

// mayLimit refuses a limit of an enrichment that the actor may not write in the
// place of those that stand.
func mayLimit(ctx context.Context, tx *store.Tx, actor fettle.Actor, cur store.Enrichment, stands []store.Limit, now *fettle.Limit) error {
	s, err := standing(ctx, tx, actor)
	if err != nil {
		return err
	}
	payer := ""
	if goesOn(cur) && cur.RunID != 0 {
		r, err := tx.Run(ctx, cur.RunID)
		if err != nil {
			return err
		}
		payer = r.Actor
	}
	olds := make([]fettle.Limit, len(stands))
	for i, l := range stands {
		olds[i] = l.Limit
	}
	return rights.Limit(actor, s, cur.State == fettle.Draft, payer, olds, now)
}

// forgetsFailures takes back why a pause began where another definition is asked
// from now on: what failed says nothing of it. It stays paused.
func forgetsFailures(cur *store.Enrichment) {
	byCalls := cur.PauseReason == fettle.PausedByFailures || cur.PauseReason == fettle.PausedByProvider
	switch {
	case cur.State == fettle.Paused && byCalls:
		cur.PauseReason, cur.PauseDetail = fettle.PausedByPerson, "its definition was changed since it was paused: resume it when it may go on"
	case cur.State == fettle.Draft && cur.PilotRunID == 0:
		cur.PauseDetail = "" // of the pilot of the version before
	}
}

// standsStill ends the pause that would end by itself: what is changed in it
// buys nothing before somebody who may spend resumes it.
func standsStill(cur *store.Enrichment, why string) {
	if cur.State == fettle.Paused && cur.PauseUntilUS != 0 {
		cur.PauseReason, cur.PauseDetail, cur.PauseUntilUS = fettle.PausedByPerson, why, 0
	}
}
