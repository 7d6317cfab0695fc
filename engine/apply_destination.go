package engine

import (
	"context"

	"fettle/declare"
	"fettle/store"
)

// destination applies where records go. A new one is off, whoever applies it.
func (a *applier) destination(ctx context.Context, d *declare.Document) (Change, error) {
	all, err := a.tx.Destinations(ctx)
	if err != nil {
		return Change{}, err
	}
	var old store.Destination
	for _, x := range all {
		if x.Name == d.Name {
			old = x
		}
	}
	now := d.Destination.Filled()
	c, err := changeOf(old.ID != 0, old.Destination, now)
	if err != nil {
		return c, err
	}
	relabelled := old.ID != 0 && c.relabel(old.Label, d.Label)
	switch {
	case c.Action == actionUnchanged:
		return c, nil
	case relabelled && sameJSON(old.Destination, now):
		return c, a.tx.PutLabel(ctx, store.LabelledDestination, d.Name, d.Label)
	case old.ID == 0:
		c.Message = "It is off until an admin turns it on."
	}
	return c, a.e.Destinations.Save(ctx, a.tx, a.actor, d.Name, d.Label, now)
}
