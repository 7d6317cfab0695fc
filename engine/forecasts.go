package engine

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"fettle"
	"fettle/judge"
	"fettle/ledger"
	"fettle/limits"
	"fettle/store"
)

// scopeBalance is how a forecast names the workspace's granted credits.
const scopeBalance = "balance"

// Forecasts says of every limit, and of the workspace's balance, when it will
// be reached.
func (e *Engine) Forecasts(ctx context.Context, actor fettle.Actor) ([]fettle.LimitForecast, error) {
	if err := actor.Require(fettle.Viewer, "see forecasts"); err != nil {
		return nil, err
	}
	out := []fettle.LimitForecast{}
	err := e.db.View(ctx, func(tx *store.Tx) error {
		r, err := e.readForecasts(ctx, tx)
		if err != nil {
			return err
		}
		for _, l := range r.caps.InForce {
			f, err := r.of(ctx, tx, l)
			if err != nil {
				return err
			}
			out = append(out, f)
		}
		if r.caps.Granted == nil {
			return nil
		}
		f, err := r.of(ctx, tx, store.Limit{Scope: store.ScopeWorkspace, Limit: fettle.Limit{Credits: r.caps.Granted, Per: fettle.Lifetime}})
		f.Scope = scopeBalance
		out = append(out, f)
		return err
	})
	slices.SortStableFunc(out, func(a, b fettle.LimitForecast) int { return cmp.Compare(urgency(a), urgency(b)) })
	return out, err
}

// urgency orders forecasts: what is or will be reached first.
func urgency(f fettle.LimitForecast) int64 {
	switch {
	case f.Forecast.Verdict == fettle.ForecastReached:
		return 0
	case f.Forecast.At != nil:
		return f.Forecast.At.Unix()
	}
	return 1 << 60
}

// forecasts is what forecasts are made from, read once for all of them.
type forecasts struct {
	e      *Engine
	now    time.Time
	caps   limits.Caps
	uses   map[store.BalanceKey][]store.DayUse // by scope and key alone
	firsts map[int64]time.Time                 // day → its first entry of the journal
	byID   map[int64]fettle.EnrichmentView
	rows   int64  // that wait in any live enrichment
	paused string // why all spending is paused
}

func (e *Engine) readForecasts(ctx context.Context, tx *store.Tx) (*forecasts, error) {
	r := &forecasts{e: e, now: time.Now(), uses: map[store.BalanceKey][]store.DayUse{}, firsts: map[int64]time.Time{}, byID: map[int64]fettle.EnrichmentView{}}
	var err error
	if r.caps, err = limits.Read(ctx, tx); err != nil {
		return nil, err
	}
	if r.paused, _, err = tx.Setting(ctx, limits.SettingSpendingPaused); err != nil {
		return nil, err
	}
	uses, err := tx.DayUses(ctx, fettle.PerDay.Start(r.now).AddDate(0, 0, -paceDays).UnixMicro())
	if err != nil {
		return nil, err
	}
	for _, u := range uses {
		if u.Used() > 0 || u.UsedRecords() > 0 {
			k := store.BalanceKey{Scope: u.Scope, Key: u.Key}
			r.uses[k] = append(r.uses[k], u)
		}
	}
	list, err := tx.Enrichments(ctx)
	if err != nil {
		return nil, err
	}
	for _, cur := range list {
		v, err := e.view(ctx, tx, cur)
		if err != nil {
			return nil, err
		}
		r.byID[cur.ID] = v
		if cur.State == fettle.Live {
			r.rows += v.RemainingRows
		}
	}
	return r, nil
}

// of makes the forecast of one limit.
func (r *forecasts) of(ctx context.Context, tx *store.Tx, l store.Limit) (fettle.LimitForecast, error) {
	out := fettle.LimitForecast{Scope: string(l.Scope), Key: l.Key}
	s := spending{cap: l.Cap(), reset: l.Limit.Per.Next(r.now), rows: r.rows}
	var run, own int64
	if r.paused != "" {
		s.off = "spending is paused: " + r.paused
	}
	if l.Scope == store.ScopeEnrichment {
		id, err := strconv.ParseInt(l.Key, 10, 64)
		if err != nil {
			return out, err
		}
		v := r.byID[id]
		out.Key, run, own = v.Name, v.RunID, id
		s.rows, s.waits = v.RemainingRows, r.waits(ctx, tx, v)
		if v.State != fettle.Live && s.off == "" {
			s.off = atRest(v)
		}
	}
	var err error
	if out.LimitView, err = limits.View(ctx, tx, l, run, 0, 0); err != nil {
		return out, err
	}
	start := limits.PeriodStart(l.Limit.Per, r.now)
	if l.Limit.Per == fettle.PerRun {
		start = run
	}
	if s.used, err = tx.Balance(ctx, store.BalanceKey{Scope: l.Scope, Key: l.Key, Per: l.Limit.Per, Start: start}); err != nil {
		return out, err
	}
	if s.days, err = r.days(ctx, tx, store.BalanceKey{Scope: l.Scope, Key: l.Key}, own); err != nil {
		return out, err
	}
	out.Forecast = forecast(s, r.now)
	return out, nil
}

// atRest says that what is not live spends nothing more.
func atRest(v fettle.EnrichmentView) string {
	switch {
	case v.Piloting:
		return "only a few rows are tried"
	case v.State == fettle.Draft && v.SpentCredits > 0:
		return "nothing more is spent until it is started: what was spent so far was to try it"
	case v.State == fettle.Draft:
		return "nothing is spent until it is started"
	}
	return "nothing more is spent while it is paused"
}

// waits is what an enrichment's open rows cost at the most; nil where that is
// not known. What already runs is reserved, so it counts as used.
func (r *forecasts) waits(ctx context.Context, tx *store.Tx, v fettle.EnrichmentView) *ledger.Room {
	if v.Planning {
		return nil
	}
	cur, err := tx.Enrichment(ctx, v.Name)
	if err != nil {
		return nil
	}
	price, known, err := r.e.rowPrice(ctx, tx, cur)
	if err != nil || !known || price.high <= 0 {
		return nil
	}
	rows := math.Ceil(float64(v.Rows.Pending+v.Rows.Waiting) * price.part)
	return &ledger.Room{Credits: judge.About(float64(price.most) * rows), Records: int64(rows)}
}

// days are the days on which a scope used something, each with when that may
// have begun: the journal's first entry of the day, or an enrichment's first
// run of it.
func (r *forecasts) days(ctx context.Context, tx *store.Tx, k store.BalanceKey, enrichment int64) ([]dayUse, error) {
	var out []dayUse
	for _, u := range r.uses[k] {
		since, err := r.first(ctx, tx, u.StartUS)
		if err != nil {
			return nil, err
		}
		if enrichment != 0 && len(out) == 0 {
			us, err := tx.FirstRun(ctx, enrichment)
			if err != nil {
				return nil, err
			}
			if began := time.UnixMicro(us).UTC(); began.After(since) {
				since = began
			}
		}
		out = append(out, dayUse{since: since, credits: u.Used(), records: u.UsedRecords()})
	}
	return out, nil
}

// first is when the first entry of a day was written to the journal.
func (r *forecasts) first(ctx context.Context, tx *store.Tx, dayUS int64) (time.Time, error) {
	if t, ok := r.firsts[dayUS]; ok {
		return t, nil
	}
	_, at, err := tx.JournalSince(ctx, dayUS)
	t := time.UnixMicro(max(at, dayUS)).UTC()
	r.firsts[dayUS] = t
	return t, err
}
