package engine

import (
	"context"
	"time"

	"fettle"
	"fettle/store"
)

// RowQuery selects rows of an enrichment by pages.
type RowQuery struct {
	State   fettle.RowState
	Outcome fettle.Outcome
	Detail  string // what was said of them; "" for any
	After   int64
	Limit   int

	Departed bool // rows of records that left the audience or were deleted; else of those that are in it
}

// of is the query, of an enrichment's members.
func (q RowQuery) of(m *store.Members) store.RowQuery {
	m.Outside = q.Departed
	return store.RowQuery{State: q.State, Outcome: q.Outcome, Detail: q.Detail, After: q.After, Limit: q.Limit, Of: m}
}

// maxRows is the most rows of one page.
const maxRows = 1000

// Rows reads a page of an enrichment's rows with the values of its fields.
// next is the cursor of the page after; 0 if there is none.
func (e *Engine) Rows(ctx context.Context, actor fettle.Actor, name string, q RowQuery) (out []fettle.RowView, next int64, err error) {
	if err := actor.Require(fettle.Viewer, "see enrichments"); err != nil {
		return nil, 0, err
	}
	if q.Limit <= 0 || q.Limit > maxRows {
		q.Limit = min(maxRows, max(100, q.Limit))
	}
	out = []fettle.RowView{}
	err = e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		m, _, err := e.members(ctx, tx, cur)
		if err != nil {
			return err
		}
		rows, err := tx.RowPage(ctx, cur.ID, q.of(m))
		if err != nil {
			return err
		}
		if len(rows) == q.Limit {
			next = rows[len(rows)-1].RecordID
		}
		out, err = rowViews(ctx, tx, cur, rows)
		return err
	})
	return out, next, err
}

// Reasons says why rows are there: what was said of them, and of how many, the
// most frequent first.
func (e *Engine) Reasons(ctx context.Context, actor fettle.Actor, name string, q RowQuery) ([]fettle.ReasonView, error) {
	if err := actor.Require(fettle.Viewer, "see enrichments"); err != nil {
		return nil, err
	}
	out := []fettle.ReasonView{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		m, _, err := e.members(ctx, tx, cur)
		if err != nil {
			return err
		}
		q.Limit = min(maxRows, max(1, q.Limit))
		reasons, err := tx.Reasons(ctx, cur.ID, q.of(m))
		for _, r := range reasons {
			out = append(out, fettle.ReasonView(r))
		}
		return err
	})
	return out, err
}

func rowViews(ctx context.Context, tx *store.Tx, cur store.Enrichment, rows []store.Row) ([]fettle.RowView, error) {
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.RecordID
	}
	names, err := recordNames(ctx, tx, cur.Entity, ids)
	if err != nil {
		return nil, err
	}
	fields := cur.Definition.Outputs.Fields()
	records, err := tx.Records(ctx, cur.Entity, ids, fields, nil)
	if err != nil {
		return nil, err
	}
	charged, err := tx.ChargedBy(ctx, cur.ID, ids)
	if err != nil {
		return nil, err
	}
	values := map[int64]map[string]any{}
	for _, r := range records {
		m := map[string]any{}
		for _, f := range fields {
			m[f] = r.Value(f)
		}
		values[r.ID] = m
	}
	out := make([]fettle.RowView, len(rows))
	for i, r := range rows {
		if r.Outcome == fettle.Reused {
			charged[r.RecordID] = 0 // what was paid before is the charge of that time
		}
		outcome, waits := r.Outcome, fettle.Outcome("")
		if r.State == fettle.RowWaiting {
			outcome, waits = "", r.Outcome
		}
		out[i] = fettle.RowView{
			RecordID: r.RecordID, Name: names[r.RecordID], State: r.State, Outcome: outcome, Cause: r.Cause, Detail: r.Detail, WaitingFor: string(waits), OpenedBy: r.OpenedBy,
			ChargedCredits: charged[r.RecordID], Values: values[r.RecordID], At: time.UnixMicro(r.UpdatedUS).UTC(),
		}
	}
	return out, nil
}
