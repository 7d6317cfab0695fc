package engine

import (
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/limits"
	"fettle/store"
)

// dryImport says what an import would do: what it would change, merge and list,
// and what live enrichments would do with it.
func (e *Engine) dryImport(ctx context.Context, actor fettle.Actor, in ImportInput) (fettle.ImportView, error) {
	in.preview = true
	var w importWatch
	if !in.NoRun {
		var err error
		if w, err = e.watchImport(ctx, in.Entity, in.Source); err != nil {
			return fettle.ImportView{}, err
		}
	}
	view, err := e.readImport(ctx, actor, in, w.watching())
	if err != nil || w.none() {
		return view, err
	}
	view.WouldRun, err = e.wouldRun(ctx, w.entering())
	return view, err
}

// wouldRun prices what live enrichments would do with what a dry pass saw.
func (e *Engine) wouldRun(ctx context.Context, entering entering) (out []fettle.QuietSpend, err error) {
	err = e.db.View(ctx, func(tx *store.Tx) error {
		out = nil
		most, err := limits.GuardRows(ctx, tx)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(entering)) {
			q, _, err := e.quietOne(ctx, tx, name, entering[name], store.Quiet{}, most)
			if err != nil {
				return err
			}
			if q.Rows > 0 {
				out = append(out, q)
			}
		}
		return nil
	})
	return out, err
}
