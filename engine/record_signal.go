package engine

import (
	"context"

	"fettle/store"
)

// giveSignals gives each record of a page the newest of its signals that stand,
// with the same number of queries for any page.
func giveSignals(ctx context.Context, tx *store.Tx, page []RecordView) error {
	ids, at := make([]int64, len(page)), make(map[int64]*RecordView, len(page))
	for i := range page {
		ids[i], at[page[i].ID] = page[i].ID, &page[i]
	}
	newest, err := tx.NewestSignals(ctx, ids)
	if err != nil || len(newest) == 0 {
		return err
	}
	rows, told := make([]store.SignalRow, len(newest)), make([]int64, len(newest))
	for i, s := range newest {
		rows[i].Signal, told[i] = s, s.Record
	}
	names, err := recordNames(ctx, tx, newest[0].Entity, told)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].Name = names[rows[i].Record]
	}
	views, err := signalViews(ctx, tx, rows)
	for i := range views {
		at[views[i].RecordID].Signal = &views[i]
	}
	return err
}
