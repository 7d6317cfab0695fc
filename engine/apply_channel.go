package engine

import (
	"context"
	"slices"
	"strings"
	"time"

	"fettle"
	"fettle/declare"
	"fettle/notify"
	"fettle/store"
)

// declaredChannel is a channel as a document says it, without what is secret.
func declaredChannel(ch store.Channel) *declare.Channel {
	out := &declare.Channel{To: ch.Kind, On: ch.Events, Owner: ch.Owner, OwnerField: ch.OwnerField}
	if ch.Kind.ForPeople() {
		out.Every = fettle.Interval(time.Duration(ch.EveryUS) * time.Microsecond)
	}
	if ch.Kind == fettle.ChannelEmail {
		out.Email = strings.Split(ch.Target, ", ")
	}
	return out
}

// channel applies who is told. What is secret of a channel stays as it is; a new one
// is told nothing before somebody gives its address.
func (a *applier) channel(ctx context.Context, d *declare.Document) (Change, error) {
	all, err := a.tx.Channels(ctx)
	if err != nil {
		return Change{}, err
	}
	var old store.Channel
	if i := slices.IndexFunc(all, func(ch store.Channel) bool { return ch.Name == d.Name }); i >= 0 {
		old = all[i]
	}
	now := d.Channel
	c, err := changeOf(old.ID != 0, declaredChannel(old), now)
	if err != nil {
		return c, err
	}
	if old.ID != 0 {
		c.relabel(old.Label, d.Label)
	}
	if c.Action == actionUnchanged {
		return c, nil
	}
	if old.ID == 0 && now.To != fettle.ChannelEmail {
		c.Message = "It is told nothing until an admin gives its address, which is in no document."
	}
	in := notify.Input{Email: now.Email, Events: new(append([]string{}, now.On...)), Owner: &now.Owner, OwnerField: &now.OwnerField}
	if d.Label != "" {
		in.Label = &d.Label
	}
	if now.To.ForPeople() {
		in.Every = &now.Every
	}
	return c, a.e.Channels.Save(ctx, a.tx, a.actor, now.To, d.Name, in)
}

// losingChannel says what goes with a channel.
func (a *applier) losingChannel(ctx context.Context, name string) (string, error) {
	ch, err := a.tx.Channel(ctx, name)
	if err != nil {
		return "", err
	}
	waiting, err := a.tx.Backlogs(ctx)
	text := "Its log goes, and its address and what signs for it, which are in no file."
	if ch.Kind == fettle.ChannelEmail {
		text = "Its log goes, and its mail server if it has one of its own, which is in no file."
	}
	if n := waiting[ch.ID].Waiting; n > 0 {
		text += " " + many(n, "event waits in it, and is told to nobody.", "events wait in it, and are told to nobody.")
	}
	return text, err
}
