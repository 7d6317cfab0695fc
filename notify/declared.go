package notify

import (
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// unaddressed reports whether nobody has given the address of a channel yet, which
// no document has. It is told nothing: what happens meanwhile does not wait for it.
func unaddressed(ch store.Channel) bool {
	return ch.Kind != fettle.ChannelEmail && len(ch.Sealed) == 0
}

// reseal seals what is secret of a channel that is changed. What signs for a webhook
// is made where it gets its first address; made tells it, once.
func (c *Channels) reseal(ch *store.Channel, s *secrets) (made string, err error) {
	if unaddressed(*ch) && s.URL == "" {
		return "", nil
	}
	if ch.Kind == fettle.ChannelWebhook && s.Secret == "" {
		if !unaddressed(*ch) {
			return "", fettle.Errorf(fettle.Refused, "the signing secret of %s cannot be read with this key", ch.Name).WithHint("Give one with it (--secret).")
		}
		made = NewSecret()
		s.Secret = made
	}
	ch.Sealed, err = c.seal(ch.ID, *s)
	return made, err
}

// Save makes or changes a channel as a document says. What is secret of it stays as
// it is; one that is made has no address.
func (c *Channels) Save(ctx context.Context, tx *store.Tx, actor fettle.Actor, kind fettle.ChannelKind, name string, in Input) error {
	if err := may(actor); err != nil {
		return err
	}
	ch, err := c.locked(ctx, tx, name)
	fresh := fettle.CodeOf(err) == fettle.NotFound
	switch {
	case fresh:
		ch = store.Channel{Name: name, Kind: kind, EveryUS: time.Duration(fettle.GatherFor).Microseconds(), Events: []string{}, MadeBy: actor.Name, CreatedUS: time.Now().UnixMicro()}
	case err != nil:
		return err
	case ch.Kind != kind:
		return fettle.Errorf(fettle.Refused, "%s is a channel of the kind %s", ch.Label, ch.Kind).WithHint("Declare another channel for %s, or delete that one first.", kind).With("key", "to")
	}
	was := ch.Events
	if err := c.fill(&ch, &secrets{}, in); err != nil {
		return err
	}
	if err := checkAudiences(ctx, tx, was, ch.Events); err != nil {
		return fettle.AsError(err).With("key", "on")
	}
	if err := checkOwnerField(ctx, tx, ch); err != nil {
		return err
	}
	return c.write(ctx, tx, actor, ch, fresh, in.Label)
}

// write writes a channel that a document declares.
func (c *Channels) write(ctx context.Context, tx *store.Tx, actor fettle.Actor, ch store.Channel, fresh bool, label *string) (err error) {
	action := "channel.set"
	if fresh {
		action = "channel.add"
		if ch.ID, err = tx.NextIDs(ctx, store.SeqMisc, 1); err != nil {
			return err
		}
		if ch.Kind == fettle.ChannelEmail {
			if ch.Sealed, err = c.seal(ch.ID, secrets{}); err != nil {
				return err
			}
		}
		err = tx.AddChannel(ctx, ch)
	} else {
		err = tx.PutChannel(ctx, ch)
	}
	if err != nil {
		return err
	}
	if label != nil {
		if err := tx.PutLabel(ctx, store.LabelledChannel, ch.Name, ch.Label); err != nil {
			return err
		}
	}
	if err := tx.KeepWatches(ctx); err != nil {
		return err
	}
	tx.After(func() { c.cfg.Events.Publish("channel", ch.Name) })
	return tx.Act(ctx, actor, action, ch.Name, string(ch.Kind)+" by a document")
}
