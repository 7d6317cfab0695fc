package notify

import (
	"context"
	"slices"

	"fettle"
	"fettle/internal/nearest"
	"fettle/store"
)

// checkAudiences refuses to listen to who enters an audience that is not there.
// One that a channel listens to already may have been deleted since.
func checkAudiences(ctx context.Context, tx *store.Tx, was, events []string) error {
	named := slices.DeleteFunc(fettle.EnteredAudiences(events), func(name string) bool { return slices.Contains(was, fettle.EnteredIn(name)) })
	if len(named) == 0 {
		return nil
	}
	all, err := tx.Audiences(ctx)
	if err != nil {
		return err
	}
	known := make([]string, len(all))
	for i, a := range all {
		known[i] = a.Name
	}
	for _, name := range named {
		if slices.Contains(known, name) {
			continue
		}
		err := fettle.Errorf(fettle.Invalid, "there is no audience %q", name).With("key", "events")
		if near := nearest.Of(name, known); near != "" {
			return err.WithHint("Did you mean %s?", fettle.EnteredIn(near)).With("nearest", near)
		}
		return err.WithHint("Audiences lists them (fettle audience list).")
	}
	return nil
}

// RaiseEntered tells of records that entered an audience, by the transaction that
// notes them as its members.
func (c *Channels) RaiseEntered(ctx context.Context, tx *store.Tx, a fettle.Audience, records []int64) error {
	if len(records) == 0 {
		return nil
	}
	about := make([]About, len(records))
	for i, id := range records {
		about[i] = About{ID: id, Text: "entered " + a.Label}
	}
	return c.Raise(ctx, tx, Event{
		Type: fettle.EventEntered, Audience: a.Name, Subject: "audience:" + a.Name, Entity: a.Entity, Records: about, Data: map[string]any{"audience": a.Name},
	})
}
