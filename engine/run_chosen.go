package engine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/run"
	"fettle/store"
)

// mostChosen is how many records are run by one request.
const mostChosen = 10_000

// chosenRows are chosen records of an enrichment, and what running them comes to.
type chosenRows struct {
	cur  store.Enrichment
	open []int64 // whose rows are opened
	t    tally
}

// RunRecords has an enrichment ask for chosen records alone, in a run of their own,
// whether it is live or not. What was bought, or asked for in vain, is not asked
// for again; that is a rerun. An enrichment that is not live stays so: its other
// rows stay where they are. Without confirmation it refuses with the rows and the
// highest price.
func (e *Engine) RunRecords(ctx context.Context, actor fettle.Actor, name string, of Chosen, confirm bool) (fettle.EnrichmentView, error) {
	if _, err := e.may(ctx, actor, "runRecords"); err != nil {
		return fettle.EnrichmentView{}, err
	}
	ids, err := e.ChosenIDs(ctx, actor, of)
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	if len(ids) > mostChosen {
		return fettle.EnrichmentView{}, fettle.Errorf(fettle.Invalid, "%d records are too many to run by themselves", len(ids)).
			WithHint("Choose up to %d, or start the enrichment for all of its audience.", mostChosen)
	}
	if err := e.worker.FinishClearing(ctx); err != nil {
		return fettle.EnrichmentView{}, err
	}
	c, err := e.chosenPrice(ctx, actor.Name, name, ids)
	if err != nil {
		return fettle.EnrichmentView{}, err
	}
	if err := e.askChosen(ctx, actor, c, int64(len(ids)), confirm); err != nil {
		return fettle.EnrichmentView{}, err
	}
	if err := e.openChosen(ctx, actor, c); err != nil {
		return fettle.EnrichmentView{}, err
	}
	e.worker.Forget(name)
	e.worker.Look()
	e.events.Publish("enrichment", name)
	v, err := e.Enrichment(ctx, actor, name)
	if err == nil && v.State != fettle.Live {
		v.Message = fmt.Sprintf("%s stays %s: these rows run by themselves", v.Label, v.State)
	}
	return v, err
}

// chosenPrice finds the chosen records that are in the audience, and prices those
// that can be run now.
func (e *Engine) chosenPrice(ctx context.Context, payer, name string, ids []int64) (c chosenRows, err error) {
	e.conns.Refresh(ctx)
	var p *judge.Program
	var m judge.Membership
	var free []int64 // of members
	there := map[int64]bool{}
	var members, busy int64
	err = e.db.View(ctx, func(tx *store.Tx) (err error) {
		if c.cur, err = tx.Enrichment(ctx, name); err != nil {
			return err
		}
		if p, err = e.judge.Compile(ctx, tx, c.cur.ID, c.cur.Name, c.cur.Version, c.cur.Definition); err != nil {
			return err
		}
		if m, err = e.judge.Membership(ctx, tx, p.Entity, c.cur.Definition.Audience); err != nil {
			return err
		}
		free, members, busy = []int64{}, 0, 0
		for from := 0; from < len(ids); from += run.PlanPage {
			in, err := tx.Members(ctx, p.Entity, m.Where, ids[from:min(from+run.PlanPage, len(ids))])
			if err != nil {
				return err
			}
			rows, err := tx.RowsOf(ctx, c.cur.ID, in)
			if err != nil {
				return err
			}
			members += int64(len(in))
			for _, id := range in {
				r, has := rows[id]
				if !run.MayOpen(c.cur, r, has) {
					busy++
					continue
				}
				free, there[id] = append(free, id), has && r.State == fettle.RowDone
			}
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	asks := map[int64]bool{}
	set := rowSet{where: m.Where, ids: free, cause: fettle.CausePilot, names: true, each: func(id int64, _ fettle.Credits) { asks[id] = true }}
	if c.t, err = e.priceSet(ctx, e.db.View, c.cur, p, set); err != nil {
		return c, err
	}
	for _, id := range free {
		if asks[id] || !there[id] {
			c.open = append(c.open, id)
		}
	}
	anew := c.cur
	anew.RunID = 0 // it is a run of its own, and a limit of each run begins with it
	err = e.db.View(ctx, func(tx *store.Tx) error { return e.finishEstimate(ctx, tx, anew, &c.t, payer) })
	est := &c.t.est
	est.OutsideRows = int64(len(ids)) - members
	est.AudienceRows, est.Waiting = est.AudienceRows+busy, est.Waiting+busy
	return c, err
}

// askChosen refuses what cannot run, and what was not confirmed with its price.
func (e *Engine) askChosen(ctx context.Context, actor fettle.Actor, c chosenRows, chosen int64, confirm bool) error {
	est := c.t.est
	if len(c.open) == 0 {
		why, next := nothingToRun(est)
		return fettle.Errorf(fettle.Refused, "%s has nothing to run for %s: %s", c.cur.Label, many(chosen, "record", "records"), why).
			WithHint("%s", next).With("estimate", est)
	}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		if c.cur.State == fettle.Live {
			return c.t.needOwnRoom(ctx, tx, c.cur, "the run", actor.Name)
		}
		if err := e.mayGoLive(ctx, tx, c.cur, run.KindChosen); err != nil {
			return err
		}
		anew := c.cur
		anew.RunID = 0
		return c.t.needRoom(ctx, tx, anew, actor.Name)
	})
	if err != nil || confirm {
		return err
	}
	q := fettle.QuietSpend{
		Enrichment: c.cur.Name, Rows: int64(len(c.open)), ToBuy: est.ToRun, ExpectedCredits: est.ExpectedCredits, HighCredits: est.HighCredits, UnlimitedCredits: est.UnlimitedCredits,
	}
	return fettle.Errorf(fettle.Confirm, "this asks for %s", quietText(q)).
		WithHint("Confirm it (--yes).").With("quiet_spend", []fettle.QuietSpend{q}).With("estimate", est)
}

// nothingToRun says why no chosen record would be asked for, and what helps the most
// of them.
func nothingToRun(est fettle.Estimate) (reasons, next string) {
	const rerun = "Buy values again that were bought before by a rerun."
	var why []string
	most := int64(0)
	for _, x := range []struct {
		n        int64
		is, next string
	}{
		{est.OutsideRows, "not in its audience", "Choose records of its audience, or change the audience's filter."},
		{est.Reused, "bought already", rerun},
		{est.Computed, "worked out already", "Run it again where its inputs have changed by a rerun."},
		{est.Filled, "with a value already", "Clear the values that are to be replaced, or let the enrichment overwrite what is filled."},
		{est.KnownNotFound, "asked for in vain before", "Ask again, at its price, by a retry of those not found."},
		{est.Waiting, "under way or waiting", "Wait for them; the rows of the enrichment say what each waits for."},
		{est.MissingInput, "without what it needs", "Fill the fields that its steps read."},
		{est.Skipped, "left out by its condition or suppressed", "Change the condition of its steps, or take the records off the suppression list."},
		{est.TakenBack, "taken back by a person", rerun},
	} {
		if x.n > 0 {
			why = append(why, fmt.Sprintf("%d %s", x.n, x.is))
		}
		if x.n > most {
			most, next = x.n, x.next
		}
	}
	return strings.Join(why, ", "), next
}

// openChosen opens the rows by the price that was shown.
func (e *Engine) openChosen(ctx context.Context, actor fettle.Actor, c chosenRows) error {
	return e.db.Update(ctx, func(tx *store.Tx) error {
		now := time.Now().UnixMicro()
		cur, err := tx.LockEnrichmentByID(ctx, c.cur.ID)
		if err != nil {
			return err
		}
		if cur.State != c.cur.State || cur.Version != c.cur.Version {
			return fettle.Errorf(fettle.Refused, "%s was changed while it was priced", cur.Label).WithHint("Look at the price again.")
		}
		id, err := e.chosenRun(ctx, tx, actor, &cur, c.t.est, now)
		if err != nil {
			return err
		}
		n, err := run.OpenChosen(ctx, tx, cur, c.open, id, actor.Name, now)
		if err != nil {
			return err
		}
		return tx.Act(ctx, actor, "enrichment.chosen", cur.Name, fettle.Count(n, "row", "rows"))
	})
}

// chosenRun begins the run of chosen rows. Beside an enrichment that is not live
// it joins those that run so already.
func (e *Engine) chosenRun(ctx context.Context, tx *store.Tx, actor fettle.Actor, cur *store.Enrichment, est fettle.Estimate, nowUS int64) (int64, error) {
	live := cur.State == fettle.Live
	payer := actor.Name
	var err error
	switch {
	case live:
		payer, err = keepsPaying(ctx, tx, *cur, actor)
	case cur.PilotRunID != 0:
		r, err := tx.Run(ctx, cur.PilotRunID)
		if err == nil && r.Allowance {
			err = fettle.Errorf(fettle.Refused, "a pilot of %s runs on %s's allowance", cur.Label, r.Actor).WithHint("Wait for it to end, or pause it.")
		}
		return cur.PilotRunID, err
	default:
		err = e.mayGoLive(ctx, tx, *cur, run.KindChosen)
	}
	if err != nil {
		return 0, err
	}
	id, err := tx.NextIDs(ctx, store.SeqRun, 1)
	if err != nil {
		return 0, err
	}
	r := store.Run{ID: id, EnrichmentID: cur.ID, Kind: run.KindChosen, Audience: strings.Join(cur.Definition.Audience, ", "), Estimate: &est, Actor: payer, StartedUS: nowUS}
	if err := tx.AddRun(ctx, r); err != nil {
		return 0, err
	}
	if live {
		cur.RunID = id
	} else {
		cur.PilotRunID = id
	}
	cur.UpdatedUS = nowUS
	return id, tx.PutEnrichment(ctx, *cur)
}
