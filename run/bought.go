package run

import (
	"context"
	"slices"

	"fettle"
	"fettle/judge"
	"fettle/store"
)

// boughtHere says of rows that are judged again and need nothing, since this
// enrichment bought it for them: what it paid itself is found, and not reused.
func (b *batch) boughtHere(ctx context.Context, rows []store.Row, judged []judge.Verdict) error {
	var ids []int64
	for i, r := range rows {
		if r.Paid && judged[i].Outcome == fettle.Reused && len(judged[i].Gratis) == 0 {
			ids = append(ids, r.RecordID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	cells, err := b.tx.Cells(ctx, ids)
	if err != nil {
		return err
	}
	for i, r := range rows {
		if !slices.Contains(ids, r.RecordID) {
			continue
		}
		for _, o := range b.p.Definition.Outputs {
			if c := cells[store.CellKey{Record: r.RecordID, Field: o.Field}]; c.BoughtUS > 0 && c.EnrichmentID == b.p.ID {
				judged[i].Outcome = fettle.Found
			}
		}
	}
	return nil
}
