package engine

import (
	"context"
	"fmt"
	"math"
	"time"

	"fettle"
	"fettle/backtest"
	"fettle/expr"
	"fettle/judge"
	"fettle/past"
	"fettle/store"
)

// mostBacktestDays bounds how far a backtest goes back.
const mostBacktestDays = 366

// Backtest says what an enrichment would have done, had it been live over the last
// days: with today's definition, filters, prices and hit rates. As run, it waits
// where the enrichment was not live, and stops at the limit of then. It spends
// nothing and opens nothing, and a draft has one too.
func (e *Engine) Backtest(ctx context.Context, actor fettle.Actor, name string, days int, asRun bool) (out fettle.Backtest, err error) {
	if err := actor.Require(fettle.Viewer, "backtest"); err != nil {
		return out, err
	}
	if days < 1 || days > mostBacktestDays {
		return out, fettle.Errorf(fettle.Invalid, "a backtest of %d days", days).WithHint("Take 1 to %d days.", mostBacktestDays)
	}
	e.conns.Refresh(ctx)
	err = e.db.View(ctx, func(tx *store.Tx) error {
		cur, err := tx.Enrichment(ctx, name)
		if err != nil {
			return err
		}
		now := time.Now().UTC()
		out, err = e.replay(ctx, tx, cur, replayed{from: now.AddDate(0, 0, -days), to: now, asRun: asRun})
		out.Enrichment, out.Days = cur.Name, days
		return err
	})
	return out, err
}

// replayed is a time of an enrichment that is replayed.
type replayed struct {
	from, to time.Time
	asRun    bool
	most     int // records; 0: as many as a backtest takes
}

// replay replays the time from a moment on, or from the beginning of the history.
func (e *Engine) replay(ctx context.Context, tx *store.Tx, cur store.Enrichment, r replayed) (fettle.Backtest, error) {
	var none fettle.Backtest
	p, err := e.judge.Compile(ctx, tx, cur.ID, cur.Name, cur.Version, cur.Definition)
	if err != nil {
		return none, err
	}
	since, err := past.Begins(ctx, tx)
	if err != nil {
		return none, err
	}
	if since.IsZero() {
		return none, fettle.Errorf(fettle.Refused, "nothing was written yet: there is no past to replay").WithHint("Import records first.")
	}
	in := backtest.Input{Program: p, From: r.from, To: r.to, Limit: cur.Definition.Limit, Most: r.most}
	if !since.Before(r.to) {
		return none, fettle.Errorf(fettle.Refused, "nothing was written before %s", r.to.Format(time.RFC3339)).WithHint("Wait until there is a past.")
	}
	if since.After(r.from) {
		in.From = since.Add(-time.Microsecond) // what was written first enters then
	}
	known, err := p.LookUp(ctx, tx)
	if err != nil {
		return none, err
	}
	in.Known = judge.Measured(known)
	env, err := e.judge.Env(ctx, tx, p.Entity)
	if err != nil {
		return none, err
	}
	for _, n := range cur.Definition.Audience {
		a, err := tx.Audience(ctx, n)
		if err != nil {
			return none, err
		}
		var f *expr.Filter
		if f, err = env.Filter(a.Where); err != nil {
			return none, judge.WithinAudience(err, n)
		}
		in.Filters = append(in.Filters, f)
	}
	if r.asRun {
		if in.Times, err = tx.EnrichmentTimes(ctx, cur.ID); err != nil {
			return none, err
		}
		if len(in.Times) == 0 {
			in.Times = []store.EnrichmentTime{}
		}
		if in.Present, err = tx.PresentTimes(ctx); err != nil {
			return none, err
		}
	}
	out, err := backtest.Run(ctx, tx, in)
	if err != nil {
		return none, err
	}
	out.HistorySince = since
	begin, err := past.At(ctx, tx, in.From)
	if err != nil {
		return none, err
	}
	if out.Erased, err = tx.ErasedSince(ctx, p.Entity, begin.First); err != nil {
		return none, err
	}
	if cur.Definition.Poll != "" {
		if out.Poll, err = pollRange(ctx, tx, cur, out.Calls); err != nil {
			return none, err
		}
	}
	out.Assumptions = assumptions(cur, p, known, in, out)
	return out, nil
}

// assumptions says what a backtest goes by, each in a line.
func assumptions(cur store.Enrichment, p *judge.Program, known []judge.Odds, in backtest.Input, out fettle.Backtest) []string {
	day := func(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 UTC") }
	list := []string{
		fmt.Sprintf("%s as it is defined today (version %d), with today's audience, prices and hit rates.", cur.Label, cur.Version),
		"What other enrichments bought is there from when they bought it, and is reused. What this one bought, wrote and caused is left out.",
	}
	for i := range known {
		if b := known[i].Basis; b != "" {
			list = append(list, "Prices: "+b+".")
		}
	}
	if out.AsRun {
		list = append(list, "As run: nothing is bought while it was not live or no process ran, nor beyond its own limit of the time. Other limits are not replayed.")
		if len(in.Times) > 0 {
			list = append(list, "When it was live, and under which limit, is known from "+day(time.UnixMicro(in.Times[0].AtUS))+" on.")
		}
		if len(in.Present) > 0 && in.Present[0].AtUS > in.From.UnixMicro() {
			list = append(list, "When no process ran is known from "+day(time.UnixMicro(in.Present[0].AtUS))+" on: before that one is taken to have run.")
		}
	} else {
		list = append(list, "As if it had been live from the beginning on: limits, pauses and times when no process ran hold nothing up.")
	}
	if !p.Definition.Enters() {
		list = append(list, "It does not follow: only the first run is bought.")
	}
	if out.HistorySince.After(in.To.AddDate(0, 0, -out.Days)) || in.From.Before(out.HistorySince) {
		list = append(list, "The history begins on "+day(out.HistorySince)+": it begins there, and what was there first enters then.")
	}
	list = append(list,
		"A schedule does not change what is due, only when: it is not replayed.",
		"Records that are not to be enriched today are not enriched then either. Fields that have another type now were blank.",
	)
	if out.SampledRecords > 0 {
		list = append(list, fmt.Sprintf("%d of about %d records were replayed, spread over all; the others are taken to be like them.", out.SampledRecords, out.Records))
	}
	if out.Erased > 0 {
		list = append(list, fmt.Sprintf("%s erased since, not included.", many(out.Erased, "record was", "records were")))
	}
	return list
}

// pollRange says how many signals checks find: by how many they found so far.
func pollRange(ctx context.Context, tx *store.Tx, cur store.Enrichment, checks int64) (*fettle.BacktestPoll, error) {
	p := &fettle.BacktestPoll{Checks: checks}
	made, found, err := tx.PollRate(ctx, cur.ID)
	if err != nil {
		return nil, err
	}
	if made < fewChecks {
		p.Basis = fmt.Sprintf("not known: %s made so far", many(made, "check was", "checks were"))
		return p, nil
	}
	low, high := wilson(found, made)
	l, h := int64(low*float64(checks)), int64(high*float64(checks)+0.999)
	p.Low, p.High = &l, &h
	p.Basis = fmt.Sprintf("%d of %d checks so far found a signal", found, made)
	return p, nil
}

// fewChecks are too few to know how often a check finds something.
const fewChecks = 20

// wilson is between which shares the true one lies, by what was seen, 19 times in
// 20.
func wilson(found, of int64) (low, high float64) {
	const z = 1.96
	n, p := float64(of), float64(found)/float64(of)
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, mid-half), min(1, mid+half)
}
