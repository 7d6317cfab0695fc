package engine

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/store"
)

// setRange is which entries of the change log a change set is.
type setRange struct {
	ingest.Set

	enrichment int64 // of a run
}

// origins are those of its entries; nil for all.
func (r setRange) origins() []int64 {
	if r.Origins == nil {
		return nil
	}
	out := []int64{}
	for id := range r.Origins {
		out = append(out, id)
	}
	for id := range r.Shared {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// runSlackUS is how much earlier than a run begins the search for its entries
// does: entries are numbered when they are committed, and dated before.
const runSlackUS = 3_600_000_000

// rangeOf finds the entries of a change set that is no merge.
func rangeOf(ctx context.Context, tx *store.Tx, s store.ListedSet) (r setRange, err error) {
	if r.End, err = tx.NextID(ctx, store.SeqChange); err != nil {
		return r, err
	}
	switch s.Kind {
	case store.SetImport:
		if r.Origins, err = tx.ImportOrigins(ctx, s.ID); err != nil {
			return r, err
		}
		imp, err := tx.Import(ctx, s.ID)
		r.From = imp.Counts.FirstChange
		return r, err
	case store.SetRun:
		r.enrichment, r.Run = s.Other, s.ID
		own, shared, err := tx.OriginsOfRun(ctx, s.Other, s.ID)
		if err != nil {
			return r, err
		}
		r.Origins, r.Shared = asSet(own), asSet(shared)
		began, err := tx.Run(ctx, s.ID)
		if err != nil {
			return r, err
		}
		r.From, err = tx.ChangeSince(ctx, began.StartedUS-runSlackUS)
		return r, err
	}
	c, err := tx.ChangeSet(ctx, s.ID)
	if err != nil {
		return r, err
	}
	r.From = c.FirstChange
	if c.EndChange > 0 {
		r.End = c.EndChange
	}
	if c.Kind == store.SetUpsert {
		ids, err := tx.OriginsSent(ctx, c.Name, fettle.DayOf(time.UnixMicro(c.AtUS)), fettle.DayOf(time.UnixMicro(c.EndedUS)))
		r.Origins, r.Actor = asSet(ids), c.Actor
		return r, err
	}
	if c.OriginRef == 0 {
		return r, nil
	}
	kind := store.OriginPerson // of what goes piece by piece
	if c.Kind == store.SetUndo {
		kind = store.OriginUndo
	}
	ids, err := tx.OriginsOfSets(ctx, kind, []int64{c.OriginRef})
	r.Origins = asSet(ids)
	return r, err
}

func asSet(ids []int64) map[int64]bool {
	out := make(map[int64]bool, len(ids))
	for _, id := range ids {
		out[id] = true
	}
	return out
}

// family gives the origins of the undos of a set and of their undos: they stand
// for nobody's change.
func family(ctx context.Context, tx *store.Tx, root string) (map[int64]bool, error) {
	undos, err := tx.UndosFrom(ctx, root)
	if err != nil {
		return nil, err
	}
	refs := make([]int64, len(undos))
	for i, u := range undos {
		refs[i] = u.ID
	}
	ids, err := tx.OriginsOfSets(ctx, store.OriginUndo, refs)
	return asSet(ids), err
}

// undoing is an undo that is about to be made, or goes on.
type undoing struct {
	target store.ListedSet
	of     string // the target's id
	root   string
	first  store.ListedSet // the root; zero if it is not there any more
	run    store.ListedSet // the run whose values it takes back, or gives again; zero for none
	again  bool            // an even number of undos lies between: what the root did is done again
	undo   store.ChangeSet // its ID is 0 before it begins
	sum    fettle.TakeBackView
	soFar  *ingest.UndoResult // of an import: by parts
}

// prepare finds what is to be taken back and refuses what cannot be.
func prepare(ctx context.Context, tx *store.Tx, id string) (*undoing, error) {
	s, err := findSet(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	v, err := viewSet(ctx, tx, s)
	if err != nil {
		return nil, err
	}
	if v.CannotBe != "" {
		return nil, fettle.Errorf(fettle.Refused, "%s cannot be taken back: %s", v.ID, v.CannotBe).
			WithHint("What can be taken back is listed under Undo (fettle undo list).")
	}
	u := &undoing{target: s, of: v.ID, root: v.ID}
	u.sum = fettle.TakeBackView{Of: v.ID, What: v.What, Left: []fettle.LeftValue{}, Warnings: []string{}}
	undos, err := tx.UndosOf(ctx, v.ID)
	if err != nil {
		return nil, err
	}
	for _, x := range undos {
		if x.EndedUS == 0 && x.UndoneBy == 0 { // it broke off
			u.undo = x
			if x.Result != "" {
				if err := decodeResult(x.Result, &u.sum); err != nil {
					return nil, err
				}
			}
			break
		}
	}
	return u, u.findRoot(ctx, tx)
}

// findRoot follows undos of undos to what the first of them took back.
func (u *undoing) findRoot(ctx context.Context, tx *store.Tx) error {
	at := u.target
	for at.Kind == store.SetUndo {
		u.again = !u.again
		next, err := findSet(ctx, tx, at.Detail)
		if fettle.CodeOf(err) == fettle.NotFound {
			return nil // erased since, or of a merge that another took the place of
		} else if err != nil {
			return err
		}
		at = next
	}
	u.root, u.first = store.SetID(at.Kind, at.ID), at
	if at.Kind == store.SetRun {
		u.run = at
	}
	return nil
}

// begin keeps the undo, or takes up the one that broke off.
func (u *undoing) begin(ctx context.Context, tx *store.Tx, actor fettle.Actor, nowUS int64) error {
	if u.undo.ID != 0 {
		return nil
	}
	first, err := tx.NextID(ctx, store.SeqChange)
	if err != nil {
		return err
	}
	c := store.ChangeSet{
		Kind: store.SetUndo, Of: u.of, Root: u.root, Entity: u.target.Entity, Name: u.target.Name, Actor: actor.Name, AtUS: nowUS, FirstChange: first,
	}
	if err := tx.AddChangeSet(ctx, &c); err != nil {
		return err
	}
	undos, err := tx.UndosOf(ctx, u.of) // nobody else adds one from here on
	if err != nil {
		return err
	}
	if slices.ContainsFunc(undos, func(x store.ChangeSet) bool { return x.ID != c.ID && x.UndoneBy == 0 }) {
		return takenElsewhere(u.of)
	}
	c.OriginRef = c.ID
	if err := tx.PutChangeSet(ctx, c); err != nil {
		return err
	}
	u.undo = c
	return tx.Act(ctx, actor, "undo.take", u.of, "")
}

// stillMine refuses to go on with an undo that somebody else goes on with.
func (u *undoing) stillMine(ctx context.Context, tx *store.Tx, cursor int64) error {
	now, err := tx.ChangeSet(ctx, u.undo.ID)
	if err == nil && (now.EndedUS != 0 || now.Cursor != cursor) {
		err = takenElsewhere(u.of)
	}
	return err
}

func takenElsewhere(of string) error {
	return fettle.Errorf(fettle.Refused, "%s is taken back by somebody else just now", of).WithHint("Look at what it came to under Undo (fettle undo list).")
}

// keep writes how far the undo is. At the end it says of the undo that it took
// back that this stands no more, and of what that took back that it does again.
func (u *undoing) keep(ctx context.Context, tx *store.Tx, sum fettle.TakeBackView, cursor, nowUS int64, done bool) (err error) {
	c := u.undo
	c.Cursor, c.Cells, c.Records = cursor, sum.Restored, sum.Records+sum.Deleted+sum.Recreated
	if c.Result, err = encodeResult(sum, u.soFar); err != nil {
		return err
	}
	if done {
		c.EndedUS = nowUS
		if c.EndChange, err = tx.NextID(ctx, store.SeqChange); err != nil {
			return err
		}
		if err := u.standsNoMore(ctx, tx); err != nil {
			return err
		}
	}
	return tx.PutChangeSet(ctx, c)
}

func (u *undoing) standsNoMore(ctx context.Context, tx *store.Tx) error {
	if u.target.Kind != store.SetUndo {
		return nil
	}
	c, err := tx.ChangeSet(ctx, u.target.ID)
	if err != nil {
		return err
	}
	c.UndoneBy = u.undo.ID
	if err := tx.PutChangeSet(ctx, c); err != nil {
		return err
	}
	of, err := findSet(ctx, tx, c.Of)
	if err != nil {
		if fettle.CodeOf(err) == fettle.NotFound {
			return nil
		}
		return err
	}
	if of.Kind == store.SetUndo {
		before, err := tx.ChangeSet(ctx, of.ID)
		if err != nil {
			return err
		}
		before.UndoneBy = 0
		if err := tx.PutChangeSet(ctx, before); err != nil {
			return err
		}
	}
	return u.setImport(ctx, tx)
}

// setImport says of the import at the root whether it stands.
func (u *undoing) setImport(ctx context.Context, tx *store.Tx) error {
	root, err := findSet(ctx, tx, u.root)
	if err != nil || root.Kind != store.SetImport {
		return err
	}
	return tx.SetImportStands(ctx, root.ID, u.again)
}

// decodeResult and encodeResult read and write what an undo came to.
func decodeResult(text string, v *fettle.TakeBackView) error { return json.Unmarshal([]byte(text), v) }

func encodeResult(v fettle.TakeBackView, soFar *ingest.UndoResult) (string, error) {
	v.WouldRun, v.DryRun = nil, false
	b, err := json.Marshal(importResult{v, soFar})
	return string(b), err
}

// staySpent is what was paid in the run whose values are taken back.
func (u *undoing) staySpent(ctx context.Context, tx *store.Tx) (fettle.Credits, error) {
	if u.run.ID == 0 || u.again {
		return 0, nil
	}
	b, err := tx.Balance(ctx, store.BalanceKey{Scope: store.ScopeEnrichment, Key: strconv.FormatInt(u.run.Other, 10), Per: fettle.PerRun, Start: u.run.ID})
	return b.Settled + b.Overrun, err
}
