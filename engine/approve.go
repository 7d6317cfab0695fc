package engine

import (
	"context"
	"maps"
	"slices"
	"time"

	"fettle"
	"fettle/expr"
	"fettle/limits"
	"fettle/run"
	"fettle/store"
)

// Approve lets the rows of an enrichment run that wait for somebody who may
// spend, for room under the own limit of who opened them, or that a guard set
// aside, and agrees to its audience as it is now; with records, only the rows of
// these that a guard set aside. Without confirmation it
// refuses with the rows and the highest price. They count in the own limits of
// who approves them, beside those of the run's person.
func (e *Engine) Approve(ctx context.Context, actor fettle.Actor, name string, confirm bool, records ...int64) (fettle.EnrichmentView, error) {
	s, err := e.may(ctx, actor, "approve")
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	var rows int64
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		cur, err := tx.LockEnrichment(ctx, name)
		if err != nil {
			return err
		}
		if len(records) > 0 {
			rows, err = e.approveAside(ctx, tx, actor, cur, records, confirm)
			return err
		}
		if rows, err = e.approvalRows(ctx, tx, cur); err != nil {
			return err
		}
		quiet, err := limits.Quiet(ctx, tx, cur.ID, "", time.Now())
		if err != nil {
			return err
		}
		if rows == 0 && cur.Agreed == "" && quiet.Rows == 0 {
			return fettle.Errorf(fettle.Refused, "no rows of %s wait for approval", name).WithHint("Its page counts the rows by outcome (fettle enrichment show %s).", name)
		}
		if !confirm && rows > 0 {
			return e.askApproval(ctx, tx, cur, rows, nil, actor.Name)
		}
		now := time.Now().UnixMicro()
		if cur.Agreed, err = run.Reagreed(ctx, tx, cur, actor, s, fettle.Audience{}, ""); err != nil {
			return err
		}
		cur.UpdatedUS = now
		if err := tx.PutEnrichment(ctx, cur); err != nil {
			return err
		}
		if err := tx.DropQuiet(ctx, cur.ID, ""); err != nil {
			return err
		}
		if err := run.Release(ctx, tx, cur.ID, actor.Name, now); err != nil {
			return err
		}
		if err := run.ReleaseAside(ctx, tx, cur.ID, nil, actor.Name, now); err != nil {
			return err
		}
		return tx.Act(ctx, actor, "enrichment.approve", name, fettle.Count(rows, "row", "rows"))
	})
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	e.worker.Forget(name)
	e.worker.Look()
	e.events.Publish("enrichment", name)
	v, err := e.Enrichment(ctx, actor, name)
	if err == nil && v.State != fettle.Live {
		v.Message = "The rows run when it is resumed (fettle enrichment resume " + name + ")"
	}
	return v, err
}

// approveAside lets rows of some records run that a guard set aside.
func (e *Engine) approveAside(ctx context.Context, tx *store.Tx, actor fettle.Actor, cur store.Enrichment, records []int64, confirm bool) (int64, error) {
	all, err := tx.RowsOf(ctx, cur.ID, records)
	if err != nil {
		return 0, err
	}
	of := map[int64]bool{}
	for id, r := range all {
		if r.State == fettle.RowWaiting && r.Outcome == fettle.AwaitsGuard {
			of[id] = true
		}
	}
	rows := int64(len(of))
	if rows == 0 {
		return 0, fettle.Errorf(fettle.Refused, "no guard of %s set a row of these records aside", cur.Label).WithHint("List what waits (fettle enrichment rows %s --state waiting).", cur.Name)
	}
	if !confirm {
		return 0, e.askApproval(ctx, tx, cur, rows, slices.Sorted(maps.Keys(of)), actor.Name)
	}
	if err := run.ReleaseAside(ctx, tx, cur.ID, of, actor.Name, time.Now().UnixMicro()); err != nil {
		return 0, err
	}
	return rows, tx.Act(ctx, actor, "enrichment.approve", cur.Name, fettle.Count(rows, "row", "rows")+" that a guard set aside")
}

// askApproval refuses with the rows and their highest price.
func (e *Engine) askApproval(ctx context.Context, tx *store.Tx, cur store.Enrichment, rows int64, records []int64, actor string) error {
	p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err != nil {
		return err
	}
	m, err := e.judge.Membership(ctx, tx, cur.Entity, cur.Definition.Audience)
	if err != nil {
		return err
	}
	t, err := e.priceSet(ctx, inside(tx), cur, p, rowSet{where: expr.All(m.Where, store.AwaitingRoom(cur.ID)), ids: records, most: mostPriced})
	if err != nil {
		return err
	}
	if err := t.limit(ctx, tx, cur, actor); err != nil {
		return err
	}
	q := fettle.QuietSpend{
		Enrichment: cur.Name, Rows: rows, ToBuy: t.est.ToRun, ExpectedCredits: t.est.ExpectedCredits, HighCredits: t.est.HighCredits, UnlimitedCredits: t.est.UnlimitedCredits,
	}
	return fettle.Errorf(fettle.Confirm, "this lets %s of %s run, at most %s", fettle.Count(q.Rows, "row", "rows"), cur.Label, q.HighCredits.Words()).
		WithHint("Confirm it (--yes).").With("quiet_spend", []fettle.QuietSpend{q})
}

// approvalRows counts the rows of an enrichment that an approval releases: those
// that wait for it, and those that wait for room under their opener's own limit.
func (e *Engine) approvalRows(ctx context.Context, tx *store.Tx, cur store.Enrichment) (int64, error) {
	counts, err := e.inAudience(ctx, tx, cur)
	var n int64
	for k, v := range counts {
		if k.State == fettle.RowWaiting && (k.Outcome == fettle.AwaitsApproval || k.Outcome == fettle.AwaitsOwnLimit || k.Outcome == fettle.AwaitsGuard) {
			n += v
		}
	}
	return n, err
}

// resumeLive lets the rows of a live enrichment go on that wait for room under
// the own limit of who opened them: from then on they count in those of who
// resumes. done is false where it is not live, or has no such rows.
func (e *Engine) resumeLive(ctx context.Context, actor fettle.Actor, name string, most *fettle.Credits) (done bool, err error) {
	err = e.db.Update(ctx, func(tx *store.Tx) error {
		done = false
		cur, err := tx.LockEnrichment(ctx, name)
		if err != nil || cur.State != fettle.Live {
			return err
		}
		if done, err = releaseOwn(ctx, tx, actor, cur); err == nil && done {
			_, err = within(ctx, tx, actor, cur, most, false)
		}
		return err
	})
	return done, err
}

// releaseOwn makes the rows pending that wait for room under the own limit of
// who opened them, on the account of who may spend and asks for it.
func releaseOwn(ctx context.Context, tx *store.Tx, actor fettle.Actor, cur store.Enrichment) (done bool, err error) {
	n, err := run.ReleaseOwn(ctx, tx, cur.ID, actor.Name, time.Now().UnixMicro())
	if err != nil || n == 0 {
		return false, err
	}
	return true, tx.Act(ctx, actor, "enrichment.approve", cur.Name, fettle.Count(n, "row", "rows")+" that waited for an own limit")
}
