package engine

import (
	"context"

	"fettle"
	"fettle/play"
)

// Plays lists what a team can begin with. Adding one is applying its documents.
func (e *Engine) Plays(_ context.Context, actor fettle.Actor) ([]fettle.Play, error) {
	if err := actor.Require(fettle.Viewer, "see plays"); err != nil {
		return nil, err
	}
	return play.All()
}

// Play gives one of them.
func (e *Engine) Play(_ context.Context, actor fettle.Actor, name string) (fettle.Play, error) {
	if err := actor.Require(fettle.Viewer, "see plays"); err != nil {
		return fettle.Play{}, err
	}
	return play.Find(name)
}
