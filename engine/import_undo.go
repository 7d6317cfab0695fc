package engine

import (
	"context"
	"strconv"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/store"
)

// UndoImport takes an import back, newest changes first, in pieces: it can be
// called again if it breaks off. What was changed since stays, and so does what
// was bought. Columns that were mapped later are taken back before it.
func (e *Engine) UndoImport(ctx context.Context, actor fettle.Actor, id int64) (fettle.ImportView, error) {
	view, err := e.undoImport(ctx, actor, id, false)
	if err != nil {
		return view, err
	}
	e.recordsChanged()
	e.events.Publish("import", strconv.FormatInt(view.ID, 10))
	e.snapshotLater(ctx)
	return view, nil
}

// PreviewUndo says what taking an import back would do, and writes nothing.
func (e *Engine) PreviewUndo(ctx context.Context, actor fettle.Actor, id int64) (fettle.ImportView, error) {
	return e.undoImport(ctx, actor, id, true)
}

func (e *Engine) undoImport(ctx context.Context, actor fettle.Actor, id int64, dry bool) (fettle.ImportView, error) {
	if err := actor.Require(fettle.Editor, "undo imports"); err != nil {
		return fettle.ImportView{}, err
	}
	var later []store.Import
	err := e.db.View(ctx, func(tx *store.Tx) error {
		if _, err := tx.Import(ctx, id); err != nil {
			return err
		}
		var err error
		later, err = tx.ImportsOf(ctx, id)
		return err
	})
	if err != nil {
		return fettle.ImportView{}, err
	}
	sum := fettle.UndoView{DryRun: dry}
	for _, x := range append(later, store.Import{ID: id}) {
		one, err := e.undoOne(ctx, actor, x.ID, dry)
		if err != nil {
			return fettle.ImportView{}, err
		}
		sum.Deleted += one.Deleted
		sum.Reduced += one.Reduced
		sum.Bought += one.Bought
		sum.Restored += one.Restored
		sum.Unmerged += one.Unmerged
		sum.Companies += one.Companies
		sum.Kept += one.Kept
	}
	view, err := e.ImportByID(ctx, actor, id)
	view.Undo = &sum
	return view, err
}

// undoOne undoes one import, piece by piece.
func (e *Engine) undoOne(ctx context.Context, actor fettle.Actor, id int64, dry bool) (sum ingest.UndoResult, err error) {
	in := ingest.UndoInput{ImportID: id, Actor: actor.Name, DryRun: dry, Apart: map[int64]bool{}, Gone: map[int64]bool{}}
	verb := e.db.Update
	if dry {
		verb = e.db.View
	}
	for !sum.Done {
		var piece ingest.UndoResult
		err := verb(ctx, func(tx *store.Tx) (err error) {
			in.Now, in.Cursor = time.Now(), sum.Cursor
			if !dry {
				in.Origin, err = tx.OriginID(ctx, store.Origin{Kind: store.OriginUndo, Name: "undo of import " + strconv.FormatInt(id, 10), Day: fettle.DayOf(in.Now), NoRun: true})
				if err != nil {
					return err
				}
			}
			piece, err = ingest.UndoImport(ctx, tx, in)
			return err
		})
		if err != nil {
			return sum, err
		}
		sum.Add(piece)
	}
	return sum, nil
}
