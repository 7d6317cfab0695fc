package engine

import (
	"context"

	"fettle/declare"
)

// signal applies a signal rule.
func (a *applier) signal(ctx context.Context, d *declare.Document) (Change, error) {
	old, def, err := a.e.checkSignalRule(ctx, a.tx, d.Name, *d.Signal)
	if err != nil {
		return Change{}, err
	}
	if old.ID != 0 {
		def.Companion = old.Companion // made once
	}
	c, err := changeOf(old.ID != 0, old.SignalRule, def)
	if err != nil || c.Action == actionUnchanged {
		return c, err
	}
	return c, a.e.saveSignalRule(ctx, a.tx, a.actor, d.Name, *d.Signal)
}
