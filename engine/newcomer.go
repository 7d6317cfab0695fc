package engine

import (
	"context"

	"fettle"
	"fettle/expr"
	"fettle/store"
)

// newcomerCost is what it costs to enrich the newcomer of a conflict.
type newcomerCost struct {
	high  *fettle.Credits // at most, in all of the enrichments; nil where one of them cannot be priced now
	names []string        // of the live enrichments in which it waits
}

// showCost says of the conflicts of a page what enriching the newcomers costs.
func (e *Engine) showCost(ctx context.Context, tx *store.Tx, entity fettle.Entity, page []fettle.DuplicateView) error {
	var pairs [][2]int64
	for _, v := range page {
		if v.Kind == fettle.DuplicateConflict {
			pairs = append(pairs, store.Ordered(v.RecordID, v.OtherID))
		}
	}
	costs, err := e.newcomerCosts(ctx, tx, entity, pairs)
	for i := range page {
		c := costs[store.Ordered(page[i].RecordID, page[i].OtherID)]
		page[i].EnrichingCredits, page[i].Enriching = c.high, c.names
	}
	return err
}

// newcomerCosts prices the pairs, the older record first, whose younger one waits in
// live enrichments until a person decides whether it is the older one. Only the
// records of the pairs are judged, once for each enrichment.
func (e *Engine) newcomerCosts(ctx context.Context, tx *store.Tx, entity fettle.Entity, pairs [][2]int64) (map[[2]int64]newcomerCost, error) {
	if len(pairs) == 0 {
		return nil, nil //nolint:nilnil // none
	}
	young := make([]int64, len(pairs))
	for i, p := range pairs {
		young[i] = p[1]
	}
	conflicts, err := tx.Newcomers(ctx, young)
	if err != nil || len(conflicts) == 0 {
		return nil, err
	}
	young = young[:0]
	for id := range conflicts {
		young = append(young, id)
	}
	rows, err := tx.RowsOfRecords(ctx, young)
	if err != nil {
		return nil, err
	}
	waiting := map[int64][]int64{} // enrichment → records
	for _, r := range rows {
		if r.State == fettle.RowWaiting && r.Outcome == fettle.AwaitsConflict {
			waiting[r.EnrichmentID] = append(waiting[r.EnrichmentID], r.RecordID)
		}
	}
	costs, err := e.waitingCosts(ctx, tx, entity, waiting)
	if err != nil {
		return nil, err
	}
	out := map[[2]int64]newcomerCost{}
	for id, list := range conflicts {
		for _, c := range list {
			out[store.Ordered(id, c.Other)] = costs[id]
		}
	}
	return out, nil
}

// waitingCosts prices records by the enrichments in which they wait: what each costs
// at most, as if it were decided which record it is.
func (e *Engine) waitingCosts(ctx context.Context, tx *store.Tx, entity fettle.Entity, waiting map[int64][]int64) (map[int64]newcomerCost, error) {
	costs := map[int64]newcomerCost{}
	if len(waiting) == 0 {
		return costs, nil
	}
	all, err := tx.Enrichments(ctx)
	if err != nil {
		return nil, err
	}
	unpriced := map[int64]bool{}
	for _, x := range all {
		ids := waiting[x.ID]
		if len(ids) == 0 || x.State != fettle.Live || x.Entity != entity {
			continue
		}
		high := map[int64]fettle.Credits{}
		p, err := e.judge.Compile(ctx, tx, x.ID, x.Name, x.Version, x.Definition)
		if err == nil {
			_, err = e.priceSet(ctx, inside(tx), x, p, rowSet{
				where: expr.Fragment{}, ids: ids, decided: true,
				each: func(record int64, most fettle.Credits) { high[record] = most },
			})
		}
		if code := fettle.CodeOf(err); err != nil && code != fettle.Invalid && code != fettle.Refused && code != fettle.NotFound {
			return nil, err
		}
		for _, id := range ids {
			c := costs[id]
			c.names = append(c.names, x.Name)
			if unpriced[id] = unpriced[id] || err != nil; unpriced[id] {
				c.high = nil
			} else {
				sum := high[id]
				if c.high != nil {
					sum += *c.high
				}
				c.high = &sum
			}
			costs[id] = c
		}
	}
	return costs, nil
}
