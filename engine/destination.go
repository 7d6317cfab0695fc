package engine

import (
	"context"

	"fettle"
	"fettle/internal/asread"
	"fettle/store"
)

// DefineDestination makes a destination, or changes what one sends. A new one is off,
// and one that is on does not change.
func (e *Engine) DefineDestination(ctx context.Context, actor fettle.Actor, n Naming, def fettle.Destination) (fettle.DestinationView, error) {
	if err := actor.Require(fettle.Editor, "say where records go"); err != nil {
		return fettle.DestinationView{}, err
	}
	n, err := n.checked("a destination")
	if err != nil {
		return fettle.DestinationView{}, err
	}
	name := ""
	err = e.db.Update(ctx, func(tx *store.Tx) (err error) {
		if name, err = n.named(ctx, tx, "destination", store.LabelledDestination); err != nil {
			return err
		}
		if err := unchanged(ctx, tx, asread.Destination, name); err != nil {
			return err
		}
		return e.Destinations.Save(ctx, tx, actor, name, n.Label, def)
	})
	if err != nil {
		return fettle.DestinationView{}, err
	}
	return e.Destinations.Get(ctx, actor, name)
}
