package engine

import (
	"cmp"
	"context"

	"fettle"
	"fettle/internal/label"
	"fettle/store"
)

// Naming is what something new is to be called, or which one is meant. A label
// without a name makes the name of it; "" as the label leaves it as it is.
type Naming struct {
	Name  string
	Label string
	New   bool // it must not be there yet
}

// checked gives the naming with a label as it is kept.
func (n Naming) checked(kind string) (Naming, error) {
	if n.Name == "" && n.Label == "" {
		return n, fettle.Errorf(fettle.Invalid, "it has neither a label nor a name").WithHint("Give it a label, such as House Democrats.").With("key", "label")
	}
	if n.Name == "" {
		n.New = true
	} else if err := fettle.CheckName(kind, n.Name); err != nil {
		return n, err
	}
	if n.Label == "" {
		return n, nil
	}
	var err error
	n.Label, err = label.Check(n.Label)
	return n, err
}

// named gives the name: its own, or one that is free in all of the tables.
func (n Naming) named(ctx context.Context, tx *store.Tx, kind string, of ...store.Labelled) (string, error) {
	taken := func(name string) (bool, error) {
		for _, t := range of {
			if is, err := tx.Named(ctx, t, name); is || err != nil {
				return is, err
			}
		}
		return false, nil
	}
	if n.Name == "" {
		return label.Name(n.Label, kind, taken)
	}
	if n.New {
		is, err := tx.Named(ctx, of[0], n.Name)
		if err == nil && is {
			err = fettle.Errorf(fettle.Refused, "there is already %s named %s", article(kind), n.Name).WithHint("Leave the name out: one is made of the label.").With("key", "name")
		}
		return n.Name, err
	}
	return n.Name, nil
}

func article(kind string) string {
	if kind == "audience" || kind == "enrichment" {
		return "an " + kind
	}
	return "a " + kind
}

// Rename gives something another label. Its name stays: it is a key elsewhere, and
// limits and charges go by it.
func (e *Engine) Rename(ctx context.Context, actor fettle.Actor, of store.Labelled, name, to string) error {
	if err := actor.Require(fettle.Editor, "rename"); err != nil {
		return err
	}
	to, err := label.Check(to)
	if err != nil {
		return err
	}
	kind := ""
	err = e.db.Update(ctx, func(tx *store.Tx) (err error) {
		if err = unchanged(ctx, tx, labelled(of), name); err != nil {
			return err
		}
		if kind, err = e.rename(ctx, tx, of, name, to); err != nil {
			return err
		}
		return tx.Act(ctx, actor, kind+".rename", name, to)
	})
	if err == nil {
		e.events.Publish(kind, name)
	}
	return err
}

func (e *Engine) rename(ctx context.Context, tx *store.Tx, of store.Labelled, name, to string) (kind string, err error) {
	switch of {
	case store.LabelledAudience:
		kind = "audience"
		_, err = findAudience(ctx, tx, name)
	case store.LabelledSignal:
		kind = "signal"
		err = renamePoll(ctx, tx, name, to)
	case store.LabelledEnrichment:
		kind = "enrichment"
		var cur store.Enrichment
		if cur, err = tx.LockEnrichment(ctx, name); err == nil && cur.Definition.Poll != "" {
			err = fettle.Errorf(fettle.Refused, "%s asks for the signal %s, and is called as that is", cur.Label, cur.Definition.Poll).WithHint("Rename the signal.")
		}
	default:
		return "", fettle.Errorf(fettle.Invalid, "%s have no labels here", of)
	}
	if err != nil {
		return kind, err
	}
	return kind, tx.PutLabel(ctx, of, name, to)
}

// renamePoll has the enrichment of a rule that asks be called as the rule is.
func renamePoll(ctx context.Context, tx *store.Tx, name, to string) error {
	x, err := tx.SignalRule(ctx, name)
	if err != nil || x.Enrichment == 0 {
		return err
	}
	return tx.PutLabel(ctx, store.LabelledEnrichment, name, to)
}

// setLabels is what people call what each change set is of: a run's enrichment.
func setLabels(ctx context.Context, tx *store.Tx, sets []store.ListedSet) ([]string, error) {
	out := make([]string, len(sets))
	known := map[int64]string{}
	for i, s := range sets {
		out[i] = s.Name
		if s.Kind != store.SetRun || s.Name == "" {
			continue
		}
		if known[s.Other] == "" {
			cur, err := tx.EnrichmentByID(ctx, s.Other)
			if err != nil && fettle.CodeOf(err) != fettle.NotFound {
				return nil, err
			}
			known[s.Other] = cmp.Or(cur.Label, s.Name)
		}
		out[i] = known[s.Other]
	}
	return out, nil
}
