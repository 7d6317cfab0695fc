package engine

import (
	"context"
	"fmt"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/rights"
	"fettle/store"
)

// PilotAllowance is what the pilots of somebody who may not spend may buy a day,
// and what of it the actor has used today.
func (e *Engine) PilotAllowance(ctx context.Context, actor fettle.Actor) (v fettle.PilotAllowanceView, err error) {
	if err := actor.Require(fettle.Viewer, "see the pilot allowance"); err != nil {
		return v, err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		if v.PilotAllowance, err = limits.PilotAllowance(ctx, tx); err != nil {
			return err
		}
		v.Binds = !actor.Spends()
		b, err := tx.Balance(ctx, limits.PilotKey(actor.Name, time.Now()))
		v.UsedRows, v.UsedCredits = b.UsedRecords(), b.Used()
		v.LeftRows, v.LeftCredits = max(0, v.Rows-v.UsedRows), max(0, v.Credits-v.UsedCredits)
		return err
	})
	return v, err
}

// SetPilotAllowance sets what the pilots of somebody who may not spend may buy a
// day.
func (e *Engine) SetPilotAllowance(ctx context.Context, actor fettle.Actor, a fettle.PilotAllowance) (fettle.PilotAllowanceView, error) {
	if _, err := e.may(ctx, actor, "setPilotAllowance"); err != nil {
		return fettle.PilotAllowanceView{}, err
	}
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		if err := limits.SetPilotAllowance(ctx, tx, a); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "pilots", "", fmt.Sprintf("%s and %s a person a day", many(a.Rows, "row", "rows"), a.Credits.ExactWords()))
	})
	if err != nil {
		return fettle.PilotAllowanceView{}, err
	}
	e.worker.RescanAll()
	e.worker.Look()
	return e.PilotAllowance(ctx, actor)
}

// allowed refuses a pilot of more rows than the allowance leaves somebody who
// may not spend. What they cost is bounded as it is reserved.
func allowed(ctx context.Context, tx *store.Tx, actor fettle.Actor, s rights.Standing, rows int) error {
	if s.Spends() {
		return nil
	}
	c, err := limits.Read(ctx, tx)
	if err != nil {
		return err
	}
	bounds, err := c.Bounds(ctx, tx, []store.BalanceKey{limits.PilotKey(actor.Name, time.Now())})
	if err != nil {
		return err
	}
	b := bounds[0]
	switch {
	case b.Room.Records < 1 || b.Room.Credits <= 0:
		return fettle.Errorf(fettle.Refused, "%s", limits.PilotWords(b)).
			WithHint("It begins anew at midnight UTC. An admin may raise it (fettle limit pilots --rows N --credits N), or somebody who may spend runs the pilot.")
	case int64(rows) > b.Room.Records:
		return fettle.Errorf(fettle.Refused, "a pilot of %s is more than %s has left today: %d", fettle.Count(int64(rows), "row", "rows"), actor.Name, b.Room.Records).
			WithHint("Take fewer (-n %d), or have an admin raise the allowance (fettle limit pilots --rows N --credits N).", b.Room.Records)
	}
	return nil
}
