package engine

import (
	"context"
	"strconv"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/store"
)

// LaterInput says which columns that an import left out get a field.
type LaterInput struct {
	ID      int64
	Map     map[string]string // column → "field" or "field:type"; a field that is not there is made
	DryRun  bool              // says what would happen and writes nothing
	NoRun   bool              // live enrichments do not follow what is written
	Confirm bool              // goes ahead although it spends in live enrichments
	Strict  bool              // a value that its field cannot hold rejects its row
}

// MapImport gives columns of a past import a field, from the rows that it kept,
// under the guard and by the door of an import.
func (e *Engine) MapImport(ctx context.Context, actor fettle.Actor, in LaterInput) (fettle.ImportView, error) {
	s, err := e.may(ctx, actor, "mapImport")
	if err != nil {
		return fettle.ImportView{}, err
	}
	how := ingest.LaterOptions{
		Import: in.ID, Map: in.Map, DryRun: in.DryRun, Preview: in.DryRun, NoRun: in.NoRun, Strict: in.Strict, Confirmed: unasked(s, in.Confirm), Actor: actor.Name, Now: time.Now(), OnEnd: e.importDone,
	}
	var w *watch
	if !in.NoRun && (in.DryRun || !unasked(s, in.Confirm)) {
		if w, err = e.watchLater(ctx, in.ID); err != nil {
			return fettle.ImportView{}, err
		}
	}
	if w != nil {
		dry := how
		dry.DryRun, dry.Preview, dry.OnBatch = true, in.DryRun, w.batch
		view, err := ingest.MapLater(ctx, e.db, dry)
		if err != nil {
			return view, err
		}
		if in.DryRun {
			view.WouldRun, err = e.wouldRun(ctx, w.entering)
			return view, err
		}
		if how.Answered, err = e.quietRecords(ctx, actor, s, w.entering, in.Confirm, ", or map without running (--no-run)"); err != nil {
			return fettle.ImportView{}, err
		}
	}
	view, err := ingest.MapLater(ctx, e.db, how)
	if in.DryRun || view.ID == 0 {
		return view, err
	}
	e.fieldsChanged()
	e.recordsChanged(ctx)
	e.events.Publish("import", strconv.FormatInt(view.ID, 10))
	e.snapshotLater(ctx)
	return view, err
}

// watchLater finds the enrichments that the records of a past import may enter.
func (e *Engine) watchLater(ctx context.Context, id int64) (*watch, error) {
	var of store.Import
	err := e.db.View(ctx, func(tx *store.Tx) (err error) {
		of, err = tx.Import(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	w, err := e.watchEntering(ctx, of.Entity)
	if w != nil {
		w.source, w.from = of.Source, store.Origin{Kind: store.OriginImport, Name: of.Source}
	}
	return w, err
}
