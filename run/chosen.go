package run

import (
	"context"

	"fettle"
	"fettle/store"
)

// KindChosen is the kind of a run of records that a person chose.
const KindChosen = "chosen"

// MayOpen says whether a person may have a record's row asked for out of turn:
// not while it runs, waits, or is on its way as it is. there is whether it has one.
func MayOpen(e store.Enrichment, r store.Row, there bool) bool {
	switch {
	case !there:
		return true
	case r.State == fettle.RowDone:
		return r.Outcome != fettle.Unknown // whose charge is resolved first
	case r.State == fettle.RowPending:
		return (e.State != fettle.Live || gated(e)) && !r.Is(store.ByHand)
	}
	return false
}

// OpenChosen opens rows for records that a person chose, in a run, on the opener's
// account beside it. Rows that are under way are left alone. It gives how many it
// opened.
func OpenChosen(ctx context.Context, tx *store.Tx, e store.Enrichment, ids []int64, run int64, opener string, nowUS int64) (int64, error) {
	rows, err := tx.RowsOf(ctx, e.ID, ids)
	if err != nil {
		return 0, err
	}
	var old, now []store.Row
	var fresh []int64
	for _, id := range ids {
		r, there := rows[id]
		switch {
		case !MayOpen(e, r, there):
		case !there:
			fresh = append(fresh, id)
		default:
			n := r
			n.State, n.Outcome, n.Detail, n.Cause, n.Tries, n.UpdatedUS, n.RunID = fettle.RowPending, "", "", fettle.CausePilot, 0, nowUS, run
			n.OpenedBy, n.Chain, n.Unasked = opener, "", false
			old, now = append(old, r), append(now, n)
		}
	}
	if err := tx.PutRows(ctx, old, now); err != nil {
		return 0, err
	}
	opened, err := tx.InsertRows(ctx, store.Opening{Enrichment: e.ID, Run: run, Cause: fettle.CausePilot, OpenedBy: opener, NowUS: nowUS}, fresh)
	return opened + int64(len(old)), err
}
