package engine

import (
	"context"
	"strings"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/run"
	"fettle/store"
)

// Retry opens rows again that ended with an outcome, on a person's word: what
// was billed without use is asked again, and may be billed again.
func (e *Engine) Retry(ctx context.Context, actor fettle.Actor, name string, outcome fettle.Outcome, confirm bool) (fettle.EnrichmentView, error) {
	switch outcome {
	case fettle.Failed, fettle.NotFoundRow, fettle.KnownNotFound, fettle.MissingInput, fettle.Skipped:
	case fettle.Unknown:
		return fettle.EnrichmentView{}, fettle.Errorf(fettle.Refused, "an unknown charge is resolved, not retried here").WithHint("Resolve it under Credits → To resolve (fettle unknown resolve --all --retry).")
	case fettle.Found, fettle.Reused, fettle.TakenBack, fettle.Filled, fettle.Held, fettle.AwaitsAnswer, fettle.AwaitsApproval, fettle.AwaitsOwnLimit, fettle.AwaitsConflict, fettle.AwaitsGuard:
		fallthrough
	default:
		return fettle.EnrichmentView{}, fettle.Errorf(fettle.Invalid, "rows with the outcome %q cannot be retried", outcome).
			WithHint("Retry failed, not_found, known_not_found, missing_input or skipped rows; buy found values again with rerun.")
	}
	return e.openAgain(ctx, actor, name, "retry", fettle.CauseRetry, confirm, nil, func(r store.Row) bool { return r.Outcome == outcome })
}

// RerunOptions say which values a rerun buys again: all of them, or those that
// one of these names.
type RerunOptions struct {
	Stale   bool    // that a version before the newest change of what is asked bought
	Version int64   // that this version bought
	Failed  bool    // rows that failed: as Retry of failed rows
	Records []int64 // of these records, however their rows ended

	Most *fettle.Credits // no choice: the most that it may spend from now on, as of a start
}

// Any says whether a choice is made; without one all that was bought is meant.
func (o RerunOptions) Any() bool { return o.given() > 0 }

func (o RerunOptions) given() (n int) {
	for _, given := range []bool{o.Stale, o.Version != 0, o.Failed, len(o.Records) > 0} {
		if given {
			n++
		}
	}
	return n
}

// check refuses two choices at once: each has its own price.
func (o RerunOptions) check() error {
	n := o.given()
	if n > 1 {
		return fettle.Errorf(fettle.Invalid, "a rerun goes by one choice of rows, and %d are given", n).
			WithHint("Give one of stale, version, failed and records; none means all that were bought.")
	}
	return nil
}

// Rerun buys values again that were bought before. Its price is shown first.
func (e *Engine) Rerun(ctx context.Context, actor fettle.Actor, name string, opt RerunOptions, confirm bool) (fettle.EnrichmentView, error) {
	if _, err := e.may(ctx, actor, "rerun"); err != nil {
		return fettle.EnrichmentView{}, err
	}
	if err := opt.check(); err != nil {
		return fettle.EnrichmentView{}, err
	}
	cause, test, err := e.chosenBy(ctx, name, opt)
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	return e.openAgain(ctx, actor, name, string(cause), cause, confirm, opt.Most, test)
}

// chosenBy is why the rows of a rerun would run, and the test that they pass.
func (e *Engine) chosenBy(ctx context.Context, name string, opt RerunOptions) (fettle.Cause, func(store.Row) bool, error) {
	switch {
	case opt.Failed:
		return fettle.CauseRetry, func(r store.Row) bool { return r.Outcome == fettle.Failed }, nil
	case len(opt.Records) > 0:
		chosen := setOf(opt.Records)
		return fettle.CauseRerun, func(r store.Row) bool {
			return chosen[r.RecordID] && r.Outcome != fettle.Unknown // whose charge is resolved first
		}, nil
	}
	var old map[int64]bool
	if opt.Stale || opt.Version != 0 {
		var err error
		if old, err = e.boughtBy(ctx, name, opt); err != nil {
			return "", nil, err
		}
	}
	return fettle.CauseRerun, func(r store.Row) bool {
		return (r.Outcome == fettle.Found || r.Outcome == fettle.Reused || r.Outcome == fettle.TakenBack) && (old == nil || old[r.RecordID])
	}, nil
}

// estimateRerun prices the rows that a rerun would open, with the same test and
// the same prices as the rerun itself. No such rows cost nothing.
func (e *Engine) estimateRerun(ctx context.Context, payer, name string, opt EstimateOptions) (tally, error) {
	if len(opt.Audience) > 0 || opt.Model != "" || opt.SkipExpired {
		return tally{}, fettle.Errorf(fettle.Invalid, "a rerun is priced as the enrichment is defined now").
			WithHint("Leave out the other audience and model, or price a start.")
	}
	if err := opt.Rerun.check(); err != nil {
		return tally{}, err
	}
	e.conns.Refresh(ctx)
	cause, test, err := e.chosenBy(ctx, name, *opt.Rerun)
	if err != nil {
		return tally{}, err
	}
	_, _, t, err := e.againPrice(ctx, payer, name, cause, test)
	return t, err
}

// boughtBy gives the records with a value that an older or a named version
// bought.
func (e *Engine) boughtBy(ctx context.Context, name string, opt RerunOptions) (map[int64]bool, error) {
	var ids []int64
	err := e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		first, last := int64(0), cur.LogicVersion-1
		if opt.Version != 0 {
			if first, last = opt.Version, opt.Version; last < 1 || last > cur.Version {
				return fettle.Errorf(fettle.NotFound, "%s has no version %d", name, opt.Version).WithHint("Its versions are listed on its page (fettle enrichment versions %s).", name)
			}
		}
		ids, err = tx.RecordsBoughtBy(ctx, cur.ID, first, last)
		return err
	})
	return setOf(ids), err
}

func setOf(ids []int64) map[int64]bool {
	in := make(map[int64]bool, len(ids))
	for _, id := range ids {
		in[id] = true
	}
	return in
}

// openAgain opens finished rows that pass a test, as a run of its own. Without
// confirmation it refuses with the rows and the highest price.
func (e *Engine) openAgain(ctx context.Context, actor fettle.Actor, name, kind string, cause fettle.Cause, confirm bool, most *fettle.Credits, test func(store.Row) bool) (fettle.EnrichmentView, error) {
	if _, err := e.may(ctx, actor, kind); err != nil {
		return fettle.EnrichmentView{}, err
	}
	if err := e.worker.FinishClearing(ctx); err != nil {
		return fettle.EnrichmentView{}, err
	}
	cur, ids, t, err := e.againPrice(ctx, actor.Name, name, cause, test)
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	if len(ids) == 0 {
		return fettle.EnrichmentView{}, fettle.Errorf(fettle.Refused, "%s has no such rows", name).WithHint("Its page counts the rows by outcome (fettle enrichment show %s).", name)
	}
	if err := e.db.View(ctx, func(tx *store.Tx) error { return t.needOwnRoom(ctx, tx, cur, kind, actor.Name) }); err != nil {
		return fettle.EnrichmentView{}, err
	}
	if !confirm {
		q := fettle.QuietSpend{
			Enrichment: name, Rows: int64(len(ids)), ToBuy: t.est.ToRun, ExpectedCredits: t.est.ExpectedCredits, HighCredits: t.est.HighCredits,
			UnlimitedCredits: t.est.UnlimitedCredits,
		}
		return fettle.EnrichmentView{}, fettle.Errorf(fettle.Confirm, "this asks again for %s", quietText(q)).
			WithHint("Confirm it (--yes).").With("quiet_spend", []fettle.QuietSpend{q}).With("estimate", t.est)
	}
	for from := 0; from < len(ids); from += run.PlanPage {
		if err := e.openPage(ctx, actor, cur, ids[from:min(from+run.PlanPage, len(ids))], kind, cause, from == 0, t.est, most); err != nil {
			return fettle.EnrichmentView{}, err
		}
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

// againPrice finds the finished rows that pass a test, of records that are in
// the audience now, and prices asking for them again.
func (e *Engine) againPrice(ctx context.Context, payer, name string, cause fettle.Cause, test func(store.Row) bool) (cur store.Enrichment, ids []int64, t tally, err error) {
	var p *judge.Program
	var m judge.Membership
	ids = []int64{}
	err = e.db.View(ctx, func(tx *store.Tx) (err error) {
		if cur, err = tx.Enrichment(ctx, name); err != nil {
			return err
		}
		if p, err = e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition); err != nil {
			return err
		}
		if m, err = e.judge.Membership(ctx, tx, p.Entity, cur.Definition.Audience); err != nil {
			return err
		}
		rows, err := rowsThat(ctx, tx, cur.ID, test)
		for from := 0; from < len(rows) && err == nil; from += run.PlanPage {
			var in []int64
			in, err = tx.Members(ctx, p.Entity, m.Where, rows[from:min(from+run.PlanPage, len(rows))])
			ids = append(ids, in...)
		}
		return err
	})
	if err != nil {
		return cur, nil, t, err
	}
	if t, err = e.priceSet(ctx, e.db.View, cur, p, rowSet{where: m.Where, ids: ids, cause: cause, names: true}); err != nil {
		return cur, nil, t, err
	}
	anew := cur
	anew.RunID = 0 // it is a run of its own, and a limit of each run begins with it
	err = e.db.View(ctx, func(tx *store.Tx) error { return e.finishEstimate(ctx, tx, anew, &t, payer) })
	t.est.RerunRows = int64(len(ids))
	return cur, ids, t, err
}

func rowsThat(ctx context.Context, tx *store.Tx, id int64, test func(store.Row) bool) ([]int64, error) {
	var ids []int64
	for after := int64(0); ; {
		rows, err := tx.RowPage(ctx, id, store.RowQuery{State: fettle.RowDone, After: after, Limit: run.PlanPage})
		if err != nil || len(rows) == 0 {
			return ids, err
		}
		for _, r := range rows {
			if test(r) {
				ids = append(ids, r.RecordID)
			}
		}
		after = rows[len(rows)-1].RecordID
	}
}

func (e *Engine) openPage(ctx context.Context, actor fettle.Actor, cur store.Enrichment, ids []int64, kind string, cause fettle.Cause, first bool, est fettle.Estimate, most *fettle.Credits) error {
	return e.db.Update(ctx, func(tx *store.Tx) error {
		now := time.Now().UnixMicro()
		c, err := tx.LockEnrichmentByID(ctx, cur.ID)
		if err != nil {
			return err
		}
		if first {
			if c, err = within(ctx, tx, actor, c, most, true); err != nil {
				return err
			}
			id, err := tx.NextIDs(ctx, store.SeqRun, 1)
			if err != nil {
				return err
			}
			payer, err := keepsPaying(ctx, tx, c, actor)
			if err != nil {
				return err
			}
			if err := tx.AddRun(ctx, store.Run{ID: id, EnrichmentID: c.ID, Kind: kind, Audience: strings.Join(c.Definition.Audience, ", "), Estimate: &est, Actor: payer, StartedUS: now}); err != nil {
				return err
			}
			c.RunID = id
			if err := tx.PutEnrichment(ctx, c); err != nil {
				return err
			}
			if err := tx.Act(ctx, actor, "enrichment."+kind, c.Name, ""); err != nil {
				return err
			}
		}
		return run.ReopenFor(ctx, tx, c, ids, func(store.Row) bool { return true }, cause, actor.Name, now)
	})
}

// keepsPaying is on whose account the run of a rerun or retry is. What runs
// goes on on the account that it is on, and who asks is the opener of the rows
// alone: their own limit holds nobody else's rows.
func keepsPaying(ctx context.Context, tx *store.Tx, c store.Enrichment, actor fettle.Actor) (string, error) {
	if c.State != fettle.Live || c.RunID == 0 {
		return actor.Name, nil
	}
	r, err := tx.Run(ctx, c.RunID)
	return r.Actor, err
}
