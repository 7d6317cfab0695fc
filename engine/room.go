package engine

import (
	"context"
	"strconv"
	"time"

	"fettle"
	"fettle/store"
)

// rowBounds are the limits that every row of an enrichment counts in: its own,
// the workspace's and those of the person who pays, who is whoever began its
// run, or else the actor.
func rowBounds(ctx context.Context, tx *store.Tx, cur store.Enrichment, actor string) ([]bound, error) {
	c, err := readCaps(ctx, tx)
	if err != nil {
		return nil, err
	}
	if cur.RunID != 0 {
		r, err := tx.Run(ctx, cur.RunID)
		if err != nil {
			return nil, err
		}
		actor = r.Actor
	}
	return c.bounds(ctx, tx, payer{enrichment: cur.ID, run: cur.RunID, person: actor, at: time.Now()}.rowKeys())
}

// limitsLeave is what the tightest limits leave in credits and in records; nil
// where none binds. Granted credits are not a limit.
func limitsLeave(bounds []bound) (credits *fettle.Credits, records *int64) {
	for _, b := range bounds {
		if b.cap.Credits != nil && !b.grant && (credits == nil || b.room.Credits < *credits) {
			credits = &b.room.Credits
		}
		if b.cap.Records != nil && (records == nil || b.room.Records < *records) {
			records = &b.room.Records
		}
	}
	return credits, records
}

// full gives the first bound that leaves no room for a row of the price, where
// nothing that is in flight may still make room. counted says that the row
// needs no more records.
func full(bounds []bound, price fettle.Credits, counted bool) (bound, bool) {
	for _, b := range bounds {
		flying := b.balance.Reserved > 0 || b.balance.ReservedRecords > 0
		if !flying && (b.room.Credits < price || (b.room.Records < 1 && !counted)) {
			return b, true
		}
	}
	return bound{}, false
}

// noRoom says which limit leaves no room for the cheapest row that would run;
// "" where there is room, or nothing to buy.
func (t *tally) noRoom(bounds []bound, name string) string {
	if t.est.ToRun == 0 {
		return ""
	}
	b, is := full(bounds, t.lowest, t.counted)
	if !is {
		return ""
	}
	return reached(b, name)
}

// needRoom refuses to go on where not one row could be bought and none is free:
// it would only pause again.
func (t *tally) needRoom(ctx context.Context, tx *store.Tx, cur store.Enrichment) error {
	if t.free {
		return nil
	}
	bounds, err := rowBounds(ctx, tx, cur, t.actor)
	if err != nil {
		return err
	}
	why := t.noRoom(bounds, cur.Name)
	if why == "" {
		return nil
	}
	return fettle.Errorf(fettle.Refused, "%s cannot go on: %s", cur.Name, why).
		WithHint("Raise the limit first (fettle enrichment limit %s --credits N, or --records N), or grant credits (fettle credits grant N).", cur.Name).
		With("no_room", why)
}

// runKey is the balance of an enrichment's run.
func runKey(cur store.Enrichment) store.BalanceKey {
	return store.BalanceKey{Scope: store.ScopeEnrichment, Key: strconv.FormatInt(cur.ID, 10), Per: fettle.PerRun, Start: cur.RunID}
}

// agreedAgain keeps the estimate by which a run is resumed, with what the run
// had paid by then.
func agreedAgain(ctx context.Context, tx *store.Tx, cur store.Enrichment, est fettle.Estimate) error {
	run, err := tx.Balance(ctx, runKey(cur))
	if err != nil {
		return err
	}
	est.BeforeRows, est.BeforeCredits = run.SettledRecords, run.Settled+run.Overrun
	return tx.AgreeRun(ctx, cur.RunID, est)
}

// roomAgain reports whether an enrichment that paused for a limit, or for want
// of credits, would find room for a row at its highest price now.
func (e *Engine) roomAgain(ctx context.Context, tx *store.Tx, cur store.Enrichment, run store.Run) (bool, error) {
	byLimit := cur.PauseReason == fettle.PausedByLimit || cur.PauseReason == fettle.PausedByBalance
	if cur.State != fettle.Paused || !byLimit {
		return false, nil
	}
	p, err := e.compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err != nil {
		return false, nil //nolint:nilerr // it cannot run now: its own page says why
	}
	c, err := readCaps(ctx, tx)
	if err != nil {
		return false, err
	}
	pays := payer{enrichment: cur.ID, run: cur.RunID, person: run.Actor, at: time.Now()}
	keys := pays.rowKeys()
	for i := range p.steps {
		pays.provider = p.steps[i].conn.desc.Name
		keys = append(keys, pays.stepKeys()...)
	}
	bounds, err := c.bounds(ctx, tx, keys)
	price := p.typicalMax()
	if run.Estimate != nil && run.Estimate.PerRowCredits > 0 {
		price = run.Estimate.PerRowCredits
	}
	_, is := full(bounds, price, false)
	return !is, err
}
