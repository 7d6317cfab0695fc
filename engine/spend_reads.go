package engine

import (
	"context"
	"maps"
	"slices"

	"fettle"
	"fettle/store"
)

// readReads finds which fields the enrichment and its audiences read.
func (x *tracing) readReads(ctx context.Context) error {
	if x.p == nil {
		return nil
	}
	env, err := x.e.judge.Env(ctx, x.tx, x.cur.Entity)
	if err != nil {
		return err
	}
	reads := append(slices.Collect(maps.Keys(x.p.Inputs)), x.p.Fields...)
	for _, name := range x.cur.Definition.Audience {
		a, err := x.tx.Audience(ctx, name)
		if fettle.CodeOf(err) == fettle.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		f, err := env.Filter(a.Where)
		if err != nil {
			return nil //nolint:nilerr // a filter that cannot be read any more: anything may have let somebody in
		}
		reads = append(reads, f.Fields()...)
	}
	x.reads = reads
	return nil
}

// aside reports whether an entry is what another enrichment wrote into fields that
// neither this one nor its audience reads: it let nobody in.
func (x *tracing) aside(c store.ChangeEvent) bool {
	if c.From.Kind != store.OriginEnrichment || c.Kind == store.ChangeMerge || c.Signal() != 0 || x.reads == nil || c.Entity != x.cur.Entity {
		return false
	}
	return !slices.ContainsFunc(x.reads, c.Names)
}
