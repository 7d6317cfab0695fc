package engine

import (
	"context"
	"slices"
	"strings"

	"fettle"
	"fettle/store"
)

// DeleteAudience deletes an audience. Its records stay. It is refused while
// something goes by it, which the error lists.
func (e *Engine) DeleteAudience(ctx context.Context, actor fettle.Actor, name string) error {
	err := e.db.Update(ctx, func(tx *store.Tx) error { return e.deleteAudience(ctx, tx, actor, name) })
	if err == nil {
		e.fieldsChanged()
		e.events.Publish("audience", name)
	}
	return err
}

func (e *Engine) deleteAudience(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string) error {
	if err := actor.Require(fettle.Editor, "delete audiences"); err != nil {
		return err
	}
	a, err := findAudience(ctx, tx, name)
	if err != nil {
		return err
	}
	if a.Builtin {
		return fettle.Errorf(fettle.Refused, "the audience %s is built in", name).WithHint("It cannot be deleted.")
	}
	if err := e.unused(ctx, tx, a, "the audience "+name); err != nil {
		return err
	}
	if err := tx.DeleteAudience(ctx, a.ID); err != nil {
		return err
	}
	if err := tx.DeleteViewsOf(ctx, name); err != nil {
		return err
	}
	if err := tx.KeepWatches(ctx); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "audience.delete", name, a.Where)
}

// unused refuses to take away an audience, or what fills it, while enrichments are
// pointed at it, destinations send it, or channels tell who enters it. what names it.
func (e *Engine) unused(ctx context.Context, tx *store.Tx, a fettle.Audience, what string) error {
	users, err := audienceUsers(ctx, tx, a.Name)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		names := enrichmentNamesOf(users)
		return fettle.Errorf(fettle.Refused, "%s is used by %s", what, strings.Join(names, ", ")).
			WithHint("Point them elsewhere or delete them first.").With("users", names)
	}
	names, err := e.Destinations.Users(ctx, tx, a.Name, "", "")
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return fettle.Errorf(fettle.Refused, "%s is used by the destination %s", what, strings.Join(names, ", ")).
			WithHint("Delete it first, or send another audience.").With("users", names)
	}
	return toldWhoEnters(ctx, tx, a, what)
}

// toldWhoEnters refuses while channels tell who enters an audience: they would fall
// silent, and nobody would know.
func toldWhoEnters(ctx context.Context, tx *store.Tx, a fettle.Audience, what string) error {
	channels, err := tx.Channels(ctx)
	if err != nil {
		return err
	}
	var names, labels []string
	for _, ch := range channels {
		if slices.Contains(fettle.EnteredAudiences(ch.Events), a.Name) {
			names, labels = append(names, ch.Name), append(labels, ch.Label)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fettle.Errorf(fettle.Refused, "%s is used by the channel %s, which tells who enters it", what, strings.Join(labels, ", ")).
		WithHint("Let the channel tell of something else, or take it away first (fettle channel set %s --on …).", names[0]).With("users", names)
}
