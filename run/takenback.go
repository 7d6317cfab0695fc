package run

import (
	"context"

	"fettle/store"
)

// stillTaken locks the cells that are about to get a value for nothing, and looks
// whether one of them was taken back since it was judged: then all of the page is
// judged again. What a call buys holds its cell, and needs no such look.
func (b *batch) stillTaken(ctx context.Context) error {
	var ids []int64
	for i, v := range b.free {
		if len(v.Gratis) > 0 {
			ids = append(ids, b.freeOld[i].RecordID)
		}
	}
	now, err := b.tx.LockTakenBack(ctx, ids)
	if err != nil || len(now) == 0 {
		return err
	}
	for i, v := range b.free {
		for f := range v.Gratis {
			k := store.CellKey{Record: b.freeOld[i].RecordID, Field: f}
			if now[k] != v.TakenBack[f] {
				return errAgain
			}
		}
	}
	return nil
}
