package engine

import (
	"context"
	"strconv"
	"time"

	"fettle"
	"fettle/limits"
	"fettle/run"
	"fettle/store"
)

// Enrichments lists every enrichment as it stands.
func (e *Engine) Enrichments(ctx context.Context, actor fettle.Actor) ([]fettle.EnrichmentView, error) {
	if err := actor.Require(fettle.Viewer, "see enrichments"); err != nil {
		return nil, err
	}
	out := []fettle.EnrichmentView{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		list, err := tx.Enrichments(ctx)
		if err != nil {
			return err
		}
		for _, cur := range list {
			v, err := e.view(ctx, tx, cur)
			if err != nil {
				return err
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}

// Enrichment shows one enrichment as it stands.
func (e *Engine) Enrichment(ctx context.Context, actor fettle.Actor, name string) (fettle.EnrichmentView, error) {
	if err := actor.Require(fettle.Viewer, "see enrichments"); err != nil {
		return fettle.EnrichmentView{}, err
	}
	var v fettle.EnrichmentView
	err := e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		if v, err = e.view(ctx, tx, cur); err != nil {
			return err
		}
		if cur.LogicVersion > 1 && v.InFlight == 0 && !v.Planning { // reads every row: not while they run
			v.StaleRows, err = tx.StaleRows(ctx, cur.ID, cur.LogicVersion)
		}
		return err
	})
	return v, err
}

func (e *Engine) view(ctx context.Context, tx *store.Tx, cur store.Enrichment) (fettle.EnrichmentView, error) {
	v := fettle.EnrichmentView{
		ID: cur.ID, Name: cur.Name, Entity: cur.Entity, State: cur.State, PauseReason: cur.PauseReason, PauseDetail: cur.PauseDetail,
		Version: cur.Version, Audience: cur.Definition.Audience, Follow: cur.Definition.Follow, Planning: cur.State == fettle.Live && cur.PlanState != store.Planned,
		Definition: cur.Definition, RunID: cur.RunID, Piloting: cur.PilotRunID != 0,
	}
	if cur.State == fettle.Live && !v.Planning {
		newest, err := tx.NewestChange(ctx)
		if err != nil {
			return v, err
		}
		v.Planning = newest > cur.FollowCursor // what changed since may open rows
	}
	counts, err := tx.RowCounts(ctx, cur.ID)
	if err != nil {
		return v, err
	}
	rows := countRows(&v, counts)
	more, err := e.toOpen(ctx, tx, cur, rows)
	if err != nil {
		return v, err
	}
	v.RemainingRows += more
	if err := e.viewMoney(ctx, tx, cur, &v); err != nil {
		return v, err
	}
	if v.Followed, err = run.Followed(ctx, tx, time.Now()); err != nil {
		return v, err
	}
	if cur.State == fettle.Live && !v.Followed {
		v.Message = "nobody is following: start fettle serve or fettle worker, or run it (fettle enrichment run " + cur.Name + ")"
	}
	if cur.State == fettle.Draft {
		if v.Message, err = spentBefore(ctx, tx, cur.Name); err != nil {
			return v, err
		}
	}
	if v.WaitingFor, err = e.worker.WaitingFor(ctx, tx, cur, v.Planning); err != nil {
		return v, err
	}
	if cur.PlanState == store.Clearing {
		v.Message = "its rows are being cleared"
	}
	if cur.RunID != 0 {
		r, err := tx.Run(ctx, cur.RunID)
		if err != nil {
			return v, err
		}
		v.Estimate = r.Estimate
		spent, err := tx.Balance(ctx, limits.RunKey(cur))
		if err != nil {
			return v, err
		}
		v.RunRows, v.RunSpentCredits = spent.SettledRecords, spent.Settled+spent.Overrun
		if est := r.Estimate; est != nil && cur.State == fettle.Live && cur.PlanState != store.Planned {
			v.RemainingRows = max(v.RemainingRows, yetToOpen(*est, rows, v.RunRows))
		}
		if v.RoomAgain, v.PauseDetail, err = e.roomAgain(ctx, tx, cur, r); err != nil {
			return v, err
		}
	}
	return v, nil
}

// yetToOpen is what is left to do by the estimate that a run went live by, while
// its rows are still being opened: all that it would buy or reuse, or, where it
// had rows before, what it would buy and has not bought yet.
func yetToOpen(est fettle.Estimate, rows, bought int64) int64 {
	if rows == 0 {
		return est.ToRun + est.Reused + est.Waiting
	}
	return est.ToRun + est.Waiting - (bought - est.BeforeRows)
}

// countRows fills in the counts of rows, and gives how many there are.
func countRows(v *fettle.EnrichmentView, counts map[store.RowKind]int64) (total int64) {
	byOutcome := map[fettle.Outcome]*int64{
		fettle.Found: &v.Rows.Found, fettle.NotFoundRow: &v.Rows.NotFound, fettle.Reused: &v.Rows.Reused, fettle.KnownNotFound: &v.Rows.KnownNotFound,
		fettle.Filled: &v.Rows.Filled, fettle.Skipped: &v.Rows.Skipped, fettle.MissingInput: &v.Rows.MissingInput, fettle.Failed: &v.Rows.Failed, fettle.Unknown: &v.Rows.Unknown,
	}
	for k, n := range counts {
		total += n
		switch k.State {
		case fettle.RowPending:
			v.Rows.Pending += n
		case fettle.RowWaiting:
			v.Rows.Waiting += n
			switch k.Outcome {
			case fettle.Held:
				v.HeldRows += n
			case fettle.AwaitsApproval:
				v.ApprovalRows += n
			case fettle.AwaitsOwnLimit:
				v.OwnLimitRows += n
			default:
			}
		case fettle.RowRunning:
			v.Rows.Running += n
		case fettle.RowDone:
			if p := byOutcome[k.Outcome]; p != nil {
				*p += n
			}
		}
		if k.Paid {
			v.PaidRows += n
		}
	}
	v.RemainingRows = v.Rows.Pending + v.Rows.Waiting + v.Rows.Running
	return total
}

func (e *Engine) viewMoney(ctx context.Context, tx *store.Tx, cur store.Enrichment, v *fettle.EnrichmentView) error {
	key := strconv.FormatInt(cur.ID, 10)
	b, err := tx.Balance(ctx, store.BalanceKey{Scope: store.ScopeEnrichment, Key: key, Per: fettle.Lifetime})
	if err != nil {
		return err
	}
	v.SpentCredits, v.ReservedCredits, v.UnknownCredits, v.OverrunCredits = b.Settled, b.Reserved, b.Unknown, b.Overrun
	flights, err := tx.InFlight(ctx, cur.ID)
	if err != nil {
		return err
	}
	for _, f := range flights {
		v.InFlight += f.Calls
		v.InFlightCredits += fettle.Credits(f.HeldUC)
	}
	high, expected, err := e.prices(ctx, tx, cur)
	if err != nil {
		return err
	}
	// What buying them would have cost goes by what was really paid, where anything was.
	each := expected
	if b.SettledRecords > 0 {
		each = (b.Settled + b.Overrun) / fettle.Credits(b.SettledRecords)
	}
	v.SavedCredits = each * fettle.Credits(v.Rows.Reused)
	inForce, err := limits.Of(ctx, tx, store.ScopeEnrichment, key)
	if err != nil {
		return err
	}
	for _, l := range inForce {
		lv, err := limits.View(ctx, tx, l, cur.RunID, high, expected)
		if err != nil {
			return err
		}
		v.Limits = append(v.Limits, lv)
	}
	if len(v.Limits) > 0 {
		v.Limit = &v.Limits[0]
	}
	return nil
}

// prices are the highest and the expected price of a typical row; zero where
// the definition cannot be priced now.
func (e *Engine) prices(ctx context.Context, tx *store.Tx, cur store.Enrichment) (high, expected fettle.Credits, err error) {
	p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err != nil {
		return 0, 0, nil //nolint:nilerr // its own page says why
	}
	known, err := p.LookUp(ctx, tx)
	return p.TypicalMax(), p.Typical(known), err
}

// RowQuery selects rows of an enrichment by pages.
type RowQuery struct {
	State   fettle.RowState
	Outcome fettle.Outcome
	Detail  string // what was said of them; "" for any
	After   int64
	Limit   int
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
		rows, err := tx.RowPage(ctx, cur.ID, store.RowQuery{State: q.State, Outcome: q.Outcome, Detail: q.Detail, After: q.After, Limit: q.Limit})
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

// Reasons says why rows of a state and an outcome ("" for any) are there: what
// was said of them, and of how many, the most frequent first.
func (e *Engine) Reasons(ctx context.Context, actor fettle.Actor, name string, state fettle.RowState, outcome fettle.Outcome, limit int) ([]fettle.ReasonView, error) {
	if err := actor.Require(fettle.Viewer, "see enrichments"); err != nil {
		return nil, err
	}
	out := []fettle.ReasonView{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		reasons, err := tx.Reasons(ctx, cur.ID, state, outcome, min(maxRows, max(1, limit)))
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
