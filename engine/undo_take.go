package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/rights"
	"fettle/store"
)

// TakeBack takes a change set back: values become what they were, records come
// back or go. What was changed since stays, and is listed. It is judged as every
// change that may open rows: what it would put into live enrichments is priced,
// and asked about. Taking an undo back does the thing again.
//
// What a run bought stays paid, and is bought for nobody again until a person
// reruns it. It goes piece by piece, and goes on where it broke off.
func (e *Engine) TakeBack(ctx context.Context, actor fettle.Actor, id string, dry, confirm bool) (fettle.TakeBackView, error) {
	s, err := e.may(ctx, actor, "takeBack")
	if err != nil {
		return fettle.TakeBackView{}, err
	}
	var u *undoing
	if err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		u, err = prepare(ctx, tx, id)
		return err
	}); err != nil {
		return fettle.TakeBackView{}, err
	}
	switch u.target.Kind {
	case store.SetImport:
		return e.takeImport(ctx, actor, u, dry, confirm)
	case store.SetMerge:
		return e.takeMerge(ctx, actor, u, dry, confirm)
	}
	return e.takeSet(ctx, actor, s, u, dry, confirm)
}

// takeSet takes back what the change log alone tells.
func (e *Engine) takeSet(ctx context.Context, actor fettle.Actor, s rights.Standing, u *undoing, dry, confirm bool) (fettle.TakeBackView, error) {
	from := store.Origin{Kind: store.OriginUndo, Version: store.AskedEdit}
	if dry || !confirm || !unasked(s, confirm) {
		would, into, err := e.takeDry(ctx, u)
		if err != nil {
			return would, err
		}
		if dry {
			would.WouldRun, err = e.wouldRun(ctx, into)
			return would, err
		}
		if !confirm {
			if _, err := e.quietSpend(ctx, actor, s, into, false, ""); err != nil {
				return would, fettle.AsError(err).With("undo", would)
			}
			return would, confirmUndo(would)
		}
		answered, err := e.quietRecords(ctx, actor, s, into, true, "")
		if err != nil {
			return would, err
		}
		if answered {
			from.Version = store.Answered
		}
	}
	return e.takeNow(ctx, actor, u, from)
}

// confirmUndo asks whether to take something back, with what that would do.
func confirmUndo(would fettle.TakeBackView) error {
	text := fmt.Sprintf("this takes back %s (%s): %s", would.Of, would.What, would)
	if len(would.Warnings) > 0 {
		text += "; " + strings.Join(would.Warnings, "; ")
	}
	return fettle.Errorf(fettle.Confirm, "%s", text).WithHint("Confirm to go ahead (--yes).").With("undo", would)
}

// takeDry goes through a change set without writing, and prices what taking it
// back would put into live enrichments.
func (e *Engine) takeDry(ctx context.Context, u *undoing) (fettle.TakeBackView, entering, error) {
	sum := u.sum
	sum.DryRun = true
	watches := map[fettle.Entity]*watch{}
	all := entering{}
	for _, entity := range fettle.Entities() {
		w, err := e.watchEntering(ctx, entity)
		if err != nil {
			return sum, nil, err
		}
		if w != nil {
			w.source, watches[entity] = store.Origin{Kind: store.OriginUndo}.Label(), w
		}
	}
	in := ingest.TakeBackInput{DryRun: true, Cursor: u.undo.Cursor, Now: time.Now(), Gone: map[int64]bool{}}
	for done := false; !done; {
		var piece ingest.TakeBackResult
		err := e.db.View(ctx, func(tx *store.Tx) (err error) {
			if err = u.fill(ctx, tx, &in); err != nil {
				return err
			}
			piece, err = ingest.TakeBack(ctx, tx, in)
			return err
		})
		if err != nil {
			return sum, nil, err
		}
		addPiece(&sum, piece)
		for _, g := range piece.Would {
			if w := watches[g.Entity]; w != nil {
				if err := w.batch(ctx, g.Fields, g.Records); err != nil {
					return sum, nil, err
				}
			}
		}
		in.Cursor, done = piece.Cursor, piece.Done
	}
	for _, w := range watches {
		for name, t := range w.entering {
			all.add(name, t)
		}
	}
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		sum.CreditsStaySpent, err = u.staySpent(ctx, tx)
		return err
	})
	return u.warned(sum), all, err
}

// fill says which entries are taken back, and how.
func (u *undoing) fill(ctx context.Context, tx *store.Tx, in *ingest.TakeBackInput) error {
	if in.Set.End != 0 {
		return nil // it was found before; what is written since is not of it
	}
	r, err := rangeOf(ctx, tx, u.target)
	if err != nil {
		return err
	}
	if r.Family, err = family(ctx, tx, u.root); err != nil {
		return err
	}
	for id := range r.Origins { // what is taken back is no neutral undo
		delete(r.Family, id)
	}
	if u.run.ID != 0 {
		in.Cells, in.Restore, in.Enrich = !u.again, u.again, u.run.Other
	}
	in.Set, in.Undo, in.Again = r.Set, u.undo.ID, u.again
	if u.first.Kind == store.SetUpsert || u.first.Kind == store.SetAdd {
		in.Source = u.first.Name
	}
	if u.target.Kind == store.SetSplit {
		in.Split, err = strconv.ParseInt(u.target.Detail, 10, 64)
	}
	return err
}

// takeNow writes.
func (e *Engine) takeNow(ctx context.Context, actor fettle.Actor, u *undoing, from store.Origin) (fettle.TakeBackView, error) {
	begun := time.Now()
	err := e.db.Update(ctx, func(tx *store.Tx) error {
		x := *u
		if err := x.begin(ctx, tx, actor, begun.UnixMicro()); err != nil {
			return err
		}
		tx.After(func() { *u = x })
		return nil
	})
	if err != nil {
		return u.sum, err
	}
	from.Name, from.RefID, from.Day = "undo of "+u.of, u.undo.ID, fettle.DayOf(time.UnixMicro(u.undo.AtUS))
	in := ingest.TakeBackInput{Actor: actor.Name, Cursor: u.undo.Cursor}
	for done := false; !done; {
		sum := u.sum
		next := in
		err := e.db.Update(ctx, func(tx *store.Tx) (err error) {
			next, sum = in, u.sum
			next.Now = time.Now()
			if err := u.stillMine(ctx, tx, in.Cursor); err != nil {
				return err
			}
			if next.Origin, err = tx.OriginID(ctx, from); err != nil {
				return err
			}
			if err := u.fill(ctx, tx, &next); err != nil {
				return err
			}
			piece, err := ingest.TakeBack(ctx, tx, next)
			if err != nil {
				return err
			}
			addPiece(&sum, piece)
			if done = piece.Done; done {
				if sum.CreditsStaySpent, err = u.staySpent(ctx, tx); err != nil {
					return err
				}
				sum = u.warned(sum)
				if err := u.apart(ctx, tx, actor); err != nil {
					return err
				}
			}
			next.Cursor = piece.Cursor
			sum.ID = store.SetID(store.SetUndo, u.undo.ID)
			return u.keep(ctx, tx, sum, piece.Cursor, next.Now.UnixMicro(), done)
		})
		if err != nil {
			return u.sum, err
		}
		u.sum, in = sum, next
	}
	e.setTaken(ctx, u.of)
	return u.sum, nil
}

// apart says of two records that one was split off the other, or became part of it
// again, whether they are kept apart: as the split did.
func (u *undoing) apart(ctx context.Context, tx *store.Tx, actor fettle.Actor) error {
	if u.first.Kind != store.SetSplit {
		return nil
	}
	r, err := rangeOf(ctx, tx, u.first)
	if err != nil {
		return err
	}
	made, err := tx.SetEntries(ctx, r.End, r.From, nil, shownOfSet)
	if err != nil {
		return err
	}
	from, err := strconv.ParseInt(u.first.Detail, 10, 64)
	if err != nil {
		return err
	}
	for _, c := range made {
		if c.Kind != store.ChangeCreate {
			continue
		}
		pair := store.Ordered(from, c.Record)
		d, found, err := tx.DuplicateOf(ctx, pair)
		if err != nil || !found {
			return err
		}
		if d.State = fettle.DuplicateOpen; u.again {
			d.State = fettle.DuplicateApart
		}
		d.Actor, d.DecidedUS = actor.Name, time.Now().UnixMicro()
		if err := tx.DecideDuplicate(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// setTaken has pages and followers look again.
func (e *Engine) setTaken(ctx context.Context, of string) {
	e.duplicatesChanged(ctx)
	e.events.Publish("undo", of)
	e.snapshotLater(ctx)
}

func addPiece(sum *fettle.TakeBackView, p ingest.TakeBackResult) {
	sum.Restored += p.Restored
	sum.Blanked += p.Blanked
	sum.Records += p.Records
	sum.Deleted += p.Deleted
	sum.Recreated += p.Recreated
	sum.Unmerged += p.Unmerged
	sum.Merged += p.Merged
	sum.Erased += p.Erased
	sum.Bought += p.Bought
	sum.LeftCount += p.LeftCount
	if room := ingest.MostLeft - len(sum.Left); room > 0 {
		sum.Left = append(sum.Left, p.Left[:min(room, len(p.Left))]...)
	}
}

// warned adds what a person is to know before, or after. Of what was erased the
// change log has nothing: a deletion is short of it.
func (u *undoing) warned(sum fettle.TakeBackView) fettle.TakeBackView {
	sum.Warnings = []string{}
	if u.target.Kind == store.SetDelete {
		sum.Erased = max(sum.Erased, u.target.Recs-sum.Recreated-sum.LeftCount+sum.Erased)
	}
	if sum.Erased > 0 {
		sum.Warnings = append(sum.Warnings, many(sum.Erased, "record was", "records were")+" erased: nothing of them is left that could come back")
	}
	if sum.Bought > 0 {
		sum.Warnings = append(sum.Warnings, boughtStays(sum.Bought))
	}
	if sum.CreditsStaySpent > 0 {
		sum.Warnings = append(sum.Warnings, "what was spent stays spent: "+sum.CreditsStaySpent.Words()+", and nothing is bought again unless you rerun it, which asks the provider anew and is paid anew")
	}
	return sum
}

func boughtStays(n int64) string {
	return many(n, "value", "values") + " that were bought for its records stay bought, and come back with them"
}

// takeMerge takes two records apart that a person made one.
func (e *Engine) takeMerge(ctx context.Context, actor fettle.Actor, u *undoing, dry, confirm bool) (fettle.TakeBackView, error) {
	sum := u.sum
	sum.Unmerged, sum.DryRun = 1, dry
	if dry || !confirm {
		err := e.db.View(ctx, func(tx *store.Tx) error { return ingest.CanUndoMerge(ctx, tx, u.target.ID) })
		if err != nil || dry {
			return sum, err
		}
		return sum, confirmUndo(sum)
	}
	v, err := e.UnmergeRecords(ctx, actor, u.target.ID, true, false)
	sum.ID = v.Undo
	return sum, err
}

// takeImport takes an import back: see UndoImport.
func (e *Engine) takeImport(ctx context.Context, actor fettle.Actor, u *undoing, dry, confirm bool) (fettle.TakeBackView, error) {
	view, err := e.undoImport(ctx, actor, u.target.ID, dry || !confirm)
	if err != nil {
		return u.sum, err
	}
	x := view.Undo
	sum := importTaken(u.sum, ingest.UndoResult{
		Restored: x.Restored, Blanked: x.Blanked, Deleted: x.Deleted, Reduced: x.Reduced, Companies: x.Companies, Unmerged: x.Unmerged, Kept: x.Kept, Left: x.Left,
	}, x.ID)
	sum.DryRun = dry
	if x.Bought > 0 {
		sum.Warnings = append(sum.Warnings, boughtStays(x.Bought))
	}
	if !dry && !confirm {
		return sum, confirmUndo(sum)
	}
	if !dry {
		e.importUndone(ctx, view.ID)
		e.events.Publish("undo", u.of)
	}
	return sum, nil
}

// importUndone has pages and followers look at what an undone import left.
func (e *Engine) importUndone(ctx context.Context, id int64) {
	e.recordsChanged(ctx)
	e.events.Publish("import", strconv.FormatInt(id, 10))
	e.snapshotLater(ctx)
}
