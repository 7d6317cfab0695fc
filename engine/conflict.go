package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/ingest"
	"fettle/store"
)

// maxConflicts is how many conflicts one page lists.
const maxConflicts = 1000

// Conflicts lists pairs of records that share a key and are kept apart, newest
// first, from below the number before; 0 is all.
func (e *Engine) Conflicts(ctx context.Context, actor fettle.Actor, entity fettle.Entity, before int64) ([]fettle.ConflictView, error) {
	if err := actor.Require(fettle.Viewer, "see conflicts"); err != nil {
		return nil, err
	}
	entity, err := fettle.ParseEntity(string(entity))
	if err != nil {
		return nil, err
	}
	out := []fettle.ConflictView{}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.Conflicts(ctx, entity, before, maxConflicts)
		for _, c := range list {
			out = append(out, fettle.ConflictView{
				ID: c.ID, Entity: entity, RecordID: c.Record, OtherID: c.Other, Name: c.Name, Other: c.OtherName,
				Key: ingest.KeyName(c.Key), Reason: c.Reason, Source: c.Source, At: time.UnixMicro(c.AtUS).UTC(),
			})
		}
		if err != nil {
			return err
		}
		var pairs [][2]int64
		for _, c := range out {
			pairs = append(pairs, store.Ordered(c.RecordID, c.OtherID))
		}
		costs, err := e.newcomerCosts(ctx, tx, entity, pairs)
		for i := range out {
			c := costs[store.Ordered(out[i].RecordID, out[i].OtherID)]
			out[i].EnrichingCredits, out[i].Enriching = c.high, c.names
		}
		return err
	})
	return out, err
}
