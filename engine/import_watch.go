package engine

import (
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/store"
)

// watching is who looks at what a dry pass would write.
type watching struct{ records, made onBatch }

// importWatch prices what a dry pass of an import would put into live enrichments:
// its records, and the companies that one of people makes.
type importWatch struct{ records, made *watch }

func (e *Engine) watchImport(ctx context.Context, entity fettle.Entity, source string) (w importWatch, err error) {
	if w.records, err = e.watchEntering(ctx, entity); err != nil {
		return w, err
	}
	if w.records != nil {
		w.records.source = source
		w.records.from = store.Origin{Kind: store.OriginImport, Name: source}
	}
	w.made, err = e.watchMade(ctx, entity)
	return w, err
}

// none reports whether there is nothing to watch for.
func (w importWatch) none() bool { return w.records == nil && w.made == nil }

func (w importWatch) watching() (each watching) {
	if w.records != nil {
		each.records = w.records.batch
	}
	if w.made != nil {
		each.made = w.made.batch
	}
	return each
}

// entering is what either would put into live enrichments.
func (w importWatch) entering() entering {
	out := entering{}
	for _, one := range []*watch{w.records, w.made} {
		if one != nil {
			maps.Copy(out, one.entering)
		}
	}
	return out
}

// watchMade is watchEntering for the companies that an import of people makes. What
// they mean for enrichments of people is seen with the people.
func (e *Engine) watchMade(ctx context.Context, entity fettle.Entity) (*watch, error) {
	if entity != fettle.People {
		return nil, nil //nolint:nilnil // it makes none
	}
	w, err := e.watchEntering(ctx, fettle.Companies)
	if err != nil || w == nil {
		return nil, err
	}
	for _, t := range w.targets {
		if t.entity == fettle.People {
			delete(w.entering, t.name)
		}
	}
	w.targets = slices.DeleteFunc(w.targets, func(t target) bool { return t.entity == fettle.People })
	if len(w.targets) == 0 {
		return nil, nil //nolint:nilnil // they enter nothing
	}
	return w, nil
}
