package engine

import (
	"context"
	"strconv"
	"strings"

	"fettle"
	"fettle/deliver"
	"fettle/internal/asread"
	"fettle/store"
)

// Tag names what people edit of a thing that is read alone, as it stands.
func (e *Engine) Tag(ctx context.Context, actor fettle.Actor, of asread.Kind, name string) (tag string, err error) {
	if err := actor.Require(fettle.Viewer, "see this"); err != nil {
		return "", err
	}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		_, edited, err := editedOf(ctx, tx, of, name)
		tag = asread.Tag(edited...)
		return err
	})
	return tag, err
}

// unchanged refuses an edit of a thing that is not as its tag says. Of two such edits
// at once the second looks when the first is written.
func unchanged(ctx context.Context, tx *store.Tx, of asread.Kind, name string) error {
	if !asread.Asked(ctx, of, name) {
		return nil
	}
	if err := tx.LockEdits(ctx); err != nil {
		return err
	}
	called, edited, err := editedOf(ctx, tx, of, name)
	if err != nil {
		return err
	}
	return asread.Check(ctx, of, name, called, edited...)
}

// labelled are the kinds of what has a label.
func labelled(of store.Labelled) asread.Kind {
	switch of {
	case store.LabelledAudience:
		return asread.Audience
	case store.LabelledEnrichment:
		return asread.Enrichment
	case store.LabelledSignal:
		return asread.SignalRule
	case store.LabelledChannel, store.LabelledDestination, store.LabelledSource:
	}
	return ""
}

// editedOf is what people edit of a thing, and what they call it.
func editedOf(ctx context.Context, tx *store.Tx, of asread.Kind, name string) (called string, edited []any, err error) {
	switch of {
	case asread.Audience:
		a, err := tx.Audience(ctx, name)
		return a.Label, []any{a.ID, a.Label, a.Entity, a.Where, a.Description}, err
	case asread.SignalRule:
		r, err := tx.SignalRule(ctx, name)
		return r.Label, []any{r.ID, r.Label, r.SignalRule}, err
	case asread.Destination:
		d, err := tx.Destination(ctx, name)
		return d.Label, deliver.Edited(d), err
	case asread.Field:
		entity, key, _ := strings.Cut(name, "/")
		f, err := tx.Field(ctx, fettle.Entity(entity), key)
		return f.Label, []any{f}, err
	case asread.View:
		id, err := strconv.ParseInt(name, 10, 64)
		if err != nil {
			return "", nil, err
		}
		v, err := tx.View(ctx, id)
		return v.Name, editedView(v), err
	case asread.Connection:
		provider, connection, err := fettle.CutConnection(name)
		if err != nil {
			return "", nil, err
		}
		c, _, err := tx.Connection(ctx, provider, connection)
		return name, []any{c.UpdatedAtUS}, err
	case asread.Enrichment:
		x, err := tx.Enrichment(ctx, name)
		return x.Label, []any{x.ID, x.Label, x.Definition}, err
	case asread.Channel:
	}
	return "", nil, fettle.Errorf(fettle.Internal, "a %s has no tag here", of)
}
