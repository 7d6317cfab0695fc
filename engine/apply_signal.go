package engine

import (
	"context"

	"fettle/declare"
	"fettle/store"
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
	if err != nil {
		return c, err
	}
	if c.Action == actionUnchanged {
		if !c.relabel(old.Label, d.Label) {
			return c, nil
		}
		_, err := a.e.rename(ctx, a.tx, store.LabelledSignal, d.Name, d.Label)
		return c, err
	}
	if old.ID != 0 {
		c.relabel(old.Label, d.Label)
	}
	return c, a.e.saveSignalRule(ctx, a.tx, a.actor, d.Name, d.Label, *d.Signal)
}
