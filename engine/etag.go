package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"fettle"
	"fettle/store"
)

// Changed is the detail of the refusal of an edit whose thing was changed since it
// was read.
const Changed = "changed"

type matchKey struct{}

type match struct {
	of        store.Labelled
	name, tag string
}

// Matching has the edits that are made with the context refused unless the thing is
// as it was when tag was given: nobody's change is written over unseen. It is judged
// in the transaction that writes.
func Matching(ctx context.Context, of store.Labelled, name, tag string) context.Context {
	return context.WithValue(ctx, matchKey{}, match{of, name, tag})
}

// Tag names what people edit of a thing as it stands: it is another one after every
// edit, and only then.
func (e *Engine) Tag(ctx context.Context, actor fettle.Actor, of store.Labelled, name string) (tag string, err error) {
	if err := actor.Require(fettle.Viewer, "see this"); err != nil {
		return "", err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		tag, err = tagOf(ctx, tx, of, name)
		return err
	})
	return tag, err
}

// unchanged refuses an edit of a thing that is not as its tag says.
func unchanged(ctx context.Context, tx *store.Tx, of store.Labelled, name string) error {
	m, ok := ctx.Value(matchKey{}).(match)
	if !ok || m.of != of || m.name != name {
		return nil
	}
	tag, err := tagOf(ctx, tx, of, name)
	if err != nil || tag == m.tag {
		return err
	}
	return fettle.Errorf(fettle.Refused, "%s was changed by someone else since it was read here", name).
		WithHint("Load it again, look at what is different, and make your change once more.").With(Changed, true)
}

func tagOf(ctx context.Context, tx *store.Tx, of store.Labelled, name string) (string, error) {
	var edited any
	switch of {
	case store.LabelledAudience:
		a, err := tx.Audience(ctx, name)
		if err != nil {
			return "", err
		}
		edited = []any{a.ID, a.Label, a.Entity, a.Where, a.Description}
	case store.LabelledSignal:
		r, err := tx.SignalRule(ctx, name)
		if err != nil {
			return "", err
		}
		edited = []any{r.ID, r.Label, r.SignalRule}
	default:
		x, err := tx.Enrichment(ctx, name)
		if err != nil {
			return "", err
		}
		edited = []any{x.ID, x.Label, x.Definition}
	}
	text, err := json.Marshal(edited)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12]), nil
}
