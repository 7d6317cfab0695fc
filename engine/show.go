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
		v, err = e.view(ctx, tx, cur)
		return err
	})
	return v, err
}

func (e *Engine) view(ctx context.Context, tx *store.Tx, cur store.Enrichment) (fettle.EnrichmentView, error) {
	v := fettle.EnrichmentView{
		ID: cur.ID, Name: cur.Name, Label: cur.Label, Entity: cur.Entity, State: cur.State, PauseReason: cur.PauseReason, PauseDetail: cur.PauseDetail,
		Version: cur.Version, Audience: cur.Definition.Audience, Follow: cur.Definition.Follow, Planning: cur.State == fettle.Live && cur.PlanState != store.Planned,
		Guards:     cur.Definition.Guards.Levels(),
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
	rows, reused := paidRows(&v, counts)
	if counts, v.DepartedRows, v.StaleRows, err = e.present(ctx, tx, cur, counts); err != nil {
		return v, err
	}
	countRows(&v, counts)
	more, err := e.toOpen(ctx, tx, cur, rows)
	if err != nil {
		return v, err
	}
	v.RemainingRows += more.rows
	v.ReusableRows, v.IdleRows = more.reused, more.idle
	if err := e.viewSchedule(ctx, tx, cur, &v); err != nil {
		return v, err
	}
	if err := e.viewMoney(ctx, tx, cur, &v, reused); err != nil {
		return v, err
	}
	if v.Followed, err = run.Followed(ctx, tx, time.Now()); err != nil {
		return v, err
	}
	if cur.State == fettle.Live && !v.Followed {
		v.Message = "nobody is following: no process makes calls. Whoever runs the server starts one (fettle serve or fettle worker, or fettle enrichment run " + cur.Name + ")"
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
	var r store.Run
	if cur.RunID != 0 {
		if r, err = tx.Run(ctx, cur.RunID); err != nil {
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
	}
	if v.RoomAgain, v.PauseDetail, err = e.roomAgain(ctx, tx, cur, r); err != nil {
		return v, err
	}
	if cur.PauseReason == fettle.PausedByProvider || cur.PauseReason == fettle.PausedByFailures {
		v.Mended, v.PauseDetail, err = e.pauseStands(ctx, tx, cur)
	}
	if cur.State == fettle.Paused && cur.PauseReason == fettle.PausedByGuard {
		v.Mended, v.PauseDetail, err = e.guardStands(ctx, tx, cur)
	}
	return v, err
}

// yetToOpen is what is left to do by the estimate that a run went live by, while
// its rows are still being opened: all that it would buy or reuse, or, where it
// had rows before, what it would buy and has not bought yet.
func yetToOpen(est fettle.Estimate, rows, bought int64) int64 {
	if rows == 0 {
		return est.ToRun + est.Reused + est.Computed + est.Waiting
	}
	return est.ToRun + est.Waiting - (bought - est.BeforeRows)
}

// paidRows fills in how many rows were charged, which holds whatever became of
// their records, and gives how many rows there are, and how many reused a value.
func paidRows(v *fettle.EnrichmentView, counts map[store.RowKind]int64) (total, reused int64) {
	for k, n := range counts {
		total += n
		if k.Paid {
			v.PaidRows += n
		}
		if k.State == fettle.RowDone && k.Outcome == fettle.Reused {
			reused += n
		}
	}
	return total, reused
}

// countRows fills in the counts of the rows of members.
func countRows(v *fettle.EnrichmentView, counts map[store.RowKind]int64) {
	byOutcome := map[fettle.Outcome]*int64{
		fettle.Found: &v.Rows.Found, fettle.NotFoundRow: &v.Rows.NotFound, fettle.Reused: &v.Rows.Reused, fettle.KnownNotFound: &v.Rows.KnownNotFound,
		fettle.Filled: &v.Rows.Filled, fettle.Skipped: &v.Rows.Skipped, fettle.MissingInput: &v.Rows.MissingInput, fettle.Failed: &v.Rows.Failed, fettle.Unknown: &v.Rows.Unknown, fettle.TakenBack: &v.Rows.TakenBack,
	}
	for k, n := range counts {
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
			case fettle.AwaitsGuard:
				v.GuardRows += n
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
	}
	v.RemainingRows = v.Rows.Pending + v.Rows.Waiting + v.Rows.Running
}

func (e *Engine) viewMoney(ctx context.Context, tx *store.Tx, cur store.Enrichment, v *fettle.EnrichmentView, reused int64) error {
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
	price, _, err := e.rowPrice(ctx, tx, cur)
	if err != nil {
		return err
	}
	v.SavedCredits = saved(price.found, reused)
	inForce, err := limits.Of(ctx, tx, store.ScopeEnrichment, key)
	if err != nil {
		return err
	}
	for _, l := range inForce {
		lv, err := limits.View(ctx, tx, l, cur.RunID, price.high, price.expected)
		if err != nil {
			return err
		}
		v.Limits = append(v.Limits, lv)
	}
	if len(v.Limits) > 0 {
		v.Limit = &v.Limits[0]
	}
	v.Budget, err = tx.BudgetOf(ctx, store.Member{Kind: store.MemberEnrichment, Key: key})
	return err
}
