package engine

import (
	"context"
	"encoding/json"

	"fettle"
	"fettle/declare"
	"fettle/store"
)

// view applies a view that everybody has.
func (a *applier) view(ctx context.Context, d *declare.View) (Change, error) {
	old, entity, err := a.sharedView(ctx, d)
	if err != nil {
		return Change{}, err
	}
	var before fettle.Look
	if old.ID != 0 {
		if err := json.Unmarshal([]byte(old.Look), &before); err != nil {
			return Change{}, err
		}
	}
	c, err := changeOf(old.ID != 0, before, d.Look)
	if err != nil || c.Action == actionUnchanged {
		return c, err
	}
	if old.ID == 0 {
		old = store.View{Entity: entity, Audience: d.Audience, Owner: a.actor.Name, MadeBy: a.actor.Name}
		if old.ID, err = a.tx.NextIDs(ctx, store.SeqMisc, 1); err != nil {
			return c, err
		}
	}
	_, err = putView(ctx, a.tx, a.actor, old, ViewInput{Name: &d.Name, Shared: new(true), Look: &d.Look})
	return c, err
}

// sharedView finds the view that a document declares; its id is 0 if it is not there.
func (a *applier) sharedView(ctx context.Context, d *declare.View) (v store.View, entity fettle.Entity, err error) {
	if d.Audience != "" {
		if _, err := findAudience(ctx, a.tx, d.Audience); err != nil {
			return v, "", fettle.AsError(err).With("key", "audience")
		}
	}
	entity, _, err = a.e.scope(ctx, a.tx, d.Entity, d.Audience)
	if err != nil {
		return v, entity, err
	}
	all, err := a.tx.Views(ctx, entity, d.Audience, "")
	for _, x := range all {
		if x.Name == d.Name {
			v = x
		}
	}
	return v, entity, err
}

// removeView removes a view that everybody has.
func (a *applier) removeView(ctx context.Context, d *declare.View) error {
	v, _, err := a.sharedView(ctx, d)
	if err != nil || v.ID == 0 {
		return err
	}
	if _, err := ownView(ctx, a.tx, a.actor, v.ID); err != nil {
		return err
	}
	return a.tx.DeleteView(ctx, v.ID)
}
