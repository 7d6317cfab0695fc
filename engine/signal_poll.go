package engine

import (
	"context"

	"fettle"
	"fettle/run"
	"fettle/signal"
	"fettle/store"
)

// ensurePoll gives a rule that asks a provider what it asks with: the field that
// holds what was found last, and the enrichment of its name, whose cell that is.
// It asks under all the promises of an enrichment, and is started as one.
func (e *Engine) ensurePoll(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string, def fettle.SignalRule, old store.SignalRule) (int64, error) {
	if err := pollEntity(ctx, tx, name, def); err != nil {
		return 0, err
	}
	if err := pollField(ctx, tx, actor, name, def.Entity, old.ID != 0); err != nil {
		return 0, err
	}
	asks, err := complete(signal.PollDefinition(name, def))
	if err != nil {
		return 0, err
	}
	cur, err := tx.LockEnrichment(ctx, name)
	switch {
	case fettle.CodeOf(err) == fettle.NotFound:
		err = e.createEnrichment(ctx, tx, actor, name, asks)
	case err != nil:
		return 0, err
	case cur.Definition.Poll != name:
		return 0, fettle.Errorf(fettle.Refused, "there is an enrichment %s already", name).WithHint("Choose another name: a poll has an enrichment of its own name.").With("key", "name")
	default:
		if asks.Limit == nil {
			asks.Limit = cur.Definition.Limit
		}
		err = e.editEnrichment(ctx, tx, actor, cur, asks)
	}
	if err != nil {
		return 0, err
	}
	cur, err = tx.LockEnrichment(ctx, name)
	return cur.ID, err
}

// pollEntity refuses an audience of another entity than the rule's.
func pollEntity(ctx context.Context, tx *store.Tx, name string, def fettle.SignalRule) error {
	a, err := findAudience(ctx, tx, def.Audience)
	if err != nil {
		return fettle.AsError(err).With("key", "audience")
	}
	if a.Entity != def.Entity {
		return fettle.Errorf(fettle.Invalid, "%s is about %s, and %s holds %s", name, def.Entity, a.Name, a.Entity).
			WithHint("Name an audience of %s.", def.Entity).With("key", "audience")
	}
	return nil
}

// pollField makes the field that holds what a poll found last.
func pollField(ctx context.Context, tx *store.Tx, actor fettle.Actor, name string, entity fettle.Entity, ours bool) error {
	key := signal.PollField(name)
	if err := fettle.CheckFieldKey(key); err != nil {
		return fettle.AsError(err).With("key", "name")
	}
	_, err := tx.Field(ctx, entity, key)
	switch {
	case err == nil && !ours:
		return fettle.Errorf(fettle.Refused, "there is a field %s already", key).WithHint("Choose another name: what a poll found last is kept in a field of its name.").With("key", "name")
	case err == nil || fettle.CodeOf(err) != fettle.NotFound:
		return err
	}
	_, err = addField(ctx, tx, actor, fettle.Field{Entity: entity, Key: key, Label: name, Type: fettle.Text, Description: "What " + name + " found last."})
	return err
}

// pollUnused refuses to delete a rule by which an enrichment still asks.
func pollUnused(ctx context.Context, tx *store.Tx, x store.SignalRule) error {
	if x.Detect != fettle.DetectPoll {
		return nil
	}
	if _, err := tx.LockEnrichment(ctx, x.Name); fettle.CodeOf(err) == fettle.NotFound {
		return nil
	} else if err != nil {
		return err
	}
	return fettle.Errorf(fettle.Refused, "the enrichment %s asks for this signal", x.Label).WithHint("Delete it first (fettle enrichment delete %s).", x.Name)
}

// notByHand refuses a change of a poll's enrichment that is not its rule's. Its
// limit, start, pause and deletion are as of any other.
func notByHand(cur store.Enrichment, def fettle.Definition) error {
	if cur.Definition.Poll == "" || def.Poll == cur.Definition.Poll {
		return nil
	}
	return fettle.Errorf(fettle.Refused, "%s asks for the signal %s, and is changed with it", cur.Label, cur.Definition.Poll).
		WithHint("Change the signal rule (kind: Signal, fettle apply -f FILE).")
}

// pauseAsking pauses the enrichment of a rule that is paused: checks of which
// nobody reads the answers would be paid for nothing. Who resumes the rule starts
// them again by themselves, since that spends.
func (e *Engine) pauseAsking(ctx context.Context, tx *store.Tx, actor fettle.Actor, x store.SignalRule) error {
	if x.Detect != fettle.DetectPoll {
		return nil
	}
	cur, err := tx.LockEnrichment(ctx, x.Name)
	if fettle.CodeOf(err) == fettle.NotFound || err == nil && cur.State != fettle.Live {
		return nil
	}
	if err != nil {
		return err
	}
	if err := run.PauseTx(ctx, tx, &cur, fettle.PausedByPerson, "its signal rule was paused by "+actor.Name, 0); err != nil {
		return err
	}
	if err := e.Channels.Raise(ctx, tx, run.PausedBy(cur, actor.Name)); err != nil {
		return err
	}
	return tx.Act(ctx, actor, "enrichment.pause", x.Name, "with its signal rule")
}
