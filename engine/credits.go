package engine

import (
	"context"
	"strconv"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/store"
)

// Credits shows the workspace's money.
func (e *Engine) Credits(ctx context.Context, actor fettle.Actor) (fettle.CreditsView, error) {
	if err := actor.Require(fettle.Viewer, "see credits"); err != nil {
		return fettle.CreditsView{}, err
	}
	var v fettle.CreditsView
	err := e.db.View(ctx, func(tx *store.Tx) error {
		b, err := tx.Balance(ctx, store.BalanceKey{Scope: store.ScopeWorkspace, Per: fettle.Lifetime})
		if err != nil {
			return err
		}
		v.SettledCredits, v.ReservedCredits, v.UnknownCredits, v.OverrunCredits = b.Settled, b.Reserved, b.Unknown, b.Overrun
		g, err := limits.Granted(ctx, tx)
		if err != nil {
			return err
		}
		if g != nil {
			v.GrantedCredits = *g
		}
		if v.AvailableCredits, err = limits.Available(ctx, tx); err != nil {
			return err
		}
		micro, err := limits.USDMicro(ctx, tx)
		if err != nil {
			return err
		}
		v.CreditUSD = strconv.FormatFloat(float64(micro)/1e6, 'f', -1, 64)
		if v.SpendingPaused, _, err = limits.MayNotSpend(ctx, tx); err != nil {
			return err
		}
		inForce, err := tx.Limits(ctx, store.ScopeWorkspace)
		if err != nil {
			return err
		}
		for _, l := range inForce {
			lv, err := limits.View(ctx, tx, l, 0, 0, 0)
			if err != nil {
				return err
			}
			v.Limits = append(v.Limits, lv)
		}
		list, err := tx.Enrichments(ctx)
		if err != nil {
			return err
		}
		for _, cur := range list {
			ev, err := e.view(ctx, tx, cur)
			if err != nil {
				return err
			}
			v.SavedCredits += ev.SavedCredits
		}
		return nil
	})
	return v, err
}

// Grant adds credits to the workspace. From the first grant on, the balance
// binds beside the limits.
func (e *Engine) Grant(ctx context.Context, actor fettle.Actor, amount fettle.Credits, note string) (fettle.CreditsView, error) {
	if _, err := e.may(ctx, actor, "grantCredits"); err != nil {
		return fettle.CreditsView{}, err
	}
	if amount <= 0 || amount > fettle.MaxCredits {
		return fettle.CreditsView{}, fettle.Errorf(fettle.Invalid, "%s cannot be granted", amount.Words()).WithHint("Grant a positive number of credits.")
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		if err := limits.Grant(ctx, tx, actor, amount, time.Now()); err != nil {
			return err
		}
		if err := limits.KnowNear(ctx, tx, store.BalanceKey{Scope: store.ScopeWorkspace, Per: fettle.Lifetime}); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "credits.grant", amount.String(), note)
	})
	if err != nil {
		return fettle.CreditsView{}, err
	}
	e.worker.RescanAll()
	e.worker.Look()
	e.events.Publish("credits", "")
	return e.Credits(ctx, actor)
}

// SpendBy sums charges by enrichment, provider, model, cause or day.
func (e *Engine) SpendBy(ctx context.Context, actor fettle.Actor, group string) ([]fettle.SpendView, error) {
	if err := actor.Require(fettle.Viewer, "see spend"); err != nil {
		return nil, err
	}
	var out []fettle.SpendView
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = tx.SpendBy(ctx, group)
		return err
	})
	return out, err
}
