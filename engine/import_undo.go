package engine

import (
	"context"
	"encoding/json"
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
	e.importUndone(ctx, view.ID)
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
		one, undo, err := e.undoOne(ctx, actor, x.ID, dry)
		if err != nil {
			return fettle.ImportView{}, err
		}
		sum.Deleted += one.Deleted
		sum.Reduced += one.Reduced
		sum.Bought += one.Bought
		sum.Restored += one.Restored
		sum.Blanked += one.Blanked
		sum.Unmerged += one.Unmerged
		sum.Companies += one.Companies
		sum.Kept += one.Kept
		sum.Left = append(sum.Left, one.Left[:min(len(one.Left), ingest.MostLeft-len(sum.Left))]...)
		sum.ID = undo
	}
	view, err := e.ImportByID(ctx, actor, id)
	view.Undo = &sum
	return view, err
}

// undoOne undoes one import, piece by piece, and gives the id of the undo, which
// is a change set of its own. One that broke off goes on where it was.
func (e *Engine) undoOne(ctx context.Context, actor fettle.Actor, id int64, dry bool) (sum ingest.UndoResult, undo string, err error) {
	u, err := e.beginImport(ctx, actor, id, dry)
	if err != nil {
		return sum, "", err
	}
	if !dry {
		undo = store.SetID(store.SetUndo, u.undo.ID)
	}
	if sum, err = resultSoFar(u.undo.Result); err != nil {
		return sum, undo, err
	}
	sum.Cursor = u.undo.Cursor
	in := ingest.UndoInput{ImportID: id, Actor: actor.Name, DryRun: dry, Apart: map[int64]bool{}, Gone: map[int64]bool{}}
	verb := e.db.Update
	if dry {
		verb = e.db.View
	}
	for !sum.Done {
		var piece ingest.UndoResult
		err := verb(ctx, func(tx *store.Tx) (err error) {
			in.Now, in.Cursor = time.Now(), sum.Cursor
			if in.Family, err = family(ctx, tx, u.root); err != nil {
				return err
			}
			if !dry {
				if err := u.stillMine(ctx, tx, sum.Cursor); err != nil {
					return err
				}
				in.Origin, err = tx.OriginID(ctx, store.Origin{Kind: store.OriginUndo, Name: "undo of import " + strconv.FormatInt(id, 10), RefID: u.undo.ID, Day: fettle.DayOf(time.UnixMicro(u.undo.AtUS)), NoRun: true})
				if err != nil {
					return err
				}
			}
			if piece, err = ingest.UndoImport(ctx, tx, in); err != nil || dry {
				return err
			}
			all := sum
			all.Add(piece)
			parts := all
			parts.Left = nil // they are in the list
			u.soFar = &parts
			return u.keep(ctx, tx, importTaken(u.sum, all, undo), piece.Cursor, in.Now.UnixMicro(), piece.Done)
		})
		if err != nil {
			return sum, undo, err
		}
		sum.Add(piece)
	}
	return sum, undo, nil
}

// beginImport keeps the undo of an import, or takes up one that broke off; a dry run
// only finds the latter.
func (e *Engine) beginImport(ctx context.Context, actor fettle.Actor, id int64, dry bool) (u *undoing, err error) {
	verb := e.db.Update
	if dry {
		verb = e.db.View
	}
	err = verb(ctx, func(tx *store.Tx) error {
		of := store.SetID(store.SetImport, id)
		imp, err := tx.Import(ctx, id)
		if err != nil {
			return err
		}
		if imp.State == store.ImportUndone {
			return fettle.Errorf(fettle.Refused, "import %d was undone already", id)
		}
		u = &undoing{target: store.ListedSet{Kind: store.SetImport, ID: id, Entity: imp.Entity, Name: imp.File}, of: of, root: of}
		u.sum = fettle.TakeBackView{Of: of, What: "import of " + imp.File, Left: []fettle.LeftValue{}, Warnings: []string{}}
		undos, err := tx.UndosOf(ctx, of)
		if err != nil {
			return err
		}
		for _, x := range undos {
			if x.EndedUS == 0 && x.UndoneBy == 0 {
				u.undo = x
				return nil
			}
		}
		if dry {
			return nil
		}
		return u.begin(ctx, tx, actor, time.Now().UnixMicro())
	})
	return u, err
}

// importResult is what an undo of an import came to, as it is kept: for the list of
// changes, and by parts for going on where it broke off.
type importResult struct {
	fettle.TakeBackView

	SoFar *ingest.UndoResult `json:"so_far,omitempty"`
}

// resultSoFar reads what an undo of an import came to before it broke off.
func resultSoFar(text string) (sum ingest.UndoResult, err error) {
	if text == "" {
		return sum, nil
	}
	kept := importResult{SoFar: &sum}
	err = json.Unmarshal([]byte(text), &kept)
	sum.Left = kept.Left
	return sum, err
}

// importTaken is what the undo of an import came to, as that of any change set.
func importTaken(sum fettle.TakeBackView, x ingest.UndoResult, id string) fettle.TakeBackView {
	sum.ID, sum.Restored, sum.Blanked, sum.Deleted, sum.Unmerged = id, x.Restored, x.Blanked, x.Deleted+x.Reduced+x.Companies, x.Unmerged
	sum.LeftCount = x.Kept
	if x.Left != nil {
		sum.Left = x.Left
	}
	return sum
}
