package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/ingest"
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
	c := store.ChangeSet{Kind: store.SetEdit, Entity: entity, Actor: actor.Name, AtUS: atUS, Cells: int64(len(edits))}
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
	return keepOne(ctx, tx, c)
}

// keepOne keeps a change set that is all that the transaction has put into the
// change log. It gives its id; "" where nothing was changed.
func keepOne(ctx context.Context, tx *store.Tx, c store.ChangeSet) (string, error) {
	first, end := tx.Logged()
	if end == 0 {
		return "", nil
	}
	c.FirstChange, c.EndChange, c.EndedUS = first, end, c.AtUS
	err := tx.AddChangeSet(ctx, &c)
	return store.SetID(c.Kind, c.ID), err
}

// gatherFor is how long what one sender sends as one source is one change set.
const gatherFor = time.Minute

// keepSent keeps what a sender sent, in the set of what they sent within the minute
// before unless that was taken back. Entries are numbered in the order of their
// commits, and sets change in that order too: so the sets of a sender do not
// overlap, whichever process wrote them.
func keepSent(ctx context.Context, tx *store.Tx, up ingest.UpsertInput, records int64) (string, error) {
	_, end := tx.Logged()
	if end == 0 {
		return "", nil
	}
	c, err := tx.GatheredSet(ctx, up.Actor, up.Source)
	if err != nil {
		return "", err
	}
	id := store.SetID(store.SetUpsert, c.ID)
	undos, err := tx.UndosOf(ctx, id)
	if err != nil {
		return "", err
	}
	if c.ID == 0 || len(undos) > 0 || up.Now.Sub(time.UnixMicro(c.AtUS)) >= gatherFor {
		return keepOne(ctx, tx, store.ChangeSet{
			Kind: store.SetUpsert, Entity: up.Entity, Name: up.Source, Actor: up.Actor, AtUS: up.Now.UnixMicro(), Records: records,
		})
	}
	if c.Entity != up.Entity {
		c.Entity = ""
	}
	c.EndChange, c.Records, c.EndedUS = end, c.Records+records, max(c.EndedUS, up.Now.UnixMicro())
	return id, tx.PutChangeSet(ctx, c)
}

// piecewise keeps what goes piece by piece as one change set: a deletion, or what
// is said of many records. The origin of its entries refers to it.
type piecewise struct {
	set store.ChangeSet
}

// beginPieces keeps the set before the first piece, in a transaction of its own:
// the sequence of sets is taken behind all records.
func (e *Engine) beginPieces(ctx context.Context, actor fettle.Actor, kind, audience, how string) (*piecewise, error) {
	var d piecewise
	err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
		c := store.ChangeSet{Kind: kind, Of: how, Name: audience, Actor: actor.Name, AtUS: time.Now().UnixMicro()}
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

// origin gives the origin of what is changed as one.
func (d *piecewise) origin(ctx context.Context, tx *store.Tx, actor fettle.Actor) (int64, error) {
	s, err := standing(ctx, tx, actor)
	if err != nil {
		return 0, err
	}
	day := fettle.DayOf(time.UnixMicro(d.set.AtUS))
	return tx.OriginID(ctx, store.Origin{Kind: store.OriginPerson, Name: actor.Name, RefID: d.set.ID, Version: unaskedBy(s), Day: day})
}

// done keeps what the set is by the end of a piece.
func (d *piecewise) done(ctx context.Context, tx *store.Tx, entity fettle.Entity, n int) error {
	c := d.set
	if _, end := tx.Logged(); end != 0 {
		switch {
		case c.EndChange == 0:
			c.Entity = entity
		case c.Entity != entity:
			c.Entity = ""
		}
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

// end drops a set in which nothing was changed.
func (d *piecewise) end(ctx context.Context, e *Engine) error {
	if d.set.EndChange != 0 {
		return nil
	}
	return e.db.Update(ctx, func(tx *store.Tx) error { return tx.DropChangeSet(ctx, d.set.ID) })
}
