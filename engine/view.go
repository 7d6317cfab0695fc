package engine

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"fettle"
	"fettle/internal/asread"
	"fettle/store"
)

// maxLook is the largest look of a view, in bytes of its JSON: all the columns there
// can be, with their widths.
const maxLook = 128 << 10

// maxViews is the most views that somebody has of one entity or audience.
const maxViews = 200

// ViewInput says what a view is to be; nil leaves it as it is.
type ViewInput struct {
	Name   *string
	Shared *bool
	Look   *fettle.Look
}

// Views lists the saved views of an entity or an audience: one's own and everybody's.
func (e *Engine) Views(ctx context.Context, actor fettle.Actor, entity fettle.Entity, audience string) ([]fettle.SavedView, error) {
	out := []fettle.SavedView{}
	if err := actor.Require(fettle.Viewer, "see views"); err != nil {
		return nil, err
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		entity, _, err := e.scope(ctx, tx, entity, audience)
		if err != nil {
			return err
		}
		found, err := tx.Views(ctx, entity, audience, actor.Name)
		if err != nil {
			return err
		}
		for _, v := range found {
			one, err := shownView(v)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return nil
	})
	return out, err
}

// AddView keeps a view under a name. Everybody's are the editors' to keep.
func (e *Engine) AddView(ctx context.Context, actor fettle.Actor, entity fettle.Entity, audience string, in ViewInput) (out fettle.SavedView, err error) {
	if err := actor.Require(fettle.Viewer, "keep views"); err != nil {
		return out, err
	}
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		entity, _, err := e.scope(ctx, tx, entity, audience)
		if err != nil {
			return err
		}
		has, err := tx.Views(ctx, entity, audience, actor.Name)
		if err != nil {
			return err
		}
		if len(has) >= maxViews {
			return fettle.Errorf(fettle.Refused, "there are %d views of it", len(has)).WithHint("Delete one that nobody needs.")
		}
		v := store.View{Entity: entity, Audience: audience, Owner: actor.Name, MadeBy: actor.Name, Look: "{}"}
		if v.ID, err = tx.NextIDs(ctx, store.SeqMisc, 1); err != nil {
			return err
		}
		if in.Name == nil {
			in.Name = new(string)
		}
		out, err = putView(ctx, tx, actor, v, in)
		return err
	})
	return out, err
}

// ChangeView changes a view: one's own, or as an editor everybody's.
func (e *Engine) ChangeView(ctx context.Context, actor fettle.Actor, id int64, in ViewInput) (out fettle.SavedView, err error) {
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		if err := unchanged(ctx, tx, asread.View, strconv.FormatInt(id, 10)); err != nil {
			return err
		}
		v, err := ownView(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		tx.After(func() { e.events.Publish("view", strconv.FormatInt(id, 10)) })
		out, err = putView(ctx, tx, actor, v, in)
		return err
	})
	return out, err
}

// DeleteView takes a view away: one's own, or as an editor everybody's.
func (e *Engine) DeleteView(ctx context.Context, actor fettle.Actor, id int64) error {
	return e.db.Update(ctx, func(tx *store.Tx) error {
		if _, err := ownView(ctx, tx, actor, id); err != nil {
			return err
		}
		tx.After(func() { e.events.Publish("view", strconv.FormatInt(id, 10)) })
		return tx.DeleteView(ctx, id)
	})
}

// ownView finds a view that the actor may change. That others keep one for
// themselves is not told.
func ownView(ctx context.Context, tx *store.Tx, actor fettle.Actor, id int64) (store.View, error) {
	if err := actor.Require(fettle.Viewer, "keep views"); err != nil {
		return store.View{}, err
	}
	v, err := tx.View(ctx, id)
	switch {
	case err != nil:
		return v, err
	case v.Owner == "":
		return v, actor.Require(fettle.Editor, "change views that everybody has")
	case v.Owner != actor.Name:
		return v, fettle.Errorf(fettle.NotFound, "there is no view %d", id).WithHint("It may have been deleted: choose one of the list.")
	}
	return v, nil
}

func putView(ctx context.Context, tx *store.Tx, actor fettle.Actor, v store.View, in ViewInput) (out fettle.SavedView, err error) {
	if in.Name != nil {
		if v.Name, err = fettle.ViewName(*in.Name); err != nil {
			return out, err
		}
	}
	if in.Shared != nil && *in.Shared != (v.Owner == "") {
		if err := actor.Require(fettle.Editor, "keep views for everybody"); err != nil {
			return out, err
		}
		if v.Owner = actor.Name; *in.Shared {
			v.Owner = ""
		}
	}
	if in.Look != nil {
		text, err := json.Marshal(in.Look)
		if err != nil {
			return out, err
		}
		if len(text) > maxLook {
			return out, fettle.Errorf(fettle.Invalid, "a view of %d bytes", len(text)).WithHint("Make its filter shorter.")
		}
		v.Look = string(text)
	}
	v.UpdatedUS = time.Now().UnixMicro()
	if err := tx.PutView(ctx, v); err != nil {
		return out, err
	}
	return shownView(v)
}

// editedView is what people edit of a view.
func editedView(v store.View) []any { return []any{v.ID, v.Owner, v.Name, v.Look} }

func shownView(v store.View) (fettle.SavedView, error) {
	out := fettle.SavedView{
		ID: v.ID, Entity: v.Entity, Audience: v.Audience, Name: v.Name, Shared: v.Owner == "", MadeBy: v.MadeBy, UpdatedAt: time.UnixMicro(v.UpdatedUS).UTC(),
		ETag: asread.Tag(editedView(v)...),
	}
	return out, json.Unmarshal([]byte(v.Look), &out.Look)
}
