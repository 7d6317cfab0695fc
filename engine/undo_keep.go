package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// keepUnmerge keeps that a merge was taken apart as an undo of it, which is all
// that the transaction has put into the change log. It gives the undo's id.
func keepUnmerge(ctx context.Context, tx *store.Tx, actor fettle.Actor, m store.Merge) (string, error) {
	of := store.SetID(store.SetMerge, m.ID)
	c := store.ChangeSet{
		Kind: store.SetUndo, Of: of, Root: of, Entity: m.Entity, Actor: actor.Name, AtUS: m.UndoneUS, EndedUS: m.UndoneUS, Records: 2,
	}
	c.FirstChange, c.EndChange = tx.Logged()
	err := tx.AddChangeSet(ctx, &c)
	return store.SetID(store.SetUndo, c.ID), err
}

// keepEdit keeps edits as one change set, which is all that the transaction has put
// into the change log. It gives its id; "" where nothing was changed.
func keepEdit(ctx context.Context, tx *store.Tx, actor fettle.Actor, entity fettle.Entity, edits []Edit, atUS int64) (string, error) {
	first, end := tx.Logged()
	if end == 0 {
		return "", nil
	}
	c := store.ChangeSet{
		Kind: store.SetEdit, Entity: entity, Actor: actor.Name, AtUS: atUS, EndedUS: atUS, FirstChange: first, EndChange: end, Cells: int64(len(edits)),
	}
	records := map[int64]bool{}
	for i, d := range edits {
		records[d.Record] = true
		if i == 0 {
			c.Name = d.Field
		} else if c.Name != d.Field {
			c.Name = ""
		}
	}
	c.Records = int64(len(records))
	err := tx.AddChangeSet(ctx, &c)
	return store.SetID(store.SetEdit, c.ID), err
}

// deleting keeps a deletion that goes piece by piece as one change set. The
// origin of its entries refers to it.
type deleting struct {
	set store.ChangeSet
}

// beginDeletion keeps the set before the first piece, in a transaction of its own:
// the sequence of sets is taken behind all records.
func (e *Engine) beginDeletion(ctx context.Context, actor fettle.Actor, audience string, erase bool) (*deleting, error) {
	var d deleting
	err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
		c := store.ChangeSet{Kind: store.SetDelete, Name: audience, Actor: actor.Name, AtUS: time.Now().UnixMicro()}
		if erase {
			c.Of = erasedSet
		}
		if c.FirstChange, err = tx.NextID(ctx, store.SeqChange); err != nil {
			return err
		}
		if err := tx.AddChangeSet(ctx, &c); err != nil {
			return err
		}
		c.OriginRef = c.ID
		d.set = c
		return tx.PutChangeSet(ctx, c)
	})
	return &d, err
}

// origin gives the origin of what is deleted as one.
func (d *deleting) origin(ctx context.Context, tx *store.Tx, actor fettle.Actor) (int64, error) {
	s, err := standing(ctx, tx, actor)
	if err != nil {
		return 0, err
	}
	day := fettle.DayOf(time.UnixMicro(d.set.AtUS))
	return tx.OriginID(ctx, store.Origin{Kind: store.OriginPerson, Name: actor.Name, RefID: d.set.ID, Version: unaskedBy(s), Day: day})
}

// done keeps what the set is by the end of a piece.
func (d *deleting) done(ctx context.Context, tx *store.Tx, n int) error {
	c := d.set
	if _, end := tx.Logged(); end != 0 {
		c.EndChange = end
	}
	c.Records += int64(n)
	c.EndedUS = c.AtUS
	if err := tx.PutChangeSet(ctx, c); err != nil {
		return err
	}
	tx.After(func() { d.set = c })
	return nil
}

// end drops the set of a deletion that deleted nothing.
func (d *deleting) end(ctx context.Context, e *Engine) error {
	if d.set.EndChange != 0 {
		return nil
	}
	return e.db.Update(ctx, func(tx *store.Tx) error { return tx.DropChangeSet(ctx, d.set.ID) })
}
